//! A call whose response comes in chunks: what is known of it so far, and how it ends.

use std::{
    mem::forget,
    panic::{AssertUnwindSafe, catch_unwind, resume_unwind},
    time::Instant,
};

use llm_span_contract::Outcome;

use super::super::{
    Call, Open,
    chunk_times::{self, ChunkTimes},
    late::Late,
    scope::{Above, Inside},
};
use crate::{
    guard,
    usage::{Report, Response},
};

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
    /// A chunk has come, whatever the user's closure makes of it.
    #[inline]
    pub(in crate::call) fn chunk<'a>(&mut self, tell: impl FnOnce() -> Report<'a>) {
        // Read where it is made: a report is large to be moved.
        let _ = guard::run(|| {
            let Report { usage, response: Response { model, id, finish_reasons }, estimate, output, streamed } = tell();
            let tells = usage.is_some() || estimate.is_some() || output.is_some() || model.is_some() || id.is_some();
            // Most are a word of the text, and have nothing to be dropped.
            if tells || finish_reasons.capacity() > 0 {
                let response = Response { model, id, finish_reasons };
                self.report.update(Report { usage, response, estimate, output, streamed });
            } else {
                forget((model, id, finish_reasons, output));
            }
        });
        self.newest = chunk_times::now();
        let streamed = self.report.streamed.get_or_insert_default();
        streamed.chunks += 1;
        if streamed.first.is_none() {
            streamed.first = self.newest.or_else(|| Some(Instant::now()));
        }
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
            Call::Open(open) if open.finished => return ask(),
            // A panic that was caught outside: the call ended there, whatever still comes.
            Call::Open(open) if open.inside => {
                let told = self.kept.tell(open);
                open.abandon(told);
                return ask();
            }
            Call::Open(_) | Call::Hidden(_) | Call::Off => {}
        }
        let inside = Inside::enter(&mut self.call, above);
        let item = ask();
        let is_heard = inside.is_heard();
        if is_heard {
            watch(&item, &mut self.kept);
        }
        inside.left();
        if is_heard {
            self.keep_in_order();
        }
        item
    }

    /// What chunks tell and what is recorded beside them are snapshots of one usage: the later one holds, whichever it is.
    #[inline]
    fn keep_in_order(&mut self) {
        let newest = self.kept.newest.take();
        match &self.call {
            Call::Open(Open { late: Some(late), .. }) => self.kept.join(late, newest),
            _ => newest.into_iter().for_each(|at| self.kept.times.push(at)),
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
            Call::Hidden(_) | Call::Open(_) => Some(Inside::enter(&mut self.call, Above::Falls)),
        };
        let dropped = catch_unwind(AssertUnwindSafe(drop_rest));
        inside.into_iter().for_each(Inside::left);
        dropped
    }
}

impl Kept {
    /// Joins what was recorded on the call.
    #[inline(never)]
    fn join(&mut self, late: &Late, newest: Option<Instant>) {
        let (told, times) = self.take();
        late.record(|recorded| {
            recorded.report.append(told);
            // Those that were kept until now came before anything was recorded beside them.
            recorded.times.prepend(times);
            if let Some(at) = newest {
                recorded.times.push(at);
            }
        });
    }

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
