//! The hooks.

use super::JsonLogs;
use super::line::{Fields, Line, close};
use super::output;
use super::plan::Plan;
use super::span_fields::{Collect, SpanPlan, carry};
use super::turn::Turn;
use crate::call::usage_so_far;
use crate::ids::{self, SpanIds};
use std::ptr;
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
        if !self.dispatch.is_known() {
            self.dispatch.adopt(self);
            self.dropped.guard(|| {
                if let Some(span) = context.span(id) {
                    self.dispatch.adopt_by_span(&span);
                }
            });
        }
    }

    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        let Some(mut turn) = Turn::take() else {
            self.dropped.add_one();
            return;
        };
        self.dropped.guard(|| self.line(event, &context, &mut turn));
    }
}

impl<W> JsonLogs<W> {
    fn line<S>(&self, event: &Event<'_>, context: &Context<'_, S>, turn: &mut Turn)
    where
        S: Subscriber + for<'a> LookupSpan<'a>,
        W: for<'a> MakeWriter<'a> + 'static,
    {
        let id = span_of(event, context);
        let span = id.as_ref().and_then(|id| context.span(id));
        let ids = match (&span, &id) {
            (Some(span), _) => ids::of_span(span, self.source, &self.dispatch),
            (None, Some(id)) => self.ids_of_hidden(id, event, context),
            (None, None) => None,
        };
        let buffers = &mut turn.buffers;
        buffers.carried.clear();
        buffers.carried.resize(self.layout.carried.len(), false);

        let plans = self.events.pin();
        let metadata = event.metadata();
        let plan = match plans.get(&address(metadata)) {
            Some(plan) => plan,
            None => plans.get_or_insert_with(address(metadata), || Plan::new(metadata, &self.layout)),
        };
        Line { buffers, plan, layout: &self.layout, ids, values: self.values, visit: Fields::All, headed: false }.event(event);
        if !buffers.carried.is_empty() {
            match (&span, &id) {
                (Some(span), _) => self.carry(span, event, turn),
                (None, Some(id)) => drop(self.dispatch.with_span(id, |span, _| self.carry(span, event, turn))),
                (None, None) => {}
            }
        }
        close(&mut turn.buffers.line);
        output::write(&self.writer, metadata, &turn.buffers.line, &self.dropped);
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

    fn carry<'a, S: LookupSpan<'a>>(&self, span: &SpanRef<'a, S>, event: &Event<'_>, turn: &mut Turn) {
        let usage = if self.layout.llm > 0 && event.is_contextual() { usage_so_far() } else { None };
        carry(span, self.number, &self.layout, usage.as_ref(), &mut turn.buffers);
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

/// The span the event belongs to, whether a filter hides it from this layer or not.
fn span_of<S: Subscriber>(event: &Event<'_>, context: &Context<'_, S>) -> Option<span::Id> {
    if event.is_contextual() { context.current_span().id().cloned() } else { event.parent().cloned() }
}

fn address(metadata: &'static Metadata<'static>) -> usize {
    ptr::from_ref(metadata).addr()
}
