//! What is told to others.

use http::{HeaderMap, HeaderName, HeaderValue};
use opentelemetry::baggage::BaggageExt as _;

use super::{Carried, baggage, trace_parent, trace_state};

impl Carried {
    /// Sets the headers that tell it: `traceparent`, `tracestate` and `baggage`.
    ///
    /// Those of an earlier hop are replaced. `tracestate` belongs to `traceparent`, and goes with it. `baggage` is taken away
    /// where this has none; but where it tells nothing at all, all stays as it is.
    ///
    /// What came in is passed on as it was, sampled or not, where this process has no span of its own to stand in between:
    /// services without OpenTelemetry do not break a trace.
    ///
    /// ```
    /// use llm_span::propagation::Carried;
    ///
    /// let mut request = http::HeaderMap::new();
    /// request.insert("traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01".parse()?);
    ///
    /// let mut onward = http::HeaderMap::new();
    /// Carried::of_headers(&request).inject(&mut onward);
    /// assert_eq!(onward, request);
    /// # Ok::<(), http::header::InvalidHeaderValue>(())
    /// ```
    pub fn inject(&self, headers: &mut HeaderMap) {
        let span = self.span_context();
        let baggage = baggage::header(self.context.baggage());
        let tells = span.is_some() || baggage.is_some() || self.has_no_baggage;
        if let Some(span) = span {
            set(headers, trace_parent::NAME, trace_parent::header(&span));
            set(headers, trace_state::NAME, trace_state::header(span.trace_state()));
        }
        if tells {
            set(headers, baggage::NAME, baggage);
        }
    }
}

fn set(headers: &mut HeaderMap, name: HeaderName, value: Option<HeaderValue>) {
    // A map that is full stays without.
    match value {
        Some(value) => _ = headers.try_insert(name, value),
        None => _ = headers.remove(name),
    }
}

/// Sets the headers that tell what is current here: `Carried::current().inject(headers)`. See [`Carried::inject`].
///
/// For requests of any client:
///
/// ```
/// let mut request = http::Request::get("http://127.0.0.1:8080/v1/models").body(())?;
/// llm_span::propagation::inject(request.headers_mut());
/// # Ok::<(), http::Error>(())
/// ```
///
/// ```
/// # #[cfg(feature = "reqwest")] {
/// # async fn ask(client: reqwest::Client) -> reqwest::Result<()> {
/// let mut request = client.get("http://127.0.0.1:8080/v1/models").build()?;
/// llm_span::propagation::inject(request.headers_mut());
/// let response = client.execute(request).await?;
/// # Ok(()) } }
/// ```
pub fn inject(headers: &mut HeaderMap) {
    Carried::current().inject(headers);
}
