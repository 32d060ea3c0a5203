//! A call whose response comes in chunks: what is known of it so far, and how it ends.

use std::{
    mem::{forget, replace, take},
    panic::{AssertUnwindSafe, catch_unwind, resume_unwind},
    time::Instant,
};

use llm_span_contract::Outcome;

use super::super::{
    Call, Open,
    chunk_times::{self, ChunkTimes},
    late::Late,
    scope::{Above, Inside, Unheard},
};
use crate::{
    guard,
    usage::{Report, Streamed},
};

/// What the chunks have told so far.
#[derive(Debug, Default)]
pub struct Kept {
    /// How many have come that are not told yet.
    chunks: u64,
    /// When the first one of all came.
    first: Option<Instant>,
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
        let _ = guard::run(|| {
            let report = tell();
            if report.is_blank() {
                // Most chunks are a word of the text. What is blank has nothing to be dropped.
                forget(report);
            } else {
                self.report.update(report);
            }
        });
        self.chunks += 1;
        if let Some(now) = chunk_times::now() {
            self.newest = Some(now);
        }
        if self.first.is_none() {
            self.first = self.newest.or_else(|| Some(Instant::now()));
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
        Self { call, kept: Kept::default() }
    }

    /// Asks for the next item as a part of the call, and shows it to `watch`.
    // Where the item is asked for and given back in one place only, it is made where the caller wants it, and not moved.
    #[inline]
    pub(super) fn next<R>(&mut self, above: Above, ask: impl FnOnce() -> R, watch: impl FnOnce(&R, &mut Kept)) -> R {
        let turn = Turn::begin(self, above);
        let item = ask();
        if let Runs::Heard = turn.runs {
            watch(&item, &mut turn.flow.kept);
        }
        turn.end();
        item
    }

    /// A panic that was caught outside: the call ended there, whatever still comes.
    #[cold]
    fn end_left(&mut self) {
        if let Call::Open(open) = &mut self.call {
            let told = self.kept.tell(open);
            open.abandon(told);
        }
    }

    /// What chunks tell and what is recorded beside them are snapshots of one usage: the later one holds, whichever it is.
    #[inline]
    fn keep_in_order(&mut self) {
        if let Call::Open(Open { late: Some(late), .. }) = &self.call {
            self.kept.join(late);
        } else if let Some(newest) = self.kept.newest.take() {
            self.kept.times.push(newest);
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
    fn join(&mut self, late: &Late) {
        let newest = self.newest.take();
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
        // That it is a stream is told, be it without a chunk.
        let streamed = Some(Streamed { chunks: take(&mut self.chunks), first: self.first });
        (Report { streamed, ..take(&mut self.report) }, take(&mut self.times))
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

/// The time in which the next item is asked for. Dropped without an end, it was left by a panic.
struct Turn<'f> {
    flow: &'f mut Flow,
    above: Above,
    runs: Runs,
}

/// How the item is asked for; settled at the beginning.
enum Runs {
    /// As a part of a call that somebody listens to.
    Heard,
    Hidden,
    /// Of a call that began without a subscriber; what was so before.
    Unheard(bool),
    /// After its end.
    Apart,
}

impl<'f> Turn<'f> {
    #[inline]
    fn begin(flow: &'f mut Flow, above: Above) -> Self {
        let runs = match &mut flow.call {
            Call::Open(open) if open.inside | open.finished => {
                if !open.finished {
                    flow.end_left();
                }
                Runs::Apart
            }
            Call::Open(open) => {
                open.enter();
                Runs::Heard
            }
            Call::Hidden(hidden) => {
                hidden.enter();
                Runs::Hidden
            }
            Call::Off => Runs::Unheard(Unheard::begin()),
        };
        Self { flow, above, runs }
    }

    /// The item has come.
    #[inline]
    fn end(mut self) {
        let is_heard = matches!(self.runs, Runs::Heard);
        if is_heard && let Call::Open(open) = &mut self.flow.call {
            open.inside = false;
        }
        self.leave();
        if is_heard {
            self.flow.keep_in_order();
        }
    }

    #[inline]
    fn leave(&mut self) {
        match (replace(&mut self.runs, Runs::Apart), &mut self.flow.call) {
            (Runs::Heard, Call::Open(open)) => open.leave(self.above),
            (Runs::Hidden, Call::Hidden(hidden)) => hidden.leave(self.above),
            (Runs::Unheard(outer), _) => Unheard::end(outer),
            _ => {}
        }
    }
}

impl Drop for Turn<'_> {
    #[inline]
    fn drop(&mut self) {
        self.leave();
    }
}
