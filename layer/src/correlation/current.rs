//! Which correlation is current on this thread: a stack, as of the calls themselves.

use std::{cell::RefCell, marker::PhantomData};

use super::Correlation;

thread_local! {
    static CURRENT: RefCell<Stack> = const { RefCell::new(Stack { frames: Vec::new(), next: 0 }) };
}

/// Numbered, since guards are dropped in any order: a place on the stack says nothing of who stands there.
struct Stack {
    frames: Vec<(u64, Correlation)>,
    next: u64,
}

/// Gives what is current; `None` where nothing is. It may make others current meanwhile.
pub(crate) fn with_current<R>(f: impl FnOnce(Option<&Correlation>) -> R) -> R {
    let find = |stack: &RefCell<Stack>| stack.borrow().frames.last().map(|(_, current)| current.clone());
    let current = CURRENT.try_with(find).ok().flatten();
    f(current.as_ref())
}

/// Makes it current until the guard is dropped, with the ids of what is current now where it has none.
pub(crate) fn enter(correlation: &Correlation) -> Entered {
    Entered { _frame: (!correlation.is_empty()).then(|| Frame::push(&correlation.clone().inheriting(), After::Stays)) }
}

/// [`enter`] without a guard, for whoever keeps the number; `None` where there is nothing to be ended.
pub(crate) fn begin(correlation: &Correlation) -> Option<u64> {
    if correlation.is_empty() { None } else { push(correlation.clone().inheriting()) }
}

/// Ends what has begun under that number.
pub(crate) fn end(number: u64) {
    take_off(number, After::Stays);
}

/// The time in which a correlation is current; of one thread, dropped in any order.
#[derive(Debug)]
#[must_use = "dropped at once, nothing is current"]
pub(crate) struct Entered {
    _frame: Option<Frame>,
}

/// What becomes of the frames above one that is taken off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum After {
    /// They stay: a synchronous body may return a guard that goes on.
    Stays,
    /// They fall: a guard was wrongly held across an `.await`, and the thread goes on with something else.
    Falls,
}

/// A place on the stack.
#[derive(Debug)]
pub(super) struct Frame {
    number: Option<u64>,
    above: After,
    /// The stack is the thread's, so is the frame.
    _thread: PhantomData<*const ()>,
}

impl Frame {
    /// Puts it on the stack; nothing of it where it has no ids.
    pub(super) fn push(correlation: &Correlation, above: After) -> Self {
        let number = if correlation.is_empty() { None } else { push(correlation.clone()) };
        Self { number, above, _thread: PhantomData }
    }
}

impl Drop for Frame {
    fn drop(&mut self) {
        if let Some(number) = self.number {
            take_off(number, self.above);
        }
    }
}

/// `None` at the end of a thread.
fn push(correlation: Correlation) -> Option<u64> {
    let push = |stack: &RefCell<Stack>| {
        let mut stack = stack.borrow_mut();
        let number = stack.next;
        stack.next = number.wrapping_add(1);
        stack.frames.push((number, correlation));
        number
    };
    CURRENT.try_with(push).ok()
}

fn take_off(number: u64, above: After) {
    let _ = CURRENT.try_with(|stack| {
        let frames = &mut stack.borrow_mut().frames;
        if let Some(at) = frames.iter().rposition(|(other, _)| *other == number) {
            match above {
                After::Stays => _ = frames.remove(at),
                After::Falls => frames.truncate(at),
            }
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    fn user() -> Option<String> {
        with_current(|current| current?.user_id().map(str::to_owned))
    }

    #[test]
    fn guards_may_be_dropped_in_any_order() {
        let (outer, inner) = (Correlation::new().user("outer"), Correlation::new().user("inner"));
        let first = enter(&outer);
        let second = enter(&inner);
        drop(first);
        assert_eq!(user().as_deref(), Some("inner"));
        drop(second);
        assert_eq!(user(), None);
    }

    #[test]
    fn a_guard_inherits_and_one_without_ids_is_none() {
        let _outer = enter(&Correlation::new().user("outer"));
        let _empty = enter(&Correlation::new());
        let _inner = enter(&Correlation::new().session("s"));
        assert_eq!(user().as_deref(), Some("outer"));
        with_current(|current| {
            let _within = enter(&Correlation::new().user("within"));
            assert_eq!(current.and_then(Correlation::session_id), Some("s"));
            assert_eq!(user().as_deref(), Some("within"));
        });
    }

    #[test]
    fn a_thread_that_ends_meets_no_panic() {
        struct Late;
        impl Drop for Late {
            fn drop(&mut self) {
                Correlation::new().user("late").in_scope(|| assert!(user().is_none_or(|user| user == "late")));
            }
        }
        thread_local! {
            static LATE: Late = const { Late };
        }
        let ended = std::thread::spawn(|| {
            LATE.with(|_| ());
            Correlation::new().user("u").in_scope(|| assert_eq!(user().as_deref(), Some("u")));
        });
        assert!(ended.join().is_ok());
    }
}
