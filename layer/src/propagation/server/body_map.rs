//! Which bodies the service inside is given, and those around it.

/// Makes one body of another: a setting of [`ServerLayer`](super::ServerLayer), for either direction.
///
/// ```
/// use llm_span::propagation::{AsIs, BodyMap};
///
/// assert_eq!(AsIs.map("a body"), "a body");
/// ```
pub trait BodyMap<B> {
    /// What is made.
    type Body;

    /// Makes it.
    fn map(&self, body: B) -> Self::Body;
}

/// The body itself: for services that take any, and servers that send any.
#[derive(Clone, Copy, Debug, Default)]
pub struct AsIs;

impl<B> BodyMap<B> for AsIs {
    type Body = B;

    fn map(&self, body: B) -> B {
        body
    }
}

/// What [`ServerLayer::request_body`](super::ServerLayer::request_body) or
/// [`ServerLayer::response_body`](super::ServerLayer::response_body) was given.
#[derive(Clone, Copy)]
pub struct Mapped<F>(pub(super) F);

impl<B, N, F: Fn(B) -> N> BodyMap<B> for Mapped<F> {
    type Body = N;

    fn map(&self, body: B) -> N {
        (self.0)(body)
    }
}
