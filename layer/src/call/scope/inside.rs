//! The time in which a call's body runs: of a closure all of it, of a future each poll.

use std::thread;

use super::{
    super::{Call, Hidden, Open},
    Above, Number, Unheard, alone, enter_alone, push_hidden, push_lending, take_off, take_off_stack,
};

/// The time in which a call's body runs: its span is entered, the call is this thread's innermost.
///
/// Nothing but a mark is in the way of a body whose call began without a subscriber, and this much stands where the body is compiled;
/// so it holds as little as it can.
pub(in crate::call) struct Inside<'c> {
    call: &'c mut Call,
    above: Above,
    outer: bool,
}

impl<'c> Inside<'c> {
    #[inline]
    pub(in crate::call) fn enter(call: &'c mut Call, above: Above) -> Self {
        let mut outer = false;
        match call {
            Call::Off => outer = Unheard::begin(),
            Call::Open(open) => open.enter(),
            Call::Hidden(hidden) => hidden.enter(),
        }
        Self { call, above, outer }
    }

    /// The body has returned; without this it has panicked.
    #[inline]
    pub(in crate::call) fn left(self) {
        if let Call::Open(open) = &mut *self.call {
            open.inside = false;
        }
    }
}

impl Drop for Inside<'_> {
    #[inline]
    fn drop(&mut self) {
        match self.call {
            Call::Off => Unheard::end(self.outer),
            Call::Open(open) => open.leave(self.above),
            Call::Hidden(hidden) => hidden.leave(self.above),
        }
    }
}

impl Open {
    #[inline(never)]
    pub(in crate::call) fn enter(&mut self) {
        let id = self.span.with_subscriber(|(id, subscriber)| {
            subscriber.enter(id);
            id.into_non_zero_u64()
        });
        // After what may panic: what is lent would not come back.
        self.frame = enter_alone(self, id);
        if self.frame.is_none() {
            self.enter_stack();
        }
        self.inside = true;
    }

    #[inline(never)]
    fn enter_stack(&mut self) {
        self.frame = push_lending(self);
        if let Some(beside) = &mut self.beside {
            beside.enter();
        }
    }

    #[inline]
    pub(in crate::call) fn leave(&mut self, above: Above) {
        let number = self.frame.take();
        // One that was alone has nothing else to be left.
        if !number.is_some_and(alone::leave) {
            self.leave_stack(number, above);
        }
        self.span.with_subscriber(|(id, subscriber)| subscriber.exit(id));
    }

    #[inline(never)]
    fn leave_stack(&mut self, number: Option<Number>, above: Above) {
        if let Some(late) = number.and_then(|number| take_off_stack(number, above)) {
            self.late = Some(late);
        }
        if let Some(beside) = &mut self.beside {
            beside.leave();
        }
    }

    /// Ends what [`Call::enter_to_drop`] has begun, if anything.
    #[inline]
    pub(in crate::call) fn leave_dropped(&mut self) {
        if let Some(Dropping { unwinds }) = self.dropping.take() {
            self.leave(Above::Falls);
            self.inside |= thread::panicking() && !unwinds;
        }
    }
}

impl Hidden {
    #[inline(never)]
    pub(in crate::call) fn enter(&mut self) {
        self.frame = push_hidden(None);
    }

    #[inline(never)]
    pub(in crate::call) fn leave(&mut self, above: Above) {
        if let Some(number) = self.frame.take() {
            take_off(number, above);
        }
    }
}

impl Drop for Hidden {
    fn drop(&mut self) {
        self.leave(Above::Falls);
    }
}

/// The time in which a body is dropped that has not returned.
#[derive(Debug)]
pub(in crate::call) struct Dropping {
    /// Whether a panic has brought it about: another one is the body's.
    unwinds: bool,
}

impl Call {
    /// The body will be dropped before it has returned, and the call after it: what the body drops may log, and may record the usage
    /// that it had.
    #[cold]
    pub(in crate::call) fn enter_to_drop(&mut self) {
        match self {
            Self::Open(open) => {
                let left_by_panic = open.inside;
                open.enter();
                open.inside = left_by_panic;
                open.dropping = Some(Dropping { unwinds: thread::panicking() });
            }
            Self::Hidden(hidden) => hidden.enter(),
            Self::Off => {}
        }
    }
}
