//! Spans of OpenTelemetry, as cheaply as those can be had that nobody reads.
//!
//! A span has its ids, its place in its trace and its baggage whether it is exported or not: log lines, requests that are sent, and exemplars
//! need them. Its attributes, its events and when it has ended only those need who read spans. `tracing-opentelemetry` collects them all the
//! same, and lets go of them where the span turns out not to be sampled. So it is not told of them: where no sink takes spans, and where the
//! span was not sampled.
//!
//! There are two of its layers. One is told of spans, by [`Traces`]; the other is told of none, and is there to be found by
//! `OpenTelemetrySpanExt` and its like, which look for the layer by its type. What is kept of a span is kept with the span, where both find it.

mod trace_ids;

use std::cell::RefCell;

use opentelemetry::{
    Context as OtelContext, ContextGuard, TraceId,
    trace::{SpanKind, TraceContextExt as _},
};
use opentelemetry_sdk::trace::{Sampler, SamplingDecision, SdkTracer, ShouldSample as _};
use tracing::{
    Dispatch, Event, Metadata, Subscriber,
    field::FieldSet,
    span::{Attributes, Id, Record},
    subscriber::Interest,
};
use tracing_opentelemetry::OpenTelemetryLayer;
use tracing_subscriber::{
    Layer,
    layer::Context,
    registry::{LookupSpan, SpanRef},
};

pub(crate) use trace_ids::TraceIds;

use crate::ids;

/// The layer of `tracing-opentelemetry`, as the pipeline sets it.
pub(crate) fn opentelemetry<S>(tracer: SdkTracer) -> OpenTelemetryLayer<S, SdkTracer>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    // How long a span was busy and how long idle nobody asks for, and it takes the time of day at each poll.
    tracing_opentelemetry::layer().with_tracer(tracer).with_tracked_inactivity(false)
}

/// Tells OpenTelemetry of spans, and of what is recorded on them where somebody reads it.
pub(crate) struct Traces<S> {
    inner: OpenTelemetryLayer<S, SdkTracer>,
    /// The provider's.
    sampler: Sampler,
    /// Whether there is a sink that takes spans.
    is_read: bool,
}

/// What becomes of a span that is being made.
#[derive(Clone, Copy)]
enum Fate {
    /// It is known when it starts.
    Unknown,
    Unread,
    /// It begins this trace, and starts at once.
    Root {
        trace: TraceId,
        is_read: bool,
    },
}

/// Left with a span: whether anybody reads it, known when it has started.
#[derive(Clone)]
enum Known {
    Read,
    /// The same, of one that has started when it was made, and was not entered since: it has not ended when it was left.
    Fresh,
    /// What is current in it, which is all that there is to know of it.
    Unread(OtelContext),
}

thread_local! {
    /// What this thread has attached for spans that nobody reads, the innermost last.
    static ATTACHED: RefCell<Vec<(Id, ContextGuard)>> = const { RefCell::new(Vec::new()) };
}

impl<S> Traces<S>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    pub(crate) fn new(tracer: SdkTracer, sampler: Sampler, is_read: bool) -> Self {
        let inner = opentelemetry(tracer);
        Self { inner: if is_read { inner } else { inner.with_location(false).with_threads(false) }, sampler, is_read }
    }

    /// What is known of a span that is being made, where its parent is settled.
    fn fate(&self, attributes: &Attributes<'_>) -> Fate {
        if !ids::take_settled() || !attributes.is_contextual() {
            return Fate::Unknown;
        }
        OtelContext::map_current(|current| {
            let parent = current.span();
            let parent = parent.span_context();
            if current.is_telemetry_suppressed() {
                return Fate::Unknown;
            }
            if parent.is_valid() {
                return if parent.is_sampled() { Fate::Unknown } else { Fate::Unread };
            }
            let (trace, name) = (TraceIds::draw(), attributes.metadata().name());
            let sampled = self.sampler.should_sample(None, trace, name, &SpanKind::Internal, &[], &[]);
            Fate::Root { trace, is_read: sampled.decision != SamplingDecision::Drop }
        })
    }

    /// Whether anybody may read what is told of the span.
    fn may_be_read(&self, span: Option<SpanRef<'_, S>>) -> bool {
        let is_unread = |span: SpanRef<'_, S>| matches!(span.extensions().get(), Some(Known::Unread(_)));
        self.is_read && !span.is_some_and(is_unread)
    }

    /// Enters a span for the first time. It has started then: its ids are known, and whether anybody reads it.
    fn enter_first(&self, id: &Id, span: &SpanRef<'_, S>, context: Context<'_, S>) {
        let current = || OtelContext::map_current(|current| current.span().span_context().clone());
        let before = current().span_id();
        self.inner.on_enter(id, context);
        let started = current();
        // The span of a layer that came later than the span, or of a provider that was shut down, is none.
        if started.span_id() == before || !started.is_valid() {
            return;
        }
        let known = OtelContext::map_current(|current| {
            let is_read = self.is_read && current.span().is_recording();
            if is_read { Known::Read } else { Known::Unread(current.clone()) }
        });
        span.extensions_mut().replace(known);
        ids::know(span, &started);
    }
}

impl<S> Layer<S> for Traces<S>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    fn on_register_dispatch(&self, dispatch: &Dispatch) {
        self.inner.on_register_dispatch(dispatch);
    }

    fn register_callsite(&self, metadata: &'static Metadata<'static>) -> Interest {
        self.inner.register_callsite(metadata)
    }

    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        let fate = if self.is_read { self.fate(attributes) } else { Fate::Unread };
        if let Fate::Unread | Fate::Root { is_read: false, .. } = fate {
            bare(attributes, |bare| self.inner.on_new_span(bare, id, context.clone()));
        } else {
            self.inner.on_new_span(attributes, id, context.clone());
        }
        if let (Fate::Root { trace, .. }, Some(span)) = (fate, context.span(id)) {
            TraceIds::beginning(trace, || self.enter_first(id, &span, context.clone()));
            let mut extensions = span.extensions_mut();
            if let Some(known @ Known::Read) = extensions.get_mut() {
                *known = Known::Fresh;
            }
            drop(extensions);
            self.inner.on_exit(id, context.clone());
        }
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, context: Context<'_, S>) {
        if self.may_be_read(context.span(id)) {
            self.inner.on_record(id, values, context);
        }
    }

    fn on_follows_from(&self, id: &Id, follows: &Id, context: Context<'_, S>) {
        if self.is_read {
            self.inner.on_follows_from(id, follows, context);
        }
    }

    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        if self.may_be_read(context.event_span(event)) {
            self.inner.on_event(event, context);
        }
    }

    fn on_enter(&self, id: &Id, context: Context<'_, S>) {
        let Some(span) = context.span(id) else { return };
        // No borrow is held while others look at the span.
        let known = span.extensions().get().cloned();
        let unread = match known {
            Some(Known::Unread(unread)) => unread,
            Some(Known::Read) => return self.inner.on_enter(id, context.clone()),
            Some(Known::Fresh) => {
                span.extensions_mut().replace(Known::Read);
                return self.inner.on_enter(id, context.clone());
            }
            None => return self.enter_first(id, &span, context.clone()),
        };
        let attached = (id.clone(), unread.attach());
        // A thread that ends has nowhere to keep it.
        let _ = ATTACHED.try_with(|all| all.borrow_mut().push(attached));
    }

    fn on_exit(&self, id: &Id, context: Context<'_, S>) {
        let take = |all: &RefCell<Vec<(Id, ContextGuard)>>| {
            let mut all = all.borrow_mut();
            let at = all.iter().rposition(|(of, _)| of == id)?;
            Some(all.remove(at))
        };
        // Detached when it is dropped: no borrow is held meanwhile.
        if ATTACHED.try_with(take).ok().flatten().is_none() {
            self.inner.on_exit(id, context);
        }
    }

    fn on_close(&self, id: Id, context: Context<'_, S>) {
        let is_fresh = |span: SpanRef<'_, S>| matches!(span.extensions().get(), Some(Known::Fresh));
        if context.span(&id).is_some_and(is_fresh) {
            // Left now, for what reads spans: it takes the last time for the end.
            self.inner.on_exit(&id, context.clone());
        }
        self.inner.on_close(id, context);
    }
}

/// The same without any attribute.
fn bare<R>(attributes: &Attributes<'_>, use_it: impl FnOnce(&Attributes<'_>) -> R) -> R {
    let metadata = attributes.metadata();
    let fields = FieldSet::new(&[], metadata.callsite());
    let values = fields.value_set(&[]);
    use_it(&match attributes.parent() {
        Some(parent) => Attributes::child_of(parent.clone(), metadata, &values),
        None if attributes.is_root() => Attributes::new_root(metadata, &values),
        None => Attributes::new(metadata, &values),
    })
}

#[cfg(test)]
mod tests;
