//! Captures come first; the user's own `init()`, its `log` bridge included, still works after them and during them.

#![allow(clippy::expect_used, reason = "this is a test")]

use std::{
    io::{self, Write},
    sync::{Arc, Mutex},
};

use llm_span::{
    Operation, Usage, call,
    testing::{self, capture},
};
use tracing_log::log;

#[derive(Clone, Default)]
struct Printed(Arc<Mutex<Vec<u8>>>);

impl Write for Printed {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().expect("it is not poisoned").extend_from_slice(bytes);
        Ok(bytes.len())
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn chat() {
    call(Operation::Chat, "openai", "gpt-4o").enter().succeed(Usage::new(128, 64));
}

#[test]
fn init_works_after_captures_and_during_one() {
    for _ in 0..3 {
        let calls = capture();
        chat();
        calls.assert_contract();
    }
    let _made_and_not_installed = testing::layer();
    let during = capture();

    let printed = Printed::default();
    let writer = printed.clone();
    tracing_subscriber::fmt().with_ansi(false).with_writer(move || writer.clone()).init();

    chat();
    during.assert_contract();
    assert_eq!(during.count(), 1);
    drop(during);

    tracing::info!("an event of the user's");
    log::info!("a record of the `log` crate");
    let text = String::from_utf8(printed.0.lock().expect("it is not poisoned").clone()).expect("it is text");
    for line in ["an event of the user's", "a record of the `log` crate"] {
        assert!(text.contains(line), "{line} is missing in {text:?}");
    }

    let after = capture();
    chat();
    after.assert_contract();
}
