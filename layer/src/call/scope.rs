//! Which call is running on this thread: a stack, pushed and popped around each poll.
//!
//! Not `Span::current()`: a child span inside the call would swallow what the body records.

use std::{
    cell::{Cell, RefCell},
    sync::Arc,
};

use tracing::{Id, span::Entered};

use super::{Call, Open, late::Late, tally::Tally};
#[cfg(feature = "json")]
use crate::usage::Usage;
use crate::{correlation, guard};

thread_local! {
    static CALLS: RefCell<Calls> = const { RefCell::new(Calls { frames: Vec::new(), next: 0 }) };
    /// How many bodies run whose calls began without a subscriber.
    static UNHEARD: Cell<usize> = const { Cell::new(0) };
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
    /// Nobody listens to it; what it records is dropped without a word.
    Hidden,
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
        Self { late: open.late.clone(), id: open.span.id(), tally: tally_of(open) }
    }
}

fn tally_of(open: &Open) -> Option<Arc<Tally>> {
    open.beside.as_ref().and_then(|beside| beside.tally.clone())
}

/// What the innermost call of this thread is.
pub(super) enum Innermost {
    Open(Arc<Late>, Option<Arc<Tally>>),
    Hidden,
    None,
}

/// The innermost call; where records for it go.
pub(super) fn innermost() -> Innermost {
    let find = |calls: &RefCell<Calls>| match calls.borrow_mut().frames.last_mut() {
        Some((_, Frame::Open(open))) => Innermost::Open(Arc::clone(open.late.get_or_insert_default()), open.tally.clone()),
        Some((_, Frame::Hidden)) => Innermost::Hidden,
        // A subscriber that came while a body ran does not make its records lost ones.
        None if UNHEARD.get() > 0 => Innermost::Hidden,
        None => Innermost::None,
    };
    CALLS.try_with(find).unwrap_or(Innermost::Hidden)
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

/// The tally of the innermost call that has one.
pub(super) fn tally() -> Option<Arc<Tally>> {
    let find = |calls: &RefCell<Calls>| match calls.try_borrow().ok()?.frames.last() {
        Some((_, Frame::Open(open))) => open.tally.clone(),
        _ => None,
    };
    CALLS.try_with(find).ok().flatten()
}

/// The time in which a call's body runs: its span is entered, the call is this thread's innermost.
pub(super) struct Inside<'c> {
    frame: Option<Stacked>,
    open: Option<Body<'c>>,
}

/// A frame on the stack.
struct Stacked {
    number: u64,
    above: Above,
}

/// What becomes of the frames above one that is taken off.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Above {
    /// They stay: a synchronous body may return a guard that goes on.
    Stays,
    /// They fall: a guard was wrongly held across an `.await`, and the thread goes on with something else.
    Falls,
}

/// The body of a call that somebody listens to.
struct Body<'c> {
    late: &'c mut Option<Arc<Late>>,
    flag: &'c mut bool,
    _correlation: Option<correlation::Entered>,
    _entered: Entered<'c>,
}

impl<'c> Inside<'c> {
    pub(super) fn enter(call: &'c mut Call, above: Above) -> Self {
        let stacked = |frame| stack(frame).map(|number| Stacked { number, above });
        match call {
            Call::Off => Self { frame: None, open: None },
            Call::Hidden => Self { frame: stacked(Frame::Hidden), open: None },
            Call::Open(open) => {
                let frame = Frame::Open(Listened::of(open));
                let Open { span, late, inside, beside, .. } = open;
                let entered = span.enter();
                let correlation = beside.as_ref().and_then(|beside| beside.correlation.as_ref());
                let body = Body { late, flag: inside, _correlation: correlation.map(correlation::enter), _entered: entered };
                *body.flag = true;
                Self { frame: stacked(frame), open: Some(body) }
            }
        }
    }

    /// Whether somebody listens to the call.
    pub(super) fn is_heard(&self) -> bool {
        self.open.is_some()
    }

    /// The body has returned; without this it has panicked.
    pub(super) fn left(mut self) {
        if let Some(body) = &mut self.open {
            *body.flag = false;
        }
    }
}

impl Drop for Inside<'_> {
    fn drop(&mut self) {
        let frame = self.frame.take().and_then(|Stacked { number, above }| unstack(number, above));
        if let (Some(Frame::Open(open)), Some(body)) = (frame, &mut self.open) {
            *body.late = open.late;
        }
    }
}

/// Runs code of the user's beside the body, as a part of the call; `None` where it has panicked.
pub(super) fn aside<R>(call: &mut Open, code: impl FnOnce() -> R) -> Option<R> {
    let number = stack(Frame::Open(Listened::of(call)));
    let given = guard::run(code);
    if let Some(Frame::Open(open)) = number.and_then(|number| unstack(number, Above::Stays)) {
        call.late = open.late;
    }
    given
}

/// The time in which something else than its body runs as a part of a call: a task that was given its handle.
#[derive(Debug)]
pub(super) struct Lent(Option<u64>);

impl Lent {
    pub(super) fn enter(late: &Arc<Late>, tally: Option<&Arc<Tally>>) -> Self {
        Self(stack(Frame::Open(Listened { late: Some(Arc::clone(late)), id: None, tally: tally.cloned() })))
    }
}

impl Drop for Lent {
    fn drop(&mut self) {
        if let Some(number) = self.0 {
            unstack(number, Above::Falls);
        }
    }
}

/// Puts a call on the stack; its number there.
fn stack(frame: Frame) -> Option<u64> {
    let push = |calls: &RefCell<Calls>| {
        let mut calls = calls.borrow_mut();
        let number = calls.next;
        calls.next = number.wrapping_add(1);
        calls.frames.push((number, frame));
        number
    };
    CALLS.try_with(push).ok()
}

/// Takes a call off the stack, wherever it stands.
fn unstack(number: u64, above: Above) -> Option<Frame> {
    let pop = |calls: &RefCell<Calls>| {
        let frames = &mut calls.borrow_mut().frames;
        let position = frames.iter().rposition(|(other, _)| *other == number)?;
        if above == Above::Falls {
            frames.truncate(position + 1);
        }
        Some(frames.remove(position).1)
    };
    CALLS.try_with(pop).ok().flatten()
}

/// Makes the call of a guard the innermost one; the guard keeps what it gets and gives it to [`remove`].
pub(super) fn push(call: &Call) -> Option<Arc<Late>> {
    if let Call::Off = call {
        return None;
    }
    let late = Arc::new(Late::default());
    let tally = match call {
        Call::Open(open) => tally_of(open),
        Call::Hidden | Call::Off => None,
    };
    stack(Frame::Open(Listened { late: Some(Arc::clone(&late)), id: call.span().id(), tally })).map(|_| late)
}

/// Takes the call of a guard off the stack, wherever it stands: guards may be dropped in any order.
pub(super) fn remove(late: &Arc<Late>) {
    let is_it =
        |(_, frame): &(u64, Frame)| matches!(frame, Frame::Open(Listened { late: Some(other), .. }) if Arc::ptr_eq(other, late));
    let _ = CALLS.try_with(|calls| {
        let frames = &mut calls.borrow_mut().frames;
        if let Some(position) = frames.iter().rposition(is_it) {
            frames.remove(position);
        }
    });
}

/// The time in which a body runs whose call began without a subscriber. It has no frame: a count costs less.
#[derive(Debug)]
pub(super) struct Unheard(());

impl Unheard {
    #[inline]
    pub(super) fn enter() -> Self {
        UNHEARD.set(UNHEARD.get().wrapping_add(1));
        Self(())
    }
}

impl Drop for Unheard {
    #[inline]
    fn drop(&mut self) {
        UNHEARD.set(UNHEARD.get().wrapping_sub(1));
    }
}
