//! What a request carries.

mod adopt;
mod baggage;
mod clean;
mod current;
mod ids;
mod inject;
mod lines;
mod run;
#[cfg(test)]
mod tests;
mod trace_parent;
mod trace_state;

use std::{fmt, future::Future};

use http::HeaderMap;
use opentelemetry::{
    Context,
    baggage::{Baggage, BaggageExt as _},
    trace::{SpanContext, TraceContextExt as _},
};
use tracing::{Instrument as _, Span};

use crate::correlation::Correlation;

/// What a request carries: the trace that it belongs to, baggage, and the ids of a [`Correlation`].
///
/// A server reads it from the headers of a request, a client writes it to those of another. In between it goes with tasks,
/// threads and queues: it is a snapshot of a few texts, which keeps no span open.
///
/// ```
/// use http::HeaderMap;
/// use llm_span::propagation::Carried;
/// use tracing::Instrument as _;
///
/// # async fn answer() {}
/// # async fn handle(request: &HeaderMap) {
/// let carried = Carried::of_headers(request);
/// let span = tracing::info_span!("request");
/// carried.adopt(&span);
/// carried.run(answer().instrument(span)).await;
/// # }
/// ```
///
/// Headers and formats are those of [W3C Trace Context] (`traceparent`, `tracestate`) and [W3C Baggage] (`baggage`).
///
/// [W3C Trace Context]: https://www.w3.org/TR/trace-context/
/// [W3C Baggage]: https://www.w3.org/TR/baggage/
#[derive(Clone, Default)]
pub struct Carried {
    /// Its span is a mere name: the span itself may end meanwhile.
    context: Context,
    correlation: Correlation,
    /// Whether the baggage was taken away, so that none of an earlier hop stays either.
    has_no_baggage: bool,
}

/// Without what baggage and `tracestate` say: they are others'.
impl fmt::Debug for Carried {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Carried")
            .field("trace_id", &self.trace_id())
            .field("span_id", &self.span_id())
            .field("baggage", &self.context.baggage().len())
            .field("correlation", &self.correlation)
            .finish_non_exhaustive()
    }
}

/// The span context that came in, left in the context for all below: it is passed on where no span of ours is there to stand
/// in its place.
struct Incoming(SpanContext);

impl Carried {
    /// What these headers say. What is malformed is ignored, and not logged: anybody may send it.
    ///
    /// - `traceparent`: one line, of any version but `ff`, in lower case, with ids that are not all zero; else the request begins
    ///   a trace of its own. Of the flags, `sampled` and `random` (Trace Context Level 2) are kept; in spans of one's own `random` is
    ///   kept as far as OpenTelemetry keeps it.
    /// - `tracestate`: its lines are joined. One that is malformed, names a key twice, has over 32 members or over 8,192 bytes is
    ///   dropped, and the `traceparent` holds.
    /// - `baggage`: its lines are joined. Malformed members are dropped one by one, and those beyond 64 members or 8,192 bytes.
    /// - Session, user and conversation: the headers `X-Session-Id`, `X-User-Id` and `X-Conversation-Id`, else the baggage's
    ///   `session.id`, `user.id` and `gen_ai.conversation.id`. A member that says another than its header is replaced. The client's service and its version: `X-Telemetry-Service` and
    ///   `X-Telemetry-Version`. Each is cut to 128 characters; control characters and what is not UTF-8 are taken out.
    ///
    /// ```
    /// use http::HeaderMap;
    /// use llm_span::propagation::Carried;
    ///
    /// let mut headers = HeaderMap::new();
    /// headers.insert("traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01".parse()?);
    /// headers.insert("baggage", "session.id=s-17,user.id=anna".parse()?);
    /// headers.insert("x-user-id", "berta".parse()?);
    ///
    /// let carried = Carried::of_headers(&headers);
    /// assert_eq!(carried.trace_id().as_deref(), Some("4bf92f3577b34da6a3ce929d0e0e4736"));
    /// assert_eq!(carried.correlation().session_id(), Some("s-17"));
    /// assert_eq!(carried.correlation().user_id(), Some("berta"));
    /// # Ok::<(), http::header::InvalidHeaderValue>(())
    /// ```
    pub fn of_headers(headers: &HeaderMap) -> Self {
        let mut baggage = baggage::of_headers(headers);
        let correlation = ids::of_request(headers, &mut baggage);
        let mut carried = Self::trace_of_headers(headers);
        if !baggage.is_empty() {
            carried.context = carried.context.with_baggage(baggage);
        }
        carried.context = current::with_ids(carried.context, &correlation);
        carried.correlation = correlation;
        carried
    }

    /// The trace alone: what else they say costs nothing.
    pub(super) fn trace_of_headers(headers: &HeaderMap) -> Self {
        let mut context = Context::new();
        if let Some(span) = trace_parent::of_headers(headers) {
            context = context.with_value(Incoming(span.clone())).with_remote_span_context(span);
        }
        Self { context, ..Self::default() }
    }

    /// What is current here, for a request, a task or a thread: the current span with its baggage, and the current
    /// [`Correlation`].
    ///
    /// The span is that of `tracing`, or its nearest ancestor that OpenTelemetry knows; where there is none, that of
    /// OpenTelemetry's current context. OpenTelemetry starts the span here if it was not yet: see [`adopt`](Self::adopt).
    ///
    /// Where there is no OpenTelemetry it remembers the trace id that this crate has made for the span ([`IdSource::Own`]), so that log
    /// lines of detached work stand in the trace of those here. That id is not told to others: a service without
    /// OpenTelemetry begins no trace for them, it passes on what came.
    ///
    /// For work that goes on when the span is over, [`run_in`](Self::run_in) has all that it takes. For work that the span waits for:
    ///
    /// ```
    /// use llm_span::propagation::Carried;
    ///
    /// # async fn ask_one() {}
    /// # fn start() -> impl Future<Output = ()> {
    /// // tokio::spawn(…)
    /// Carried::current().run(ask_one())
    /// # }
    /// ```
    ///
    /// [`IdSource::Own`]: crate::IdSource::Own
    pub fn current() -> Self {
        let context = current::context();
        let current = Correlation::current();
        let correlation = context.get::<Correlation>().map_or_else(|| current.clone(), |above| current.or(above));
        Self { context: current::with_ids(context, &correlation), correlation, has_no_baggage: false }
    }

    /// The trace that it tells others, 32 hexadecimal digits; `None` where it names none.
    pub fn trace_id(&self) -> Option<String> {
        self.span_context().map(|span| span.trace_id().to_string())
    }

    /// The span that sent it, 16 hexadecimal digits; `None` where it names no trace.
    pub fn span_id(&self) -> Option<String> {
        self.span_context().map(|span| span.span_id().to_string())
    }

    /// The ids that it carries.
    pub fn correlation(&self) -> &Correlation {
        &self.correlation
    }

    /// Its trace and its baggage, to be made current by whoever is no future.
    pub(super) fn context(&self) -> &Context {
        &self.context
    }

    /// Without baggage: for servers that it does not concern. [`inject`](Self::inject) then takes the header away, too.
    ///
    /// ```
    /// use llm_span::propagation::Carried;
    ///
    /// let mut headers = http::HeaderMap::new();
    /// headers.insert("baggage", "user.id=anna".parse()?);
    /// Carried::of_headers(&headers).without_baggage().inject(&mut headers);
    /// assert!(headers.is_empty());
    /// # Ok::<(), http::header::InvalidHeaderValue>(())
    /// ```
    #[must_use]
    pub fn without_baggage(mut self) -> Self {
        if !self.context.baggage().is_empty() {
            self.context = self.context.with_cleared_baggage();
        }
        self.has_no_baggage = true;
        self
    }

    /// With the correlation's session, user and conversation as baggage: `session.id`, `user.id`, `gen_ai.conversation.id`. For
    /// servers that may know them, which are one's own as a rule.
    ///
    /// ```
    /// use llm_span::{Correlation, propagation::Carried};
    ///
    /// let mut headers = http::HeaderMap::new();
    /// Correlation::new().session("s-17").in_scope(|| Carried::current().with_correlation_in_baggage().inject(&mut headers));
    /// assert_eq!(headers["baggage"], "session.id=s-17");
    /// ```
    #[must_use]
    pub fn with_correlation_in_baggage(mut self) -> Self {
        let mut baggage: Baggage = ids::in_baggage(&self.correlation).collect();
        if !baggage.is_empty() {
            // The ids first: they are to be there where the limits are reached.
            for (key, (value, properties)) in self.context.baggage() {
                if baggage.get(key.as_str()).is_none() {
                    baggage.insert_with_metadata(key.clone(), value.clone(), properties.clone());
                }
            }
            self.context = self.context.with_baggage(baggage);
            self.has_no_baggage = false;
        }
        self
    }

    /// Makes it current while the future is polled and when it is dropped: spans that are roots there are children of what it
    /// tells, baggage is there, and all spans carry its ids, where `CarryCorrelation` puts them on (the pipeline has it).
    ///
    /// A span of the same trace that is current already stays the parent; what its baggage is, this decides. A span that is to
    /// carry the ids, too, goes inside: `carried.run(work.instrument(span))`. Log lines have ids only inside of a span, also here.
    /// Without OpenTelemetry the ids of a span that is a root here are of the trace that this tells.
    ///
    /// ```
    /// use llm_span::propagation::Carried;
    ///
    /// # async fn demo() {
    /// let mut headers = http::HeaderMap::new();
    /// headers.insert("x-session-id", http::HeaderValue::from_static("s-17"));
    /// let session = Carried::of_headers(&headers).run(async { llm_span::Correlation::current() }).await;
    /// assert_eq!(session.session_id(), Some("s-17"));
    /// # }
    /// ```
    pub fn run<F: Future>(&self, future: F) -> impl Future<Output = F::Output> + use<F> {
        self.correlation.run(run::Attached::new(self.clone(), future))
    }

    /// Runs the future in the span, with all that is carried: the one call for work that outlives its request. The span is
    /// [adopted](Self::adopt), and the future [run](Self::run) in it.
    ///
    /// Give the span `parent: None`. In `tracing` a span closes after its children, so that a child's work would go on counting as the
    /// request's: the request's span would be exported, and its metrics taken, when that work is done. In the trace it is the
    /// request's child all the same.
    ///
    /// ```
    /// use llm_span::propagation::Carried;
    /// use tracing::info_span;
    ///
    /// # async fn summarize() {}
    /// # async fn handle() {
    /// tokio::spawn(Carried::current().run_in(info_span!(parent: None, "summary"), summarize()));
    /// # }
    /// ```
    pub fn run_in<F: Future>(&self, span: Span, future: F) -> impl Future<Output = F::Output> + use<F> {
        self.adopt(&span);
        self.run(future.instrument(span))
    }

    /// The span that sent it.
    fn span_context(&self) -> Option<SpanContext> {
        Some(self.context.span().span_context().clone()).filter(SpanContext::is_valid)
    }
}

pub use inject::inject;
