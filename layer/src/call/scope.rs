//! Which call is running on this thread: a stack, pushed and popped around each poll.
//!
//! Not `Span::current()`: a child span inside the call would swallow what the body records.

mod inside;
mod unheard;

use std::{cell::RefCell, sync::Arc};

use tracing::Id;

use super::{Call, Open, late::Late, tally::Tally};
use crate::guard;
#[cfg(feature = "json")]
use crate::usage::Usage;

pub(super) use inside::Inside;
pub(super) use unheard::Unheard;

thread_local! {
    static CALLS: RefCell<Calls> = const { RefCell::new(Calls { frames: Vec::new(), next: 0 }) };
}

/// The stack. Its frames are numbered: guards are dropped in any order, so a place on it says nothing of who stands there.
struct Calls {
    frames: Vec<(u64, Frame)>,
    next: u64,
}

/// A call on the stack.
#[derive(Debug)]
enum Frame {
    /// Somebody listens to it.
    Open(Listened),
    /// Nobody listens to it; what it records is dropped without a word. With the tally of a call around it, where it runs apart from
    /// that.
    Hidden(Option<Arc<Tally>>),
}

/// What of a call is on the stack.
#[derive(Debug)]
struct Listened {
    late: Option<Arc<Late>>,
    /// Log lines must know whose usage it is.
    #[cfg_attr(not(feature = "json"), allow(dead_code, reason = "read by log lines"))]
    id: Option<Id>,
    tally: Option<Arc<Tally>>,
}

impl Listened {
    fn of(open: &Open) -> Self {
        Self { late: open.late.clone(), id: open.span.id(), tally: open.tally() }
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
        let frames = &mut calls.borrow_mut().frames;
        let tally = tally_on(frames);
        match frames.last_mut() {
            Some((_, Frame::Open(open))) => Innermost::Open(Arc::clone(open.late.get_or_insert_default()), tally),
            Some((_, Frame::Hidden(_))) => Innermost::Hidden(tally),
            // A subscriber that came while a body ran does not make its records lost ones.
            None if unheard::is_running() => Innermost::Hidden(None),
            None => Innermost::None,
        }
    };
    CALLS.try_with(find).unwrap_or(Innermost::Hidden(None))
}

/// What the innermost call's body has recorded of its usage so far, with the id of its span, which has it only when the call ends.
#[cfg(feature = "json")]
pub(crate) fn usage_so_far() -> Option<(Id, Usage)> {
    let find = |calls: &RefCell<Calls>| match calls.try_borrow().ok()?.frames.last() {
        Some((_, Frame::Open(Listened { late: Some(late), id: Some(id), .. }))) => Some((id.clone(), late.usage()?)),
        _ => None,
    };
    CALLS.try_with(find).ok().flatten()
}

/// The tally of the innermost call that somebody listens to: what nobody listens to passes it on.
pub(super) fn tally() -> Option<Arc<Tally>> {
    let find = |calls: &RefCell<Calls>| tally_on(&calls.try_borrow().ok()?.frames);
    CALLS.try_with(find).ok().flatten()
}

fn tally_on(frames: &[(u64, Frame)]) -> Option<Arc<Tally>> {
    let told = frames.iter().rev().find_map(|(_, frame)| match frame {
        Frame::Open(open) => Some(open.tally.clone()),
        Frame::Hidden(Some(tally)) => Some(Some(Arc::clone(tally))),
        Frame::Hidden(None) => None,
    });
    told.flatten()
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
    number: Option<u64>,
    above: Above,
}

impl Stacked {
    /// Makes the call the innermost one. Nobody can listen to one that began without a subscriber.
    pub(super) fn of(call: &Call, above: Above) -> Self {
        match call {
            Call::Off => Self { number: None, above },
            Call::Hidden => Self::push(above, || Frame::Hidden(None)),
            Call::Open(open) => Self::push(above, || Frame::Open(Listened::of(open))),
        }
    }

    /// The same of a call whose place is left before the call is used again: what it has recorded is lent to the place.
    #[inline]
    fn lending(open: &mut Open, above: Above) -> Self {
        Self::push(above, || {
            let (id, tally) = (open.span.id(), open.tally());
            Frame::Open(Listened { late: open.late.take(), id, tally })
        })
    }

    /// Makes a call the innermost one for a task that was given its handle.
    pub(super) fn lent(late: &Arc<Late>, tally: Option<&Arc<Tally>>) -> Self {
        Self::push(Above::Falls, || Frame::Open(Listened { late: Some(Arc::clone(late)), id: None, tally: tally.cloned() }))
    }

    /// The same of a call that nobody listens to.
    pub(super) fn lent_hidden(tally: Option<&Arc<Tally>>) -> Self {
        Self::push(Above::Falls, || Frame::Hidden(tally.cloned()))
    }

    /// At the end of a thread there is no stack any more, and nothing is made for it.
    #[inline]
    fn push(above: Above, frame: impl FnOnce() -> Frame) -> Self {
        let push = |calls: &RefCell<Calls>| {
            let mut calls = calls.borrow_mut();
            let number = calls.next;
            calls.next = number.wrapping_add(1);
            calls.frames.push((number, frame()));
            number
        };
        Self { number: CALLS.try_with(push).ok(), above }
    }

    /// Takes it off, wherever it stands, with what was recorded.
    pub(super) fn leave(&mut self) -> Option<Arc<Late>> {
        self.number.take().and_then(|number| take_off(number, self.above))
    }
}

/// Takes off the frame of that number, which mostly is the last one, with what was recorded.
#[inline]
fn take_off(number: u64, above: Above) -> Option<Arc<Late>> {
    let take_off = |calls: &RefCell<Calls>| {
        let frames = &mut calls.borrow_mut().frames;
        let frame = match frames.last() {
            Some((last, _)) if *last == number => frames.pop().map(|(_, frame)| frame),
            _ => take_from_below(frames, number, above),
        };
        match frame? {
            Frame::Open(open) => open.late,
            Frame::Hidden(_) => None,
        }
    };
    CALLS.try_with(take_off).ok().flatten()
}

/// Takes off a frame that others stand above.
#[cold]
fn take_from_below(frames: &mut Vec<(u64, Frame)>, number: u64, above: Above) -> Option<Frame> {
    let position = frames.iter().rposition(|(other, _)| *other == number)?;
    if above == Above::Falls {
        frames.truncate(position + 1);
    }
    Some(frames.remove(position).1)
}

impl Drop for Stacked {
    #[inline]
    fn drop(&mut self) {
        if self.number.is_some() {
            self.leave();
        }
    }
}

/// Runs code of the user's beside the body, as a part of the call; `None` where it has panicked.
pub(super) fn aside<R>(call: &mut Open, code: impl FnOnce() -> R) -> Option<R> {
    let mut stacked = Stacked::lending(call, Above::Stays);
    let given = guard::run(code);
    if let Some(late) = stacked.leave() {
        call.late = Some(late);
    }
    given
}
