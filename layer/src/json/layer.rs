//! The hooks.

use super::JsonLogs;
use super::entered::{self, Entered};
use super::line::{Line, Parts, close};
use super::output;
use super::plan::Plan;
use super::span_fields::{Collect, SpanPlan, carry};
use super::turn::{self, Buffers};
use crate::call::usage_so_far;
use crate::ids::{self, IdSource, SpanIds};
use std::ptr;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use tracing::subscriber::Interest;
use tracing::{Dispatch, Event, Metadata, Subscriber, span};
use tracing_subscriber::Layer;
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::layer::Context;
use tracing_subscriber::registry::{LookupSpan, SpanRef};

impl<S, W> Layer<S> for JsonLogs<W>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    W: for<'a> MakeWriter<'a> + 'static,
{
    fn on_register_dispatch(&self, dispatch: &Dispatch) {
        self.dispatch.register(dispatch);
    }

    fn register_callsite(&self, _: &'static Metadata<'static>) -> Interest {
        self.dispatch.adopt(self);
        self.epoch.fetch_add(1, Ordering::Relaxed);
        Interest::always()
    }

    fn on_new_span(&self, attributes: &span::Attributes<'_>, id: &span::Id, context: Context<'_, S>) {
        #[cfg(feature = "layer")]
        if crate::doctor::is_probe(attributes.metadata()) {
            crate::doctor::asks_for(self.source);
        }
        self.collect(id, &context, |collect| attributes.record(collect));
    }

    fn on_record(&self, id: &span::Id, values: &span::Record<'_>, context: Context<'_, S>) {
        self.dispatch.adopt(self);
        self.collect(id, &context, |collect| values.record(collect));
    }

    fn on_enter(&self, id: &span::Id, context: Context<'_, S>) {
        self.entered(id).enter();
        if !self.dispatch.is_known() {
            self.dispatch.adopt(self);
            self.dropped.guard(|| {
                if let Some(span) = context.span(id) {
                    self.dispatch.adopt_by_span(&span);
                }
            });
        }
    }

    fn on_exit(&self, _: &span::Id, _: Context<'_, S>) {
        entered::leave();
    }

    fn on_close(&self, id: span::Id, _: Context<'_, S>) {
        entered::close(&id);
    }

    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        if !turn::take(|buffers| self.dropped.guard(|| self.line(event, &context, buffers))) {
            self.dropped.add_one();
        }
    }
}

impl<W> JsonLogs<W> {
    fn entered(&self, id: &span::Id) -> Entered {
        Entered { span: id.into_u64(), layer: self.number }
    }

    fn line<S>(&self, event: &Event<'_>, context: &Context<'_, S>, buffers: &mut Buffers)
    where
        S: Subscriber + for<'a> LookupSpan<'a>,
        W: for<'a> MakeWriter<'a> + 'static,
    {
        // The span the event belongs to, whether a filter hides it from this layer or not.
        let current = event.is_contextual().then(|| context.current_span());
        let id = current.as_ref().map_or_else(|| event.parent(), |current| current.id());
        let entered = id.filter(|_| event.is_contextual()).map(|id| self.entered(id));
        let epoch = self.epoch.load(Ordering::Relaxed);
        let kept = entered.and_then(|entered| entered.ids(epoch));
        // The span itself is looked at for what is not kept.
        let look_for = if kept.is_some() && self.layout.carried.is_empty() { None } else { id };
        let span = look_for.and_then(|id| context.span(id));
        let ids = match (&span, id) {
            _ if kept.is_some() => kept,
            (Some(span), _) => {
                let ids = ids::of_span(span, self.source, &self.dispatch);
                // Without its dispatch the layer cannot ask OpenTelemetry; once it is known, the span's ids may be other ones.
                if let Some(entered) = entered.filter(|_| self.source == IdSource::Own || self.dispatch.is_known()) {
                    entered.keep(ids, epoch);
                }
                ids
            }
            (None, Some(id)) => self.ids_of_hidden(id, event, context),
            (None, None) => None,
        };
        let metadata = event.metadata();
        let Buffers { line, carried, clock, plans } = &mut *buffers;
        let plan = plans.get(self.number, address(metadata), || self.plan(metadata));
        if !self.layout.carried.is_empty() {
            carried.clear();
            carried.resize(self.layout.carried.len(), false);
        }
        let parts = Parts { plan, layout: &self.layout, ids: ids.as_ref(), values: self.values };
        Line::new(line, clock, carried, parts).event(event);
        if !self.layout.carried.is_empty() {
            match (&span, id) {
                (Some(span), _) => self.carry(span, event, buffers),
                (None, Some(id)) => drop(self.dispatch.with_span(id, |span, _| self.carry(span, event, buffers))),
                (None, None) => {}
            }
        }
        close(&mut buffers.line);
        output::write(&self.writer, metadata, &buffers.line, &self.dropped);
    }

    #[cold]
    fn plan(&self, metadata: &'static Metadata<'static>) -> Arc<Plan> {
        let plans = self.events.pin();
        Arc::clone(plans.get_or_insert_with(address(metadata), || Arc::new(Plan::new(metadata, &self.layout))))
    }

    /// Of a span that a filter hides from this layer; where that is not to be found, of the nearest one that is seen.
    #[cold]
    fn ids_of_hidden<S>(&self, id: &span::Id, event: &Event<'_>, context: &Context<'_, S>) -> Option<SpanIds>
    where
        S: Subscriber + for<'a> LookupSpan<'a>,
        W: 'static,
    {
        self.dispatch.adopt(self);
        ids::of_id(id, self.source, &self.dispatch).or_else(|| {
            let seen = context.event_span(event)?;
            ids::of_span(&seen, self.source, &self.dispatch)
        })
    }

    fn carry<'a, S: LookupSpan<'a>>(&self, span: &SpanRef<'a, S>, event: &Event<'_>, buffers: &mut Buffers) {
        let usage = if self.layout.llm > 0 && event.is_contextual() { usage_so_far() } else { None };
        carry(span, self.number, &self.layout, usage.as_ref(), buffers);
    }

    fn collect<S>(&self, id: &span::Id, context: &Context<'_, S>, visit: impl FnOnce(&mut Collect<'_>))
    where
        S: Subscriber + for<'a> LookupSpan<'a>,
    {
        if self.layout.carried.is_empty() {
            return;
        }
        self.dropped.guard(|| {
            let Some(span) = context.span(id) else { return };
            let plans = self.spans.pin();
            let metadata = span.metadata();
            let plan = plans.get_or_insert_with(address(metadata), || SpanPlan::new(metadata, &self.layout));
            if plan.is_empty() {
                return;
            }
            let mut collect = Collect::new(plan, self.values);
            visit(&mut collect);
            collect.keep(&span, self.number);
        });
    }
}

fn address(metadata: &'static Metadata<'static>) -> usize {
    ptr::from_ref(metadata).addr()
}
