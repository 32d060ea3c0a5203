//! An iterator whose call is open until it ends, fails or is dropped.

use std::iter::FusedIterator;

use super::{
    super::{Call, scope::Above},
    flow::{Flow, Kept},
};

/// An iterator of chunks, and the call whose response they are. Its items are the iterator's own.
#[must_use = "iterators are lazy and do nothing unless consumed"]
pub struct Items<I, W> {
    iterator: Option<I>,
    watch: W,
    flow: Flow,
}

impl<I, W> Items<I, W> {
    /// The items of `iterator`, each shown to `watch`.
    pub(in crate::call) fn new(iterator: I, call: Call, watch: W) -> Self {
        Self { iterator: Some(iterator), watch, flow: Flow::new(call) }
    }
}

impl<I: Iterator, W: FnMut(&I::Item, &mut Kept)> Iterator for Items<I, W> {
    type Item = I::Item;

    #[inline]
    fn next(&mut self) -> Option<I::Item> {
        let Self { iterator, watch, flow } = self;
        let item = match iterator {
            Some(iterator) => flow.next(
                // It may hold guards between its items.
                Above::Stays,
                || iterator.next(),
                |item, kept| {
                    if let Some(item) = item {
                        watch(item, kept);
                    }
                },
            ),
            None => None,
        };
        if item.is_none() {
            // It is kept: an iterator may go on after a `None`, though the call has ended.
            flow.end(|| ());
        }
        item
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.iterator.as_ref().map_or((0, Some(0)), Iterator::size_hint)
    }
}

impl<I: FusedIterator, W: FnMut(&I::Item, &mut Kept)> FusedIterator for Items<I, W> {}
impl<I: ExactSizeIterator, W: FnMut(&I::Item, &mut Kept)> ExactSizeIterator for Items<I, W> {}

impl<I, W> Drop for Items<I, W> {
    fn drop(&mut self) {
        let Self { iterator, flow, .. } = self;
        flow.abandon(|| drop(iterator.take()));
    }
}

impl<I: std::fmt::Debug, W> std::fmt::Debug for Items<I, W> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Items").field("iterator", &self.iterator).field("flow", &self.flow).finish_non_exhaustive()
    }
}
