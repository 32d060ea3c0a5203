//! The layer that hands log lines to sinks.

use std::{cell::Cell, sync::Arc, time::SystemTime};

use tracing::{Dispatch, Event as TracingEvent, Metadata, Subscriber, span, subscriber::Interest};
use tracing_subscriber::{Layer, layer::Context, registry::LookupSpan};

use super::{
    event::{Event, Fields, LogEvent},
    processor::push,
    settings::LogOutput,
    sinks::console::Console,
    worker::{Queue, TARGET},
};
use crate::{
    guard,
    ids::{self, DispatchHandle, IdSource, SpanIds},
};

/// Hands `tracing` events to sinks as log lines, with the ids of their spans.
#[derive(Debug, Default)]
pub(crate) struct LogLayer {
    queues: Lined,
    dispatch: DispatchHandle,
}

/// Who is handed log lines.
#[derive(Clone, Debug, Default)]
pub(crate) struct Lined {
    /// Whoever shows them to a reader; once it has ended, they are written to its stream.
    pub(crate) shown: Option<(Queue<Event>, LogOutput)>,
    /// Others, who are handed all.
    pub(crate) all: Vec<Queue<Event>>,
    /// Others, who are handed all but those that the pipeline itself tells, and OpenTelemetry of what it sends: what can't be sent would be
    /// more to send.
    pub(crate) others: Vec<Queue<Event>>,
}

impl Lined {
    pub(crate) fn is_empty(&self) -> bool {
        self.shown.is_none() && self.all.is_empty() && self.others.is_empty()
    }

    fn hand(&self, line: LogEvent) {
        let is_own = line.target == TARGET;
        let is_of_telemetry = is_own || line.target.starts_with("opentelemetry");
        let line = Event::Log(Arc::new(line));
        let give = |queue: &Queue<Event>| {
            if is_own {
                queue.push_own(line.clone());
            } else {
                queue.push(line.clone());
            }
        };
        match &self.shown {
            Some((queue, output)) if queue.has_ended() => drop(Console::on(*output).show(&line)),
            Some((queue, _)) => give(queue),
            None => {}
        }
        self.all.iter().for_each(give);
        if !is_of_telemetry {
            push(&self.others, &line);
        }
    }
}

impl LogLayer {
    pub(crate) fn new(queues: Lined) -> Self {
        Self { queues, dispatch: DispatchHandle::default() }
    }

    fn line<S>(&self, event: &TracingEvent<'_>, context: &Context<'_, S>)
    where
        S: Subscriber + for<'a> LookupSpan<'a>,
    {
        let at = SystemTime::now();
        let ids = self.ids(event, context);
        let mut fields = Fields::new(event.metadata());
        // A value's `Debug` may emit events in its turn: nothing is held meanwhile.
        event.record(&mut fields);
        let Fields { severity, message, target, file, line, others: fields, .. } = fields;
        let line = LogEvent { at, severity, target, message, fields, ids, file, line };
        self.queues.hand(line);
    }

    /// Of the span that the event belongs to, also where a filter hides it from this layer; where it is not to be found, of the nearest one
    /// that is seen.
    fn ids<S>(&self, event: &TracingEvent<'_>, context: &Context<'_, S>) -> Option<SpanIds>
    where
        S: Subscriber + for<'a> LookupSpan<'a>,
    {
        let id = if event.is_contextual() { context.current_span().id().cloned() } else { event.parent().cloned() }?;
        if let Some(span) = context.span(&id) {
            return ids::of_span(&span, IdSource::Auto, &self.dispatch);
        }
        self.dispatch.adopt(self);
        ids::of_id(&id, IdSource::Auto, &self.dispatch).or_else(|| {
            let seen = context.event_span(event)?;
            ids::of_span(&seen, IdSource::Auto, &self.dispatch)
        })
    }
}

impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for LogLayer {
    fn on_register_dispatch(&self, dispatch: &Dispatch) {
        self.dispatch.register(dispatch);
    }

    fn register_callsite(&self, _: &'static Metadata<'static>) -> Interest {
        self.dispatch.adopt(self);
        Interest::always()
    }

    fn on_record(&self, _: &span::Id, _: &span::Record<'_>, _: Context<'_, S>) {
        self.dispatch.adopt(self);
    }

    /// Here the default of a scope is seen, unlike in `on_event`.
    fn on_enter(&self, _: &span::Id, _: Context<'_, S>) {
        self.dispatch.adopt(self);
    }

    fn on_event(&self, event: &TracingEvent<'_>, context: Context<'_, S>) {
        if self.queues.is_empty() {
            return;
        }
        if let Some(_turn) = Turn::take() {
            // A lock that another layer left poisoned costs the line, not the caller.
            guard::run(|| self.line(event, &context));
        }
    }
}

/// Lines within a line, beyond the outermost: a `Debug` that emits an event may well be called again for that event.
const NESTED: u8 = 4;

thread_local!(static DEPTH: Cell<u8> = const { Cell::new(0) });

/// How deep this thread is in lines within lines.
struct Turn(());

impl Turn {
    fn take() -> Option<Self> {
        let depth = DEPTH.get();
        if depth > NESTED {
            return None;
        }
        DEPTH.set(depth + 1);
        Some(Self(()))
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        DEPTH.set(DEPTH.get().saturating_sub(1));
    }
}

#[cfg(test)]
mod tests;
