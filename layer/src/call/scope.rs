//! Which call is running on this thread: a stack, pushed and popped around each poll.
//!
//! Not `Span::current()`: a child span inside the call would swallow what the body records.

use std::{cell::RefCell, sync::Arc};

use tracing::span::Entered;

use super::{Call, Tracking, late::Late};

thread_local! {
    static CALLS: RefCell<Vec<Frame>> = const { RefCell::new(Vec::new()) };
}

/// A call on the stack.
#[derive(Debug)]
enum Frame {
    Open(Option<Arc<Late>>),
    /// Nobody listens to it; what it records is dropped without a word.
    Hidden,
}

/// What the innermost call of this thread is.
pub(super) enum Innermost {
    Open(Arc<Late>),
    Hidden,
    None,
}

/// The innermost call; where records for it go.
pub(super) fn innermost() -> Innermost {
    let find = |calls: &RefCell<Vec<Frame>>| match calls.borrow_mut().last_mut() {
        Some(Frame::Open(late)) => Innermost::Open(Arc::clone(late.get_or_insert_default())),
        Some(Frame::Hidden) => Innermost::Hidden,
        None => Innermost::None,
    };
    CALLS.try_with(find).unwrap_or(Innermost::Hidden)
}

/// The time in which a call's body runs: its span is entered, the call is this thread's innermost.
pub(super) struct Inside<'c> {
    late: &'c mut Option<Arc<Late>>,
    flag: &'c mut bool,
    pushed: bool,
    _entered: Entered<'c>,
}

impl<'c> Inside<'c> {
    pub(super) fn enter(call: &'c mut Call) -> Self {
        let Call { span, tracking, late, inside, .. } = call;
        let entered = span.enter();
        let frame = match tracking {
            Tracking::Open => Some(Frame::Open(late.take())),
            Tracking::Hidden => Some(Frame::Hidden),
            Tracking::Finished | Tracking::Off => None,
        };
        let pushed = frame.is_some_and(|frame| CALLS.try_with(|calls| calls.borrow_mut().push(frame)).is_ok());
        *inside = true;
        Self { late, flag: inside, pushed, _entered: entered }
    }

    /// The body has returned; without this it has panicked.
    pub(super) fn left(self) {
        *self.flag = false;
    }
}

impl Drop for Inside<'_> {
    fn drop(&mut self) {
        if self.pushed
            && let Ok(Some(Frame::Open(late))) = CALLS.try_with(|calls| calls.borrow_mut().pop())
        {
            *self.late = late;
        }
    }
}

/// Makes the call of a guard the innermost one; the guard keeps what it gets and gives it to [`remove`].
pub(super) fn push(call: &Call) -> Option<Arc<Late>> {
    let late = Arc::new(Late::default());
    let frame = match call.tracking {
        Tracking::Open | Tracking::Hidden => Frame::Open(Some(Arc::clone(&late))),
        Tracking::Finished | Tracking::Off => return None,
    };
    CALLS.try_with(|calls| calls.borrow_mut().push(frame)).ok().map(|()| late)
}

/// Takes the call of a guard off the stack, wherever it stands: guards may be dropped in any order.
pub(super) fn remove(late: &Arc<Late>) {
    let is_it = |frame: &Frame| matches!(frame, Frame::Open(Some(other)) if Arc::ptr_eq(other, late));
    let _ = CALLS.try_with(|calls| {
        let mut calls = calls.borrow_mut();
        if let Some(position) = calls.iter().rposition(is_it) {
            calls.remove(position);
        }
    });
}
