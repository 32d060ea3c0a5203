//! A global subscriber of the user's, without our layer, was installed first: captures live beside it and leave it alone.

#![allow(clippy::expect_used, reason = "this is a test")]

use std::{
    io,
    sync::{Arc, LazyLock, Mutex},
    thread,
};

use llm_span::{Operation, Usage, call, record_usage, testing::capture};
use tracing_subscriber::fmt::{MakeWriter, format::FmtSpan};

/// What the user's subscriber has printed.
#[derive(Clone, Default)]
struct Printed(Arc<Mutex<Vec<u8>>>);

impl io::Write for Printed {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().expect("it is not poisoned").extend_from_slice(bytes);
        Ok(bytes.len())
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Printed {
    type Writer = Self;
    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

impl Printed {
    fn has(&self, text: &str) -> bool {
        String::from_utf8_lossy(&self.0.lock().expect("it is not poisoned")).contains(text)
    }
}

static PRINTED: LazyLock<Printed> = LazyLock::new(|| {
    let printed = Printed::default();
    tracing_subscriber::fmt().with_writer(printed.clone()).with_span_events(FmtSpan::NEW).with_ansi(false).init();
    printed
});

fn chat(model: &str) {
    call(Operation::Chat, "openai", model).enter().succeed(Usage::new(128, 64));
}

#[test]
fn a_capture_sees_its_thread_and_the_global_subscriber_the_others() {
    let printed = &*PRINTED;
    chat("before-the-capture");
    let calls = capture();
    chat("captured");
    thread::spawn(|| chat("on-another-thread")).join().expect("it does not panic");
    thread::scope(|threads| threads.spawn(|| calls.in_scope(|| chat("carried"))).join()).expect("it does not panic");
    calls.assert_contract();
    let models: Vec<_> = calls.all().iter().filter_map(|call| call.attribute("llm.model")).collect();
    assert_eq!(models, ["captured".into(), "carried".into()]);
    drop(calls);
    chat("after-the-capture");

    for model in ["before-the-capture", "on-another-thread", "after-the-capture"] {
        assert!(printed.has(model), "the user's subscriber has missed {model}");
    }
    for model in ["\"captured\"", "\"carried\""] {
        assert!(!printed.has(model), "the user's subscriber has seen {model}");
    }
}

#[test]
fn no_calls_is_asserted_beside_calls_of_others() {
    let _ = &*PRINTED;
    let calls = capture();
    thread::spawn(|| chat("of-others")).join().expect("it does not panic");
    calls.assert_no_calls();
}

#[test]
fn a_record_outside_of_a_call_goes_to_the_capture_once() {
    let _ = &*PRINTED;
    let calls = capture();
    chat("captured-too");
    record_usage(Usage::new(1, 2));
    assert_eq!(calls.report().findings().len(), 1);
}
