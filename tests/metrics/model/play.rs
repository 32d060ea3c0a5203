//! Does what is to be done, as programs do it.

use std::{
    collections::BTreeMap,
    future::poll_fn,
    panic::{AssertUnwindSafe, catch_unwind, resume_unwind},
    pin::pin,
    sync::Mutex,
    task::{Context, Poll, Waker},
};

use futures_util::{Stream as _, stream};
use llm_span::{ReportUsage, Usage, call};
use tracing::{Span, field::Empty, info_span};

use super::op::{Call, End, Op, Stream, Task, Way};

/// The operations of the store.
pub(super) const OPERATIONS: [&str; 5] = ["get", "create", "append", "delete", "list"];

/// What calls fail with.
#[derive(Debug)]
pub(super) struct Broken;

/// Tasks that were handed over, with the status that they will have.
#[derive(Default)]
pub(super) struct Queue(Mutex<Vec<(Span, Task)>>);

impl Queue {
    fn take(&self) -> bool {
        let Some((span, task)) = self.0.lock().unwrap().pop() else { return false };
        run(&span, &task);
        true
    }

    pub(super) fn take_all(&self) {
        while self.take() {}
    }

    /// How many wait, by their deployment.
    pub(super) fn waiting(&self) -> BTreeMap<&'static str, f64> {
        let queue = self.0.lock().unwrap();
        queue.iter().fold(BTreeMap::new(), |mut waiting, (_, task)| {
            *waiting.entry(task.deployment).or_default() += 1.0;
            waiting
        })
    }
}

fn run(span: &Span, task: &Task) {
    span.in_scope(|| span.record("twinkle.task.status", task.status));
}

/// A panic of the program's, without the hook's report: there are thousands.
fn panics() -> ! {
    resume_unwind(Box::new("told to"))
}

fn caught(code: impl FnOnce()) {
    let _ = catch_unwind(AssertUnwindSafe(code));
}

pub(super) fn play(op: &Op, queue: &Queue) {
    match op {
        Op::Call(call) => caught(|| play_call(call, || ())),
        Op::Retry(call, tries) => caught(|| {
            play_call(call, || {
                let failed = Call { end: End::Error, ..call.clone() };
                (1..*tries).for_each(|_| play_call(&failed, || ()));
                play_call(&Call { end: End::Ok, ..call.clone() }, || ());
            });
        }),
        Op::Stream(stream) => play_stream(stream),
        Op::Future { call, polls } => play_future(call, *polls),
        Op::Foreign(call) => play_foreign(call),
        Op::Request { method, route, status, bytes } => {
            let span = info_span!(
                "request",
                otel.kind = "server",
                http.request.method = method,
                url.scheme = "http",
                http.route = route,
                http.request.body.size = bytes,
                http.response.status_code = Empty,
            );
            span.in_scope(|| status.map(|status| span.record("http.response.status_code", status)));
        }
        Op::Task(task) => play_task(task, queue),
        Op::Take => drop(queue.take()),
        Op::Store { operation, backend, fails } => play_store(operation, backend, *fails),
        Op::Other => info_span!("other").in_scope(|| ()),
    }
}

fn play_call(of: &Call, inside: impl FnOnce()) {
    let guard = call(of.operation, of.provider, of.model).enter();
    inside();
    match of.end {
        End::Ok => guard.succeed(of.tokens.map(|(prompt, completion)| Usage::new(prompt, completion))),
        End::Error => guard.fail(&Broken),
        End::Panic => panics(),
        End::Cancelled => drop(guard),
    }
}

struct Chunk(i64, i64);

impl ReportUsage for Chunk {
    fn usage(&self) -> Option<Usage> {
        Some(Usage::new(self.0, self.1))
    }
}

fn play_stream(of: &Stream) {
    let mut told = 0;
    let Stream { prompt, chunks, end, .. } = *of;
    let items = stream::poll_fn(move |_| {
        told += 1;
        Poll::Ready(match end {
            _ if told <= chunks => Some(Ok(Chunk(prompt, told.into()))),
            End::Error if told == chunks + 1 => Some(Err(Broken)),
            End::Panic => panics(),
            _ => None,
        })
    });
    let mut stream = pin!(call(llm_span::Operation::Chat, of.provider, of.model).stream(items));
    let mut polled = 0;
    caught(|| {
        let mut context = Context::from_waker(Waker::noop());
        while of.end != End::Cancelled || polled < chunks {
            polled += 1;
            if let Poll::Ready(None) = stream.as_mut().poll_next(&mut context) {
                break;
            }
        }
    });
}

fn play_future(of: &Call, polls: u8) {
    let mut polled = 0;
    let body = poll_fn(move |_| {
        polled += 1;
        match of.end {
            _ if polled < polls => Poll::Pending,
            End::Ok => Poll::Ready(Ok(())),
            End::Error => Poll::Ready(Err(Broken)),
            End::Panic => panics(),
            End::Cancelled => Poll::Pending,
        }
    });
    let usage = of.tokens.map(|(prompt, completion)| Usage::new(prompt, completion));
    let mut future = pin!(call(of.operation, of.provider, of.model).run_with(body, move |()| usage));
    caught(|| {
        let mut context = Context::from_waker(Waker::noop());
        (0..polls).for_each(|_| drop(future.as_mut().poll(&mut context)));
    });
}

fn play_foreign(of: &Call) {
    let tokens = of.tokens.filter(|_| of.end == End::Ok);
    let span = info_span!(
        "ask",
        gen_ai.operation.name = of.operation.name(),
        gen_ai.provider.name = of.provider,
        gen_ai.request.model = of.model,
        gen_ai.usage.input_tokens = Empty,
        gen_ai.usage.output_tokens = Empty,
        error.type = Empty,
    );
    span.in_scope(|| {
        if let Some((prompt, completion)) = tokens {
            span.record("gen_ai.usage.input_tokens", prompt).record("gen_ai.usage.output_tokens", completion);
        }
        if of.end != End::Ok {
            span.record("error.type", "Broken");
        }
    });
}

fn play_task(of: &Task, queue: &Queue) {
    let span =
        info_span!("twinkle.task", twinkle.deployment = of.deployment, twinkle.task_type = of.kind, twinkle.task.status = Empty);
    match of.way {
        Way::Run => run(&span, of),
        Way::Dropped => drop(span),
        Way::HandedOver => queue.0.lock().unwrap().push((span, of.clone())),
    }
}

fn play_store(operation: &str, backend: &str, fails: bool) {
    macro_rules! span {
        ($name:literal) => {
            info_span!($name, conversation.backend = backend, error.type = Empty)
        };
    }
    let span = match operation {
        "get" => span!("conversation.get"),
        "create" => span!("conversation.create"),
        "append" => span!("conversation.append"),
        "delete" => span!("conversation.delete"),
        _ => span!("conversation.list"),
    };
    span.in_scope(|| fails.then(|| span.record("error.type", "timeout")));
}
