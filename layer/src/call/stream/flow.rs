//! A call whose response comes in chunks: what is known of it so far, and how it ends.

use std::{
    mem::{forget, take},
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
        let mut turn = Turn::begin(self, above);
        let item = ask();
        if let Runs::Heard = turn.runs {
            watch(&item, &mut turn.flow.kept);
            // Not twice, should a layer panic that is told.
            turn.runs = Runs::Apart;
            turn.flow.leave_heard(above);
        }
        item
    }

    /// A call that nobody listens to, or that has ended.
    #[inline(never)]
    fn begin_hidden(&mut self) -> Runs {
        match &mut self.call {
            Call::Hidden(hidden) => {
                hidden.enter();
                return Runs::Hidden;
            }
            // A panic that was caught outside: the call ended there, whatever still comes.
            Call::Open(open) if !open.finished => {
                let told = self.kept.tell(open);
                open.abandon(told);
            }
            Call::Open(_) | Call::Off => {}
        }
        Runs::Apart
    }

    /// The item has come of a call that somebody listens to.
    ///
    /// What chunks tell and what is recorded beside them are snapshots of one usage: the later one holds, whichever it is.
    #[inline(never)]
    fn leave_heard(&mut self, above: Above) {
        let Call::Open(open) = &mut self.call else { return };
        open.inside = false;
        open.leave(above);
        if let Some(late) = &open.late {
            self.kept.join(late);
        } else if self.kept.newest.is_some() {
            self.kept.time();
        }
    }

    /// Takes off what was put in place for an item that did not come, or that nobody listens to.
    #[inline(never)]
    fn leave(&mut self, runs: Runs, above: Above) {
        match (runs, &mut self.call) {
            (Runs::Heard, Call::Open(open)) => open.leave(above),
            (Runs::Hidden, Call::Hidden(hidden)) => hidden.leave(above),
            _ => {}
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
    /// Puts the newest time beside the others.
    #[inline(never)]
    fn time(&mut self) {
        if let Some(newest) = self.newest.take() {
            self.times.push(newest);
        }
    }

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

/// The time in which the next item is asked for.
struct Turn<'f> {
    flow: &'f mut Flow,
    above: Above,
    runs: Runs,
    /// Of a call that began without a subscriber: what was so before.
    outer: bool,
}

/// How the item is asked for; settled at the beginning.
#[derive(Clone, Copy)]
enum Runs {
    /// As a part of a call that somebody listens to.
    Heard,
    Hidden,
    /// As a part of one that began without a subscriber.
    Unheard,
    /// After the end of the call, or no more.
    Apart,
}

impl<'f> Turn<'f> {
    #[inline]
    fn begin(flow: &'f mut Flow, above: Above) -> Self {
        let mut outer = false;
        let runs = match &mut flow.call {
            Call::Open(open) if !(open.inside | open.finished) => {
                open.enter();
                Runs::Heard
            }
            Call::Off => {
                outer = Unheard::begin();
                Runs::Unheard
            }
            _ => flow.begin_hidden(),
        };
        Self { flow, above, runs, outer }
    }
}

impl Drop for Turn<'_> {
    #[inline]
    fn drop(&mut self) {
        // Nothing of it is read but its parts: so it need not be in memory.
        match self.runs {
            Runs::Apart => {}
            Runs::Unheard => Unheard::end(self.outer),
            Runs::Heard | Runs::Hidden => self.flow.leave(self.runs, self.above),
        }
    }
}
