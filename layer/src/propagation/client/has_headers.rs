//! Requests of any kind.

use http::{HeaderMap, Request};

/// A request with headers: [`http::Request`], and `reqwest::Request` (feature `reqwest`).
///
/// ```
/// use http::HeaderMap;
/// use llm_span::propagation::HasHeaders;
///
/// struct Message {
///     metadata: HeaderMap,
/// }
///
/// impl HasHeaders for Message {
///     fn headers_mut(&mut self) -> &mut HeaderMap {
///         &mut self.metadata
///     }
/// }
/// ```
pub trait HasHeaders {
    /// Its headers.
    fn headers_mut(&mut self) -> &mut HeaderMap;
}

impl<B> HasHeaders for Request<B> {
    fn headers_mut(&mut self) -> &mut HeaderMap {
        Request::headers_mut(self)
    }
}

#[cfg(feature = "reqwest")]
impl HasHeaders for reqwest::Request {
    fn headers_mut(&mut self) -> &mut HeaderMap {
        reqwest::Request::headers_mut(self)
    }
}
