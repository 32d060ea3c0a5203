//! Trace and span ids of a span: found once, kept with the span, the same for every layer of this crate.
//!
//! The ids are asked for at the first event of a span or later, never when the span is created: asking OpenTelemetry
//! *starts* its span, after which its parent and its name can no longer be set.

#[cfg(feature = "propagation")]
mod adopt;
mod cache;
mod dispatch;
#[cfg(feature = "otel")]
mod otel;
mod own;
#[cfg(any(feature = "pipeline", feature = "propagation"))]
mod settled;
mod span_ids;
#[cfg(test)]
mod tests;

#[cfg(feature = "propagation")]
pub(crate) use adopt::{OwnTrace, adopt, nearest_context, own_trace, trace_of};
#[cfg(feature = "pipeline")]
pub(crate) use cache::know;
#[cfg(feature = "json")]
pub(crate) use cache::of_id;
pub(crate) use cache::of_span;
#[cfg(feature = "propagation")]
pub(crate) use cache::of_span_in;
#[cfg(feature = "layer")]
pub(crate) use cache::opentelemetry_knows;
pub(crate) use dispatch::DispatchHandle;
#[cfg(feature = "propagation")]
pub(crate) use settled::settled;
#[cfg(feature = "pipeline")]
pub(crate) use settled::take_settled;
pub(crate) use span_ids::SpanIds;

/// Where the trace and span ids of log lines and findings come from.
///
/// # Examples
///
/// ```
/// # #[cfg(feature = "json")] {
/// use llm_span::{IdSource, JsonLogs};
///
/// let logs = JsonLogs::new(std::io::stdout).with_ids(IdSource::Own);
/// # let _ = logs;
/// # }
/// ```
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum IdSource {
    /// OpenTelemetry's ids where an OpenTelemetry layer knows the span or one of its ancestors (the nearest counts),
    /// otherwise [`Own`](Self::Own) ones.
    ///
    /// Asking OpenTelemetry for the ids of a span that was never entered starts that span there. Its parent
    /// (`set_parent`) must be set before the first event that names it as parent.
    #[default]
    Auto,
    /// OpenTelemetry's ids or none at all.
    ///
    /// Needs the feature `otel` and a `tracing-opentelemetry` layer of the version this crate is built with.
    OpenTelemetry,
    /// Ids in the form of W3C Trace Context made by this crate: a random trace id for each root span (that of the request it
    /// was adopted by or runs in, where `propagation` was told so), inherited by its descendants, a random span id for each span, flags
    /// `00` (not sampled) whatever those of the request were.
    Own,
}
