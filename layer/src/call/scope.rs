//! Which call is running on this thread: a stack, pushed and popped around each poll.
//!
//! Not `Span::current()`: a child span inside the call would swallow what the body records.

mod alone;
mod inside;
#[cfg(test)]
#[cfg(feature = "layer")]
mod tests;
mod unheard;

use std::{cell::RefCell, mem::replace, num::NonZeroU64, sync::Arc};

use tracing::Id;

use super::{Call, Open, late::Late, tally::Tally};
use crate::guard;
#[cfg(feature = "json")]
use crate::usage::Usage;

pub(super) use inside::{Dropping, Inside};
pub(super) use unheard::{Unheard, UnheardGuard};

thread_local! {
    static CALLS: RefCell<Calls> = const { RefCell::new(Calls { top: Frame::NONE, below: Vec::new() }) };
}

/// The stack. Its frames are numbered: guards are dropped in any order, so a place on it says nothing of who stands there.
///
/// The innermost one has its place beside the others, and is written there field by field: what is written in parts and read as a whole
/// has the processor wait.
struct Calls {
    top: Frame,
    below: Vec<Frame>,
}

/// Which frame it is.
pub(super) type Number = NonZeroU64;

/// A call on the stack.
#[derive(Debug)]
struct Frame {
    /// `None`: no call.
    number: Option<Number>,
    /// Whether somebody listens to it; what nobody listens to records is dropped without a word.
    heard: bool,
    late: Option<Arc<Late>>,
    /// Log lines must know whose usage it is.
    #[cfg_attr(not(feature = "json"), allow(dead_code, reason = "read by log lines"))]
    id: Option<Id>,
    /// Of what nobody listens to that of a call around it, where it runs apart from that.
    tally: Option<Arc<Tally>>,
}

impl Frame {
    const NONE: Self = Self { number: None, heard: false, late: None, id: None, tally: None };
}

impl Calls {
    /// Those that are on the stack, from the innermost one on.
    fn frames(&self) -> impl Iterator<Item = &Frame> {
        Some(&self.top).filter(|top| top.number.is_some()).into_iter().chain(self.below.iter().rev())
    }

    /// The tally of the innermost call that somebody listens to.
    fn tally(&self) -> Option<Arc<Tally>> {
        self.frames().find(|frame| frame.heard || frame.tally.is_some())?.tally.clone()
    }

    /// The call that was alone is one of these.
    #[inline]
    fn join(&mut self) {
        if let Some((number, id)) = alone::take() {
            self.push(Some(number), Frame { heard: true, id, ..Frame::NONE });
        }
    }

    #[inline]
    fn push(&mut self, number: Option<Number>, frame: Frame) {
        if self.top.number.is_some() {
            self.below.push(replace(&mut self.top, Frame::NONE));
        }
        let Frame { number: _, heard, late, id, tally } = frame;
        self.top.number = number;
        self.top.heard = heard;
        self.top.late = late;
        self.top.id = id;
        self.top.tally = tally;
        alone::tell(true);
    }

    /// Takes off the frame of that number, which mostly is the last one, with what was recorded.
    #[inline]
    fn take_off(&mut self, number: Number, above: Above) -> Option<Arc<Late>> {
        if self.top.number != Some(number) {
            return self.take_from_below(number, above);
        }
        let late = self.top.late.take();
        self.move_up();
        late
    }

    fn move_up(&mut self) {
        self.top = self.below.pop().unwrap_or(Frame::NONE);
        alone::tell(self.top.number.is_some());
    }

    /// Takes off a frame that others stand above.
    #[cold]
    #[inline(never)]
    fn take_from_below(&mut self, number: Number, above: Above) -> Option<Arc<Late>> {
        let position = self.below.iter().rposition(|frame| frame.number == Some(number))?;
        let late = self.below.remove(position).late;
        if above == Above::Falls {
            self.below.truncate(position);
            self.move_up();
        }
        late
    }
}

/// What the innermost call of this thread is.
pub(super) enum Innermost {
    Open(Arc<Late>, Option<Arc<Tally>>),
    Hidden(Option<Arc<Tally>>),
    None,
}

/// The innermost call; where records for it go.
pub(super) fn innermost() -> Innermost {
    let find = |calls: &RefCell<Calls>| {
        let calls = &mut *calls.borrow_mut();
        calls.join();
        let tally = calls.tally();
        match &mut calls.top {
            Frame { number: Some(_), heard: true, late, .. } => Innermost::Open(Arc::clone(late.get_or_insert_default()), tally),
            Frame { number: Some(_), .. } => Innermost::Hidden(tally),
            // A subscriber that came while a body ran does not make its records lost ones.
            Frame { number: None, .. } if unheard::is_running() => Innermost::Hidden(None),
            Frame { number: None, .. } => Innermost::None,
        }
    };
    CALLS.try_with(find).unwrap_or(Innermost::Hidden(None))
}

/// What the innermost call's body has recorded of its usage so far, with the id of its span, which has it only when the call ends.
#[cfg(feature = "json")]
pub(crate) fn usage_so_far() -> Option<(Id, Usage)> {
    if alone::is_taken() {
        return None;
    }
    let find = |calls: &RefCell<Calls>| match &calls.try_borrow().ok()?.top {
        Frame { number: Some(_), late: Some(late), id: Some(id), .. } => Some((id.clone(), late.usage()?)),
        _ => None,
    };
    CALLS.try_with(find).ok().flatten()
}

/// The tally of the innermost call that somebody listens to: what nobody listens to passes it on.
pub(super) fn tally() -> Option<Arc<Tally>> {
    if alone::is_taken() {
        return None;
    }
    CALLS.try_with(|calls| calls.try_borrow().ok()?.tally()).ok().flatten()
}

/// What becomes of the frames above one that is taken off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Above {
    /// They stay: a synchronous body may return a guard that goes on.
    Stays,
    /// They fall: a guard was wrongly held across an `.await`, and the thread goes on with something else.
    Falls,
}

/// A place on the stack. Left in any order: guards are dropped so.
#[derive(Debug)]
pub(super) struct Stacked {
    number: Option<Number>,
    above: Above,
}

impl Stacked {
    /// Makes the call the innermost one. Nobody can listen to one that began without a subscriber.
    pub(super) fn of(call: &Call, above: Above) -> Self {
        let number = match call {
            Call::Off => None,
            Call::Hidden(_) => push_hidden(None),
            Call::Open(open) => push_heard(open.late.clone(), open.span.id(), open.tally()),
        };
        Self { number, above }
    }

    /// Makes a call the innermost one for a task that was given its handle.
    pub(super) fn lent(late: &Arc<Late>, tally: Option<&Arc<Tally>>) -> Self {
        Self { number: push_heard(Some(Arc::clone(late)), None, tally.cloned()), above: Above::Falls }
    }

    /// The same of a call that nobody listens to.
    pub(super) fn lent_hidden(tally: Option<&Arc<Tally>>) -> Self {
        Self { number: push_hidden(tally.cloned()), above: Above::Falls }
    }

    /// Takes it off, wherever it stands, with what was recorded.
    pub(super) fn leave(&mut self) -> Option<Arc<Late>> {
        self.number.take().and_then(|number| take_off(number, self.above))
    }
}

impl Drop for Stacked {
    #[inline]
    fn drop(&mut self) {
        if self.number.is_some() {
            self.leave();
        }
    }
}

/// Makes a call the innermost one whose place is left before the call is used again: what it has recorded is lent to the place.
///
/// At the end of a thread there is no stack any more, and nothing is lent.
#[inline]
fn push_lending(open: &mut Open) -> Option<Number> {
    enter_alone(open, open.span.id().map(|id| id.into_non_zero_u64()))
        .or_else(|| push(|| Frame { number: None, heard: true, late: open.late.take(), id: open.span.id(), tally: open.tally() }))
}

/// The same of a call that has nothing to be lent, and runs alone on its thread.
#[inline]
fn enter_alone(open: &Open, id: Option<NonZeroU64>) -> Option<Number> {
    let is_bare = open.late.is_none() && open.beside.is_none();
    if is_bare { alone::enter(id) } else { None }
}

fn push_heard(late: Option<Arc<Late>>, id: Option<Id>, tally: Option<Arc<Tally>>) -> Option<Number> {
    push(|| Frame { number: None, heard: true, late, id, tally })
}

fn push_hidden(tally: Option<Arc<Tally>>) -> Option<Number> {
    push(|| Frame { tally, ..Frame::NONE })
}

#[inline(never)]
fn push(frame: impl FnOnce() -> Frame) -> Option<Number> {
    let push = |calls: &RefCell<Calls>| {
        let mut calls = calls.borrow_mut();
        calls.join();
        let number = alone::next();
        calls.push(number, frame());
        number
    };
    CALLS.try_with(push).ok().flatten()
}

/// Takes off the frame of that number, wherever it stands, with what was recorded.
#[inline]
fn take_off(number: Number, above: Above) -> Option<Arc<Late>> {
    if alone::leave(number) { None } else { take_off_stack(number, above) }
}

#[inline(never)]
fn take_off_stack(number: Number, above: Above) -> Option<Arc<Late>> {
    CALLS.try_with(|calls| calls.borrow_mut().take_off(number, above)).ok().flatten()
}

/// Runs code of the user's beside the body, as a part of the call; `None` where it has panicked.
pub(super) fn aside<R>(call: &mut Open, code: impl FnOnce() -> R) -> Option<R> {
    let mut stacked = Stacked { number: push_lending(call), above: Above::Stays };
    let given = guard::run(code);
    if let Some(late) = stacked.leave() {
        call.late = Some(late);
    }
    given
}
