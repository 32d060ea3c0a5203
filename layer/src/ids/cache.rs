//! The ids kept in a span's extensions, and how they are found the first time.
//!
//! Never two extensions guards at once, none across a call to OpenTelemetry: the extensions are a lock that is not
//! re-entrant.

use super::{DispatchHandle, IdSource, SpanIds, own};
use tracing::Dispatch;
use tracing_subscriber::registry::{LookupSpan, SpanRef};

/// What is known of a span's ids. Both kinds, since two layers of one registry may be set to different sources.
#[derive(Clone, Copy, Debug, Default)]
struct Known {
    otel: Otel,
    own: Option<SpanIds>,
}

#[derive(Clone, Copy, Debug, Default)]
enum Otel {
    #[default]
    Unasked,
    /// Neither the span nor an ancestor is known to OpenTelemetry.
    None,
    Ids(SpanIds),
}

enum Answer<T> {
    Unsettled,
    Settled(Option<T>),
}

impl Known {
    #[inline]
    fn answer(&self, source: IdSource) -> Answer<&SpanIds> {
        match (source, &self.otel) {
            (IdSource::Own, _) | (IdSource::Auto, Otel::None) => match &self.own {
                Some(ids) => Answer::Settled(Some(ids)),
                None => Answer::Unsettled,
            },
            (_, Otel::Unasked) => Answer::Unsettled,
            (IdSource::OpenTelemetry, Otel::None) => Answer::Settled(None),
            (_, Otel::Ids(ids)) => Answer::Settled(Some(ids)),
        }
    }
}

/// Ids of a span. Kept with the span, so that the second call costs one look into its extensions.
///
/// Not to be called from `on_new_span` (it starts OpenTelemetry's span), nor with a guard of any span's extensions
/// held. In `on_close` it gives what an earlier call found, else what is still to be found.
pub(crate) fn of_span<'a, S: LookupSpan<'a>>(
    span: &SpanRef<'a, S>,
    source: IdSource,
    dispatch: &DispatchHandle,
) -> Option<SpanIds> {
    let source = available(source);
    match kept(span, source) {
        Answer::Settled(ids) => ids,
        Answer::Unsettled => find(span, source, dispatch),
    }
}

/// Tells the ids that OpenTelemetry has given the span, so that it need not be asked for them.
#[cfg(feature = "pipeline")]
pub(crate) fn know<'a, S: LookupSpan<'a>>(span: &SpanRef<'a, S>, told: &opentelemetry::trace::SpanContext) {
    if let Some(ids) = super::otel::ids(told) {
        change(span, |known| {
            if matches!(known.otel, Otel::Unasked) {
                known.otel = Otel::Ids(ids);
            }
        });
    }
}

/// The same of a span of the registry itself, the dispatch at hand.
#[cfg(feature = "propagation")]
pub(crate) fn of_span_in<'a, S: LookupSpan<'a>>(span: &SpanRef<'a, S>, source: IdSource, dispatch: &Dispatch) -> Option<SpanIds> {
    let source = available(source);
    match kept(span, source) {
        Answer::Settled(ids) => ids,
        Answer::Unsettled => resolve(span, source, Some(dispatch)),
    }
}

/// As [`of_span`], for a span that a per-layer filter may hide from the calling layer. `None` also where the layer's
/// dispatch is not known.
#[cfg(feature = "json")]
pub(crate) fn of_id(id: &tracing::Id, source: IdSource, dispatch: &DispatchHandle) -> Option<SpanIds> {
    let source = available(source);
    dispatch
        .with_span(id, |span, dispatch| match kept(span, source) {
            Answer::Settled(ids) => ids,
            Answer::Unsettled => resolve(span, source, Some(dispatch)),
        })
        .flatten()
}

/// Whether OpenTelemetry has ids of that very span, which starts there if it has.
#[cfg(feature = "layer")]
pub(crate) fn opentelemetry_knows(id: &tracing::Id, dispatch: &Dispatch) -> bool {
    ask(id, dispatch).is_some()
}

/// Without the feature `otel` there is nobody to ask.
fn available(source: IdSource) -> IdSource {
    match source {
        IdSource::Auto if cfg!(not(feature = "otel")) => IdSource::Own,
        other => other,
    }
}

#[inline]
fn kept<'a, S: LookupSpan<'a>>(span: &SpanRef<'a, S>, source: IdSource) -> Answer<SpanIds> {
    match span.extensions().get::<Known>().map(|known| known.answer(source)) {
        Some(Answer::Settled(ids)) => Answer::Settled(ids.copied()),
        Some(Answer::Unsettled) | None => Answer::Unsettled,
    }
}

#[cold]
fn find<'a, S: LookupSpan<'a>>(span: &SpanRef<'a, S>, source: IdSource, dispatch: &DispatchHandle) -> Option<SpanIds> {
    dispatch.adopt_by_span(span);
    // The registry's own view first: ancestors that a filter hides from the layer count all the same.
    dispatch
        .with_span(&span.id(), |span, dispatch| resolve(span, source, Some(dispatch)))
        .unwrap_or_else(|| resolve(span, source, dispatch.get().as_ref()))
}

fn resolve<'a, S: LookupSpan<'a>>(span: &SpanRef<'a, S>, source: IdSource, dispatch: Option<&Dispatch>) -> Option<SpanIds> {
    let from_otel = match (source, dispatch) {
        (IdSource::Own, _) | (_, None) => None,
        (_, Some(dispatch)) => otel_ids(span, dispatch),
    };
    match source {
        IdSource::OpenTelemetry => from_otel,
        _ => from_otel.or_else(|| own_ids(span)),
    }
}

/// OpenTelemetry's ids of the span or its nearest ancestor that has some.
fn otel_ids<'a, S: LookupSpan<'a>>(span: &SpanRef<'a, S>, dispatch: &Dispatch) -> Option<SpanIds> {
    let mut found = None;
    let mut asked = 0;
    for ancestor in span.scope() {
        let kept = ancestor.extensions().get::<Known>().map(|known| known.otel);
        match kept {
            Some(Otel::Ids(ids)) => {
                found = Some(ids);
                break;
            }
            Some(Otel::None) => break,
            Some(Otel::Unasked) | None => {
                asked += 1;
                found = ask(&ancestor.id(), dispatch);
                if found.is_some() {
                    break;
                }
            }
        }
    }
    let answer = found.map_or(Otel::None, Otel::Ids);
    // From the span upwards: the first is the span itself. What another thread found meanwhile stays.
    let kept = span.scope().take(asked).map(|ancestor| {
        change(&ancestor, |known| {
            if matches!(known.otel, Otel::Unasked) {
                known.otel = answer;
            }
            known.otel
        })
    });
    match kept.reduce(|first, _| first).unwrap_or(answer) {
        Otel::Ids(ids) => Some(ids),
        Otel::None | Otel::Unasked => None,
    }
}

#[cfg(feature = "otel")]
use super::otel::ask;

#[cfg(not(feature = "otel"))]
fn ask(_: &tracing::Id, _: &Dispatch) -> Option<SpanIds> {
    None
}

#[cfg(feature = "propagation")]
use super::adopt::attached;

#[cfg(not(feature = "propagation"))]
fn attached() -> Option<u128> {
    None
}

/// Own ids of the span and, where they have none yet, of its ancestors: the root decides the trace id, so that
/// threads that come at the same time agree.
pub(super) fn own_ids<'a, S: LookupSpan<'a>>(span: &SpanRef<'a, S>) -> Option<SpanIds> {
    let mut without = 0;
    let mut trace_id = None;
    let mut root = None;
    for ancestor in span.scope() {
        let kept = ancestor.extensions().get::<Known>().and_then(|known| known.own);
        if let Some(ids) = kept {
            trace_id = Some(ids.trace_id());
            break;
        }
        without += 1;
        root = Some(ancestor);
    }
    let trace_id = trace_id.or_else(|| Some(settle(&root?, attached().unwrap_or_else(own::trace_id)).trace_id()))?;
    // From the span upwards: the first is the span itself.
    span.scope()
        .take(without)
        .map(|ancestor| settle(&ancestor, trace_id))
        .reduce(|first, _| first)
        .or_else(|| span.extensions().get::<Known>().and_then(|known| known.own))
}

/// Gives the span own ids in that trace, unless another thread was faster.
pub(super) fn settle<'a, S: LookupSpan<'a>>(span: &SpanRef<'a, S>, trace_id: u128) -> SpanIds {
    let ids = own::ids(trace_id);
    change(span, |known| *known.own.get_or_insert(ids))
}

fn change<'a, S: LookupSpan<'a>, T>(span: &SpanRef<'a, S>, f: impl FnOnce(&mut Known) -> T) -> T {
    let mut extensions = span.extensions_mut();
    if let Some(known) = extensions.get_mut::<Known>() {
        return f(known);
    }
    let mut known = Known::default();
    let result = f(&mut known);
    extensions.replace(known);
    result
}
