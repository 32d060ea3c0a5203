//! Which call is running on this thread: a stack, pushed and popped around each poll.
//!
//! Not `Span::current()`: a child span inside the call would swallow what the body records.

use std::{cell::RefCell, sync::Arc};

use tracing::span::Entered;

use super::{Call, Open, late::Late};
#[cfg(feature = "json")]
use crate::usage::Usage;

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

/// What the innermost call's body has recorded of its usage so far; the span has it only when the call ends.
#[cfg(feature = "json")]
pub(crate) fn usage_so_far() -> Option<Usage> {
    let find = |calls: &RefCell<Vec<Frame>>| match calls.try_borrow().ok()?.last() {
        Some(Frame::Open(Some(late))) => late.usage(),
        _ => None,
    };
    CALLS.try_with(find).ok().flatten()
}

/// The time in which a call's body runs: its span is entered, the call is this thread's innermost.
pub(super) struct Inside<'c> {
    /// Where the call stands on the stack.
    depth: Option<usize>,
    open: Option<Body<'c>>,
}

/// The body of a call that somebody listens to.
struct Body<'c> {
    late: &'c mut Option<Arc<Late>>,
    flag: &'c mut bool,
    _entered: Entered<'c>,
}

impl<'c> Inside<'c> {
    pub(super) fn enter(call: &'c mut Call) -> Self {
        match call {
            Call::Off => Self { depth: None, open: None },
            Call::Hidden => Self { depth: stack(Frame::Hidden), open: None },
            Call::Open(Open { span, late, inside, .. }) => {
                let entered = span.enter();
                *inside = true;
                let depth = stack(Frame::Open(late.clone()));
                Self { depth, open: Some(Body { late, flag: inside, _entered: entered }) }
            }
        }
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
        // A guard that was wrongly held across an `.await` may stand above: nothing does, once the poll is over.
        let unstack = |calls: &RefCell<Vec<Frame>>| {
            let mut calls = calls.borrow_mut();
            calls.truncate(self.depth? + 1);
            calls.pop()
        };
        let frame = CALLS.try_with(unstack).ok().flatten();
        if let (Some(Frame::Open(late)), Some(body)) = (frame, &mut self.open) {
            *body.late = late;
        }
    }
}

/// Puts a call on the stack; where it stands there.
fn stack(frame: Frame) -> Option<usize> {
    let push = |calls: &RefCell<Vec<Frame>>| {
        let mut calls = calls.borrow_mut();
        calls.push(frame);
        calls.len() - 1
    };
    CALLS.try_with(push).ok()
}

/// Makes the call of a guard the innermost one; the guard keeps what it gets and gives it to [`remove`].
pub(super) fn push(call: &Call) -> Option<Arc<Late>> {
    let late = Arc::new(Late::default());
    match call {
        Call::Off => None,
        Call::Open(_) | Call::Hidden => stack(Frame::Open(Some(Arc::clone(&late)))).map(|_| late),
    }
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
