//! The span of a request.

use opentelemetry::{Context, baggage::BaggageExt as _, trace::TraceContextExt as _};
use tracing::{Level, Span, field::Empty, info_span, level_filters::LevelFilter};
use tracing_subscriber::{Registry, registry::LookupSpan as _};

use super::{head::Head, layer::Settings, request_id::RequestId, scope::Scope};
use crate::{
    correlation::Correlation,
    ids::{IdSource, SpanIds, of_span_in, settled},
    propagation::carried::Carried,
};

/// The span of a request, in its place in its trace, and what is current with it.
pub(super) fn open(head: &Head<'_>, id: &RequestId, carried: &Carried, settings: &Settings) -> Scope {
    let correlation = if settings.trusts { carried.correlation().clone() } else { Correlation::new() };
    let parent = settings.trusts.then(|| carried.parent()).flatten();
    // The program may make spans, and log lines, while it is asked. They have a place of their own, and would take what filters have answered about
    // this span, were it asked for by then.
    if Level::INFO <= LevelFilter::current() {
        head.ask();
    }
    // It may start at once: it has to have its parent, and what is put on it when it starts.
    let span = correlation.in_scope(|| {
        let _attached = parent.map(Context::attach);
        settled(|| declare(head, id, &correlation, settings))
    });
    if settings.trusts {
        carried.adopt(&span);
    } else {
        carried.link(&span);
    }
    Scope { context: settings.trusts.then(|| told(carried.context())).flatten(), span, correlation }
}

/// The context that has come; `None` where it says nothing and would only hide another.
fn told(context: &Context) -> Option<Context> {
    let tells = context.has_active_span() || !context.baggage().is_empty() || context.get::<Correlation>().is_some();
    tells.then(|| context.clone())
}

/// Declares all fields. Where nobody listens none of them is worked out.
fn declare(head: &Head<'_>, id: &RequestId, correlation: &Correlation, settings: &Settings) -> Span {
    info_span!(
        target: "llm_span::http",
        "HTTP request",
        otel.name = head.name().as_str(),
        otel.kind = "server",
        otel.status_code = Empty,
        http.request.method = head.method(),
        http.request.method_original = head.original_method().as_deref(),
        http.route = head.route(),
        url.path = head.path().as_deref(),
        url.scheme = head.scheme(),
        server.address = head.server_address(),
        server.port = head.server_port(),
        client.address = head.client().map(tracing::field::display),
        user_agent.original = head.user_agent().as_deref(),
        network.protocol.version = head.protocol_version(),
        http.request.body.size = Empty,
        http.response.status_code = Empty,
        http.response.body.size = Empty,
        error.type = Empty,
        http.method = head.method(),
        http.status_code = Empty,
        http.request_id = id.as_str(),
        session.id = correlation.session_id(),
        user.id = correlation.user_id(),
        trace_id = Empty,
        span_id = Empty,
        twinkle.component = settings.component.as_deref(),
        twinkle.session_id = correlation.session_id(),
        twinkle.rate_limited = Empty,
    )
}

/// The span's ids as log lines have them: OpenTelemetry's, else the crate's own. Whoever asks for them starts the span.
pub(super) fn ids(span: &Span) -> Option<SpanIds> {
    span.with_subscriber(|(id, dispatch)| {
        let span = dispatch.downcast_ref::<Registry>()?.span(id)?;
        of_span_in(&span, IdSource::Auto, dispatch)
    })?
}
