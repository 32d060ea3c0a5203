//! Where spans leave OpenTelemetry and become events.

use std::{sync::Arc, time::Duration};

use opentelemetry::{Context, trace::SpanId};
use opentelemetry_sdk::{
    error::OTelSdkResult,
    trace::{Span, SpanData, SpanProcessor},
};

use super::{
    event::{Event, SpanStart},
    settings::SpanNames,
    spans::{Components, describe, rename},
    worker::Queue,
};
use crate::carry::CarryCorrelation;

/// Hands the starts and the ends of sampled spans to sinks. It never waits: each sink has a queue.
///
/// It does all that a span processor is to do here: where there are several, OpenTelemetry copies each span for each of them.
#[derive(Debug)]
pub(crate) struct SpanEvents {
    pub(crate) names: SpanNames,
    pub(crate) components: Components,
    /// Sinks that show starts.
    pub(crate) starts: Vec<Queue<Event>>,
    pub(crate) ends: Vec<Queue<Event>>,
}

impl SpanProcessor for SpanEvents {
    fn on_start(&self, span: &mut Span, parent: &Context) {
        CarryCorrelation::new().on_start(span, parent);
        self.components.started(span, parent);
        if self.starts.is_empty() {
            return;
        }
        // The only way to see what a span has.
        let Some(mut data) = span.exported_data() else { return };
        rename(self.names, &mut data);
        let start = Arc::new(SpanStart {
            name: data.name,
            trace_id: data.span_context.trace_id(),
            span_id: data.span_context.span_id(),
            parent_span_id: Some(data.parent_span_id).filter(|id| *id != SpanId::INVALID),
            kind: data.span_kind,
            at: data.start_time,
        });
        push(&self.starts, &Event::SpanStart(start));
    }

    fn on_end(&self, mut span: SpanData) {
        self.components.ended(&mut span);
        rename(self.names, &mut span);
        describe(self.names, &mut span);
        push(&self.ends, &Event::SpanEnd(Arc::new(span)));
    }

    fn force_flush(&self) -> OTelSdkResult {
        Ok(())
    }

    fn shutdown_with_timeout(&self, _: Duration) -> OTelSdkResult {
        Ok(())
    }
}

/// Gives each queue the event; what has no room is counted there.
pub(crate) fn push(queues: &[Queue<Event>], event: &Event) {
    for queue in queues {
        queue.push(event.clone());
    }
}
