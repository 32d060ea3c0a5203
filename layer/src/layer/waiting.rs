//! The end of a call that was read beside its record, and waits for that.

use std::{cell::Cell, time::Instant};

use tracing::Id;

use super::state::State;

/// What was read of a call, from its beginning to its end.
pub(super) struct Waiting {
    layer: u32,
    span: u64,
    /// Whether there is something that waits.
    pub(super) is_read: bool,
    pub(super) state: State,
}

thread_local! {
    /// Kept for the next call, as it is large.
    static WAITING: Cell<Option<Box<Waiting>>> = const { Cell::new(None) };
}

/// Where that layer can read what is told at the end of that span; `None` while a record is under way around this one.
#[inline]
pub(super) fn new(span: &Id, layer: u32, made: Instant) -> Option<Box<Waiting>> {
    let end = WAITING.try_with(Cell::take).ok()?;
    let mut end = end.unwrap_or_else(|| Box::new(Waiting { layer: 0, span: 0, is_read: false, state: State::new(made, None) }));
    if end.is_read {
        put(end);
        return None;
    }
    (end.layer, end.span) = (layer, span.into_u64());
    Some(end)
}

/// Takes what was read of that span's end by that layer.
pub(super) fn take(span: &Id, layer: u32) -> Option<Box<Waiting>> {
    let end = WAITING.try_with(Cell::take).ok().flatten()?;
    if end.is_read && end.span == span.into_u64() && end.layer == layer {
        return Some(end);
    }
    put(end);
    None
}

pub(super) fn put(end: Box<Waiting>) {
    let _ = WAITING.try_with(|kept| kept.set(Some(end)));
}
