//! A call whose response comes in chunks: what is known of it so far, and how it ends.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

use llm_span_contract::Outcome;

use super::super::{
    Call,
    scope::{Above, Inside, Unheard},
};
use crate::{guard, usage::Report};

/// What the chunks have told so far.
#[derive(Debug, Default)]
pub struct Kept {
    report: Report<'static>,
    /// The name of the last error among the items.
    error: Option<String>,
}

impl Kept {
    /// A chunk has come.
    pub(in crate::call) fn chunk(&mut self, chunk: Report<'_>) {
        self.report.chunk(chunk);
    }

    /// An error has come in the place of a chunk.
    pub(in crate::call) fn error(&mut self, name: &str) {
        self.error = Some(name.to_owned());
    }
}

/// A call that goes on until its response has come to an end.
#[derive(Debug)]
pub(super) struct Flow {
    call: Call,
    kept: Kept,
}

impl Flow {
    pub(in crate::call) fn new(call: Call) -> Self {
        // That it is a stream is told, be it without a chunk.
        let report = Report { streamed: Some(crate::usage::Streamed::default()), ..Report::default() };
        Self { call, kept: Kept { report, error: None } }
    }

    /// Asks for the next item as a part of the call, and shows it to `watch`, a panic of which costs what the chunk tells.
    pub(super) fn next<R>(&mut self, ask: impl FnOnce() -> R, watch: impl FnOnce(&R, &mut Kept)) -> R {
        match &mut self.call {
            Call::Off => {
                let _unheard = Unheard::enter();
                return ask();
            }
            Call::Open(open) if open.finished => return ask(),
            // A panic that was caught outside: the call ended there, whatever still comes.
            Call::Open(open) if open.inside => {
                open.abandon(self.kept.take());
                return ask();
            }
            Call::Open(_) | Call::Hidden => {}
        }
        let inside = Inside::enter(&mut self.call, Above::Falls);
        let item = ask();
        if inside.is_heard() {
            let kept = &mut self.kept;
            guard::run(|| watch(&item, kept));
        }
        inside.left();
        item
    }

    /// The last item has come.
    pub(super) fn end(&mut self) {
        if let Call::Open(open) = &mut self.call {
            let error = self.kept.error.take();
            let outcome = if error.is_some() { Outcome::Error } else { Outcome::Ok };
            open.finish(outcome, self.kept.take(), error.as_deref());
        }
    }

    /// The stream is dropped, perhaps before its end: drops what is left of it as a part of the call, then ends that.
    pub(super) fn abandon(&mut self, drop_rest: impl FnOnce()) {
        match &mut self.call {
            Call::Off => drop_rest(),
            Call::Open(open) if open.finished => drop_rest(),
            Call::Hidden | Call::Open(_) => {
                let left_by_panic = matches!(&self.call, Call::Open(open) if open.inside);
                let inside = Inside::enter(&mut self.call, Above::Falls);
                if let Err(panic) = catch_unwind(AssertUnwindSafe(drop_rest)) {
                    drop(inside);
                    // Here, where what the chunks have told is at hand.
                    if let Call::Open(open) = &mut self.call {
                        open.abandon(self.kept.take());
                    }
                    resume_unwind(panic);
                }
                inside.left();
                if let Call::Open(open) = &mut self.call {
                    open.inside = left_by_panic;
                }
                if self.kept.error.is_some() && !left_by_panic {
                    self.end();
                } else if let Call::Open(open) = &mut self.call {
                    open.abandon(self.kept.take());
                }
            }
        }
    }
}

impl Kept {
    fn take(&mut self) -> Report<'static> {
        std::mem::take(&mut self.report)
    }
}
