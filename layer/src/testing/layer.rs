//! The layer that sees the spans, and finds out to which captures each belongs.

use std::sync::{
    Arc,
    atomic::{AtomicU64, AtomicUsize, Ordering},
};

use tracing::{
    Dispatch, Metadata, Subscriber,
    span::{Attributes, Id, Record},
};
use tracing_subscriber::{
    Layer, Registry,
    layer::Context,
    registry::{LookupSpan, SpanRef},
};

use super::{
    active,
    read::Reader,
    root::{self, Role},
    store::{SpanData, Store},
};

/// Lets captures attach to a subscriber; made by [`layer`].
#[derive(Debug)]
pub struct CaptureLayer {
    number: u64,
    /// The capture that all spans of this subscriber belong to, where it was made for one.
    home: Option<Arc<Store>>,
    /// How many calls were seen that belong to no capture.
    strays: AtomicUsize,
}

/// A layer for a subscriber that captures attach to: the form for runtimes with several threads.
///
/// Install it once, beside your own layers. [`capture`](super::capture) finds it in the current subscriber and opens a root
/// span; whatever descends from that span belongs to the capture, on whichever thread it runs. Tests in parallel don't
/// see each other. A filter that hides the root span from this layer is noticed: the capture then installs a subscriber
/// of its own, as it does where there is no such layer.
///
/// ```
/// use llm_span::testing;
/// use tracing_subscriber::prelude::*;
///
/// tracing_subscriber::registry().with(testing::layer()).init();
///
/// let runtime = tokio::runtime::Builder::new_multi_thread().build().unwrap();
/// runtime.block_on(async {
///     let calls = testing::capture();
///     tokio::spawn(calls.capture(async {
///         llm_span::call(llm_span::Operation::Chat, "openai", "gpt-4o")
///             .run_with(async { Ok::<_, ()>((128, 64)) }, |usage| *usage)
///             .await
///     }))
///     .await
///     .unwrap()
///     .unwrap();
///     calls.assert_contract();
/// });
/// ```
pub fn layer() -> CaptureLayer {
    super::keeper::keep_callsites_open();
    CaptureLayer::new(None)
}

/// To which captures a span belongs. Kept in its extensions.
struct Membership {
    /// The layer that put it there: a subscriber may have two.
    layer: u64,
    /// Whether the span itself is captured. The root of a capture is not: it tells its descendants where they belong.
    captured: bool,
    seats: Vec<Seat>,
}

/// A capture, and the place in it: the span's own, or its nearest ancestor's there.
#[derive(Clone)]
struct Seat {
    store: Arc<Store>,
    place: Option<usize>,
}

impl CaptureLayer {
    pub(super) fn new(home: Option<Arc<Store>>) -> Self {
        static NUMBERS: AtomicU64 = AtomicU64::new(0);
        crate::call::listen_for_losses(super::outside::report_loss);
        let number = NUMBERS.fetch_add(1, Ordering::Relaxed);
        Self { number, home, strays: AtomicUsize::new(0) }
    }

    pub(super) fn number(&self) -> u64 {
        self.number
    }

    pub(super) fn strays(&self) -> usize {
        self.strays.load(Ordering::Relaxed)
    }

    /// The captures that a span below `parent`, opened on this thread, belongs to: its parent's; where the parent has none,
    /// those that are in force on this thread.
    fn seats_below<'a, R: LookupSpan<'a>>(&self, parent: Option<&SpanRef<'a, R>>) -> Vec<Seat> {
        let mut seats = parent.map(|parent| self.seats(parent)).unwrap_or_default();
        if seats.is_empty() {
            seats = active::on(self.number).into_iter().map(|store| Seat { store, place: None }).collect();
        }
        if let Some(home) = &self.home
            && !seats.iter().any(|seat| Arc::ptr_eq(&seat.store, home))
        {
            seats.push(Seat { store: Arc::clone(home), place: None });
        }
        seats
    }

    /// The seats that a span hands on to its children.
    fn seats<'a, R: LookupSpan<'a>>(&self, span: &SpanRef<'a, R>) -> Vec<Seat> {
        self.seats_if(span, |_| true)
    }

    /// The seats in which a span is captured itself.
    fn own_seats<'a, R: LookupSpan<'a>>(&self, span: &SpanRef<'a, R>) -> Vec<Seat> {
        self.seats_if(span, |membership| membership.captured)
    }

    fn seats_if<'a, R: LookupSpan<'a>>(&self, span: &SpanRef<'a, R>, holds: impl Fn(&Membership) -> bool) -> Vec<Seat> {
        let extensions = span.extensions();
        let membership = extensions.get::<Membership>().filter(|membership| membership.layer == self.number && holds(membership));
        membership.map(|membership| membership.seats.clone()).unwrap_or_default()
    }

    /// The captures that what happens here and now belongs to.
    pub(super) fn here(&self, dispatch: &Dispatch) -> Vec<Arc<Store>> {
        let current = dispatch.current_span();
        let registry = dispatch.downcast_ref::<Registry>();
        let span = registry.and_then(|registry| registry.span(current.id()?));
        self.seats_below(span.as_ref()).into_iter().map(|seat| seat.store).collect()
    }
}

/// Whether a span that belongs to no capture looks like a call: worth a hint where a capture saw none.
fn is_call(metadata: &Metadata<'_>) -> bool {
    use llm_span_contract::keys::{GEN_AI_OPERATION_NAME, LLM_MODEL};
    let fields = metadata.fields();
    [LLM_MODEL, GEN_AI_OPERATION_NAME].iter().any(|key| fields.field(key).is_some())
}

impl<S> Layer<S> for CaptureLayer
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        let Some(span) = context.span(id) else { return };
        let metadata = attributes.metadata();
        let mut seats = self.seats_below(span.parent().as_ref());
        let role = root::role(metadata);
        match role {
            Role::Probe => return seats.iter().for_each(|seat| seat.store.lock().probes += 1),
            Role::Root => seats.extend(root::take(self.number).map(|store| Seat { store, place: None })),
            Role::Span if seats.is_empty() => {
                self.strays.fetch_add(usize::from(is_call(metadata)), Ordering::Relaxed);
            }
            Role::Span => {
                let mut reader = Reader::default();
                attributes.record(&mut reader);
                for Seat { store, place } in &mut seats {
                    *place = Some(store.open(SpanData::new(metadata, id.into_u64(), *place, &reader.0)));
                }
            }
        }
        if !seats.is_empty() {
            let captured = matches!(role, Role::Span);
            span.extensions_mut().replace(Membership { layer: self.number, captured, seats });
        }
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, context: Context<'_, S>) {
        let Some(span) = context.span(id) else { return };
        let seats = self.own_seats(&span);
        if seats.is_empty() {
            return;
        }
        let mut reader = Reader::default();
        values.record(&mut reader);
        for Seat { store, place } in seats {
            if let Some(place) = place {
                store.record(place, &reader.0);
            }
        }
    }

    fn on_close(&self, id: Id, context: Context<'_, S>) {
        let Some(span) = context.span(&id) else { return };
        for Seat { store, place } in self.own_seats(&span) {
            if let Some(place) = place {
                store.close(place);
            }
        }
    }
}
