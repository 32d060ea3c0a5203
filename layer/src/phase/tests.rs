use std::{
    collections::HashMap,
    pin::pin,
    sync::{Arc, Mutex, PoisonError},
    task::Waker,
};

use tracing::{
    Event, Id, Metadata, Subscriber,
    span::{Attributes, Record},
};

use super::*;

/// Writes down what happens to spans, by their names.
#[derive(Clone, Default)]
struct Recorder(Arc<Mutex<Seen>>);

#[derive(Default)]
struct Seen {
    names: HashMap<u64, (&'static str, usize)>,
    next: u64,
    lines: Vec<String>,
}

impl Recorder {
    fn with<R>(&self, f: impl FnOnce(&mut Seen) -> R) -> R {
        f(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn lines(&self) -> Vec<String> {
        self.with(|seen| std::mem::take(&mut seen.lines))
    }

    fn write(&self, what: &str, id: &Id) {
        self.with(|seen| seen.lines.push(format!("{what} {}", seen.names[&id.into_u64()].0)));
    }
}

impl Subscriber for Recorder {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }
    fn new_span(&self, attributes: &Attributes<'_>) -> Id {
        assert!(attributes.is_contextual());
        let metadata = attributes.metadata();
        self.with(|seen| {
            seen.next += 1;
            seen.names.insert(seen.next, (metadata.name(), 1));
            seen.lines.push(format!("new {} {} {}", metadata.level(), metadata.target(), metadata.name()));
            Id::from_u64(seen.next)
        })
    }
    fn record(&self, _: &Id, _: &Record<'_>) {}
    fn record_follows_from(&self, _: &Id, _: &Id) {}
    fn event(&self, event: &Event<'_>) {
        self.with(|seen| seen.lines.push(event.metadata().target().to_owned()));
    }
    fn enter(&self, id: &Id) {
        self.write("enter", id);
    }
    fn exit(&self, id: &Id) {
        self.write("exit", id);
    }
    fn clone_span(&self, id: &Id) -> Id {
        self.with(|seen| seen.names.get_mut(&id.into_u64()).map(|(_, count)| *count += 1));
        id.clone()
    }
    fn try_close(&self, id: Id) -> bool {
        let is_last = self.with(|seen| {
            let count = seen.names.get_mut(&id.into_u64()).map(|(_, count)| (*count -= 1, *count).1);
            count == Some(0)
        });
        if is_last {
            self.write("close", &id);
        }
        is_last
    }
}

fn poll<F: Future>(future: Pin<&mut F>) -> Poll<F::Output> {
    future.poll(&mut Context::from_waker(Waker::noop()))
}

/// Pends once.
async fn turn() {
    let mut is_polled = false;
    std::future::poll_fn(|_| if std::mem::replace(&mut is_polled, true) { Poll::Ready(()) } else { Poll::Pending }).await;
}

struct TellsWhenDropped;

impl Drop for TellsWhenDropped {
    fn drop(&mut self) {
        tracing::info!(target: "dropped", "");
    }
}

#[test]
fn the_span_is_entered_while_polled_and_ends_when_the_future_is_ready() {
    let recorder = Recorder::default();
    let _default = tracing::subscriber::set_default(recorder.clone());
    let mut future = pin!(inference(turn()));
    assert_eq!(recorder.lines(), [""; 0]);
    assert!(poll(future.as_mut()).is_pending());
    assert_eq!(recorder.lines(), ["new INFO llm_span::phase llm.inference", "enter llm.inference", "exit llm.inference"]);
    assert!(poll(future.as_mut()).is_ready());
    assert_eq!(recorder.lines(), ["enter llm.inference", "exit llm.inference", "close llm.inference"]);
}

#[test]
fn the_span_of_a_future_that_is_dropped_ends_after_what_that_drops() {
    let recorder = Recorder::default();
    let _default = tracing::subscriber::set_default(recorder.clone());
    let future = |tells: TellsWhenDropped| async move {
        let _tells = tells;
        std::future::pending::<()>().await;
    };
    let mut begun = Box::pin(response_parse_async(future(TellsWhenDropped)));
    assert!(poll(begun.as_mut()).is_pending());
    recorder.lines();
    drop(begun);
    let name = "llm.response.parse";
    assert_eq!(recorder.lines(), [format!("enter {name}"), "dropped".into(), format!("exit {name}"), format!("close {name}")]);
    drop(response_parse_async(future(TellsWhenDropped)));
    assert_eq!(recorder.lines(), ["dropped"]);
}

#[test]
fn synchronous_phases_last_as_long_as_their_closure() {
    let recorder = Recorder::default();
    let _default = tracing::subscriber::set_default(recorder.clone());
    assert_eq!(inference_sync(|| response_parse(|| 5)), 5);
    let lines = recorder.lines();
    assert_eq!(lines[..2], ["new INFO llm_span::phase llm.inference", "enter llm.inference"]);
    assert_eq!(lines[2..4], ["new INFO llm_span::phase llm.response.parse", "enter llm.response.parse"]);
    assert_eq!(lines[lines.len() - 2..], ["exit llm.inference", "close llm.inference"]);
}

#[test]
fn a_panic_ends_the_phase() {
    let recorder = Recorder::default();
    let _default = tracing::subscriber::set_default(recorder.clone());
    let run = || {
        let mut future = pin!(inference(async { std::panic::panic_any(5) }));
        let _: Poll<()> = poll(future.as_mut());
    };
    assert!(std::panic::catch_unwind(run).is_err());
    assert_eq!(recorder.lines().last().map(String::as_str), Some("close llm.inference"));
}

#[test]
fn the_names_are_those_of_phases() {
    let recorder = Recorder::default();
    let _default = tracing::subscriber::set_default(recorder);
    for span in [inference_span(), response_parse_span()] {
        assert!(llm_span_contract::is_phase(span.metadata().map_or("", Metadata::name)));
    }
}
