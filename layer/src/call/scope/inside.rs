//! The time in which a call's body runs: of a closure all of it, of a future each poll.

use super::{super::Call, Above, Stacked, Unheard, take_off};

/// The time in which a call's body runs: its span is entered, the call is this thread's innermost.
///
/// Nothing but a count is in the way of a body whose call began without a subscriber, and this much stands where the body is compiled;
/// so it holds as little as it can.
pub(in crate::call) struct Inside<'c> {
    call: &'c mut Call,
    frame: Option<u64>,
    above: Above,
}

impl<'c> Inside<'c> {
    #[inline]
    pub(in crate::call) fn enter(call: &'c mut Call, above: Above) -> Self {
        let frame = if let Call::Off = call {
            Unheard::begin();
            None
        } else {
            enter(call, above)
        };
        Self { call, frame, above }
    }

    /// Whether somebody listens to the call.
    #[inline]
    pub(in crate::call) fn is_heard(&self) -> bool {
        matches!(self.call, Call::Open(_))
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
            Call::Off => Unheard::end(),
            Call::Open(_) | Call::Hidden => leave(self.call, self.frame, self.above),
        }
    }
}

/// Begins the time in which the body runs of a call that somebody may hear.
#[inline(never)]
fn enter(call: &mut Call, above: Above) -> Option<u64> {
    let Call::Open(open) = call else { return Stacked::of(call, above).number.take() };
    open.span.with_subscriber(|(id, subscriber)| subscriber.enter(id));
    // After what may panic: what is lent would not come back.
    let mut stacked = Stacked::lending(open, above);
    if let Some(beside) = &mut open.beside {
        beside.enter();
    }
    open.inside = true;
    stacked.number.take()
}

/// Ends it.
#[inline(never)]
fn leave(call: &mut Call, frame: Option<u64>, above: Above) {
    let late = frame.and_then(|number| take_off(number, above));
    if let Call::Open(open) = call {
        if late.is_some() {
            open.late = late;
        }
        if let Some(beside) = &mut open.beside {
            beside.leave();
        }
        open.span.with_subscriber(|(id, subscriber)| subscriber.exit(id));
    }
}
