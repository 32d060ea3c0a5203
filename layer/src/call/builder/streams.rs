//! Streams and iterators run as a call.

#[cfg(feature = "stream")]
use futures_core::Stream;

#[cfg(feature = "stream")]
use crate::call::stream::Chunks;
use crate::{
    call::{
        CallBuilder, Returned,
        error_name::error_name,
        probe::Split,
        stream::{Items, Kept},
    },
    usage::{IntoReport, Report, ReportUsage},
};

impl CallBuilder<'_> {
    /// Runs a stream whose chunks report the usage; the call is open until it ends, fails or is dropped. Starts it now.
    ///
    /// ```
    /// use futures_util::{StreamExt, stream};
    /// use llm_span::{Operation, Usage, call};
    ///
    /// # async fn demo() {
    /// let tokens = stream::iter([("Hi", None), ("", Some((128_u32, 64_u32)))].map(Some));
    /// let mut tokens = call(Operation::Chat, "openai", "gpt-4o")
    ///     .stream_with(tokens, |(_, usage)| usage.map(|(prompt, completion)| Usage::new(prompt, completion)));
    /// while let Some(token) = tokens.next().await {}
    /// # }
    /// ```
    #[cfg(feature = "stream")]
    pub fn stream<S>(self, stream: S) -> impl Stream<Item = S::Item> + use<S>
    where
        S: Stream<Item: Returned<Response: ReportUsage>>,
    {
        Chunks::new(stream, self.start(), |item: &S::Item, kept: &mut Kept| watch(item, kept, Report::of))
    }

    /// Runs a stream, and asks `usage` for what each chunk tells. See [`stream`](Self::stream).
    #[cfg(feature = "stream")]
    pub fn stream_with<S, U, R>(self, stream: S, mut usage: U) -> impl Stream<Item = S::Item> + use<S, U, R>
    where
        S: Stream<Item: Returned>,
        U: FnMut(&<S::Item as Returned>::Response) -> R,
        R: IntoReport<'static>,
    {
        Chunks::new(stream, self.start(), move |item: &S::Item, kept: &mut Kept| {
            watch(item, kept, |chunk| usage(chunk).into_report());
        })
    }

    /// Runs an iterator whose items report the usage; the call is open until it ends, fails or is dropped. Starts it now.
    pub fn iterator<I>(self, iterator: I) -> impl Iterator<Item = I::Item> + use<I>
    where
        I: Iterator<Item: Returned<Response: ReportUsage>>,
    {
        Items::new(iterator, self.start(), |item: &I::Item, kept: &mut Kept| watch(item, kept, Report::of))
    }

    /// Runs an iterator, and asks `usage` for what each item tells. See [`iterator`](Self::iterator).
    pub fn iterator_with<I, U, R>(self, iterator: I, mut usage: U) -> impl Iterator<Item = I::Item> + use<I, U, R>
    where
        I: Iterator<Item: Returned>,
        U: FnMut(&<I::Item as Returned>::Response) -> R,
        R: IntoReport<'static>,
    {
        Items::new(iterator, self.start(), move |item: &I::Item, kept: &mut Kept| {
            watch(item, kept, |chunk| usage(chunk).into_report());
        })
    }
}

/// Reads an item: a chunk, or an error in its place.
fn watch<'i, I: Returned>(item: &'i I, kept: &mut Kept, report: impl FnOnce(&'i I::Response) -> Report<'i>) {
    match item.split() {
        Split::Response(chunk) => kept.chunk(|| report(chunk)),
        Split::Error(error) => kept.error(error_name(error)),
        Split::Around(name) => kept.error(name),
        Split::Nothing => kept.chunk(Report::default),
    }
}
