//! A call whose response comes in chunks: what is known of it so far, and how it ends.

use std::{
    panic::{AssertUnwindSafe, catch_unwind, resume_unwind},
    time::Instant,
};

use llm_span_contract::Outcome;

use super::super::{
    Call, Open,
    chunk_times::{self, ChunkTimes},
    scope::{Above, Inside, Unheard},
};
use crate::usage::Report;

/// What the chunks have told so far.
#[derive(Debug, Default)]
pub struct Kept {
    report: Report<'static>,
    /// The name of the last error among the items.
    error: Option<String>,
    /// When the chunks before came, while that is measured.
    times: ChunkTimes,
    /// When the chunk came that has not joined them yet.
    newest: Option<Instant>,
}

impl Kept {
    /// A chunk has come.
    pub(in crate::call) fn chunk(&mut self, chunk: Report<'_>) {
        self.newest = chunk_times::now();
        self.report.chunk(chunk, self.newest);
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
        Self { call, kept: Kept { report, ..Kept::default() } }
    }

    /// Asks for the next item as a part of the call, and shows it to `watch`.
    pub(super) fn next<R>(&mut self, above: Above, ask: impl FnOnce() -> R, watch: impl FnOnce(&R, &mut Kept)) -> R {
        match &mut self.call {
            Call::Off => {
                let _unheard = Unheard::enter();
                return ask();
            }
            Call::Open(open) if open.finished => return ask(),
            // A panic that was caught outside: the call ended there, whatever still comes.
            Call::Open(open) if open.inside => {
                let told = self.kept.tell(open);
                open.abandon(told);
                return ask();
            }
            Call::Open(_) | Call::Hidden => {}
        }
        let inside = Inside::enter(&mut self.call, above);
        let item = ask();
        if inside.is_heard() {
            watch(&item, &mut self.kept);
        }
        inside.left();
        self.keep_in_order();
        item
    }

    /// What chunks tell and what is recorded beside them are snapshots of one usage: the later one holds, whichever it is.
    fn keep_in_order(&mut self) {
        let newest = self.kept.newest.take();
        if let Call::Open(Open { late: Some(late), .. }) = &self.call {
            let (told, times) = self.kept.take();
            late.record(|recorded| {
                recorded.report.append(told);
                // Those that were kept until now came before anything was recorded beside them.
                recorded.times.prepend(times);
                if let Some(at) = newest {
                    recorded.times.push(at);
                }
            });
        } else if let Some(at) = newest {
            self.kept.times.push(at);
        }
    }

    /// The last item has come. What is left of the stream is dropped as a part of the call: calls that it holds end before.
    pub(super) fn end(&mut self, drop_rest: impl FnOnce()) {
        let dropped = self.drop_inside(drop_rest);
        self.conclude();
        dropped.unwrap_or_else(|panic| resume_unwind(panic));
    }

    /// The stream is dropped, perhaps before its end: drops what is left of it as a part of the call, then ends that.
    pub(super) fn abandon(&mut self, drop_rest: impl FnOnce()) {
        let left_by_panic = matches!(&self.call, Call::Open(open) if open.inside);
        let dropped = self.drop_inside(drop_rest);
        match &mut self.call {
            Call::Open(open) if left_by_panic || dropped.is_err() || self.kept.error.is_none() => {
                open.inside = left_by_panic || dropped.is_err();
                let told = self.kept.tell(open);
                open.abandon(told);
            }
            _ => self.conclude(),
        }
        dropped.unwrap_or_else(|panic| resume_unwind(panic));
    }

    fn conclude(&mut self) {
        if let Call::Open(open) = &mut self.call {
            let error = self.kept.error.take();
            let outcome = if error.is_some() { Outcome::Error } else { Outcome::Ok };
            let told = self.kept.tell(open);
            open.finish(outcome, told, error.as_deref());
        }
    }

    /// What a stream drops may log, may record the usage it had, and may panic, which must not lose what the chunks have told.
    fn drop_inside(&mut self, drop_rest: impl FnOnce()) -> std::thread::Result<()> {
        let inside = match &self.call {
            Call::Off => None,
            Call::Open(open) if open.finished => None,
            Call::Hidden | Call::Open(_) => Some(Inside::enter(&mut self.call, Above::Falls)),
        };
        let dropped = catch_unwind(AssertUnwindSafe(drop_rest));
        inside.into_iter().for_each(Inside::left);
        dropped
    }
}

impl Kept {
    fn take(&mut self) -> (Report<'static>, ChunkTimes) {
        (std::mem::take(&mut self.report), std::mem::take(&mut self.times))
    }

    /// What is told of a call at its end; the times go to what is recorded on it.
    fn tell(&mut self, open: &mut Open) -> Report<'static> {
        let (told, times) = self.take();
        if !times.is_empty() && !open.finished {
            open.late.get_or_insert_default().record(|recorded| recorded.times.prepend(times));
        }
        told
    }
}
