//! A future with a context that is current while it is polled.

use std::{
    future::Future,
    pin::Pin,
    ptr,
    task::{Context as Task, Poll},
};

use opentelemetry::{Context, baggage::BaggageExt as _, trace::TraceContextExt as _};
use tracing::{Span, span};

use super::{Carried, baggage, current};
use crate::ids::OwnTrace;

pin_project_lite::pin_project! {
    #[must_use = "futures do nothing unless polled"]
    pub(super) struct Attached<F> {
        #[pin]
        body: Option<F>,
        carried: Carried,
        // Made once for all polls in the same span.
        made: Option<(Option<span::Id>, Context)>,
    }

    impl<F> PinnedDrop for Attached<F> {
        fn drop(this: Pin<&mut Self>) {
            let mut this = this.project();
            // What the body drops when it is cancelled may send requests.
            if this.body.is_some() {
                let _attached = here(this.carried, this.made).map(Context::attach);
                this.body.set(None);
            }
        }
    }
}

impl<F> Attached<F> {
    pub(super) fn new(carried: Carried, body: F) -> Self {
        Self { body: Some(body), carried, made: None }
    }
}

impl<F: Future> Future for Attached<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, task: &mut Task<'_>) -> Poll<F::Output> {
        let mut this = self.project();
        let Some(body) = this.body.as_mut().as_pin_mut() else {
            return Poll::Pending; // polled after it was ready, which no caller does
        };
        let _attached = here(this.carried, this.made).map(Context::attach);
        let polled = body.poll(task);
        if polled.is_ready() {
            this.body.set(None);
        }
        polled
    }
}

/// The context to be attached here; `None` where the one that is there does.
fn here(carried: &Carried, made: &mut Option<(Option<span::Id>, Context)>) -> Option<Context> {
    let within = Span::current().id();
    let ours = &carried.context;
    Context::map_current(|current| {
        let (own, theirs) = (ours.span(), current.span());
        let (own, theirs) = (own.span_context(), theirs.span_context());
        let is_same = own.trace_id() == theirs.trace_id() && current::is_live(current);
        if !own.is_valid() || is_same {
            return with_rest(carried, current);
        }
        if made.as_ref().is_none_or(|(other, _)| *other != within) {
            let mark = current::Attached { span: own.span_id(), within: within.clone() };
            *made = Some((within, ours.with_value(mark)));
        }
        made.as_ref().map(|(_, context)| current::as_quiet(context.clone(), current))
    })
}

/// The current one with the rest of ours, where that says anything: baggage, ids, the trace of log lines.
fn with_rest(carried: &Carried, current: &Context) -> Option<Context> {
    let (ours, theirs) = (carried.context.baggage(), current.baggage());
    let is_told = !ours.is_empty() || carried.has_no_baggage;
    let has_baggage = !is_told || ptr::eq(ours, theirs) || (ours.is_empty() && theirs.is_empty());
    let own = carried.context.get::<OwnTrace>().filter(|own| current.get() != Some(*own));
    if has_baggage && own.is_none() && current::has_ids(current, &carried.correlation) {
        return None;
    }
    let mut context = current::with_ids(current.clone(), &carried.correlation);
    if !has_baggage {
        context = context.with_baggage(baggage::copy(ours));
    }
    Some(own.map_or_else(|| context.clone(), |own| context.with_value(*own)))
}
