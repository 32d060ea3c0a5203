//! Answers as streams of server-sent events.

use std::{convert::Infallible, future::Future};

use axum::response::{
    IntoResponse, Response,
    sse::{Event, KeepAlive, Sse},
};
use futures_util::{StreamExt, stream};
use serde_json::Value;

/// What is told, event by event.
pub(super) trait Events: Send + 'static {
    /// What comes next, one event or several; `None` at the end.
    fn next(&mut self) -> impl Future<Output = Option<Vec<Event>>> + Send;
}

/// Sends them. A client that hangs up drops them. The handler is done by then: that they are made in the request's span and with its ids is
/// the work of the layer around the routes, which holds the body too.
pub(super) fn respond(events: impl Events) -> Response {
    let batches = stream::unfold(events, async |mut events| events.next().await.map(|batch| (batch, events)));
    let events = batches.flat_map(|batch| stream::iter(batch.into_iter().map(Ok::<_, Infallible>)));
    Sse::new(events).keep_alive(KeepAlive::new()).into_response()
}

/// An event without a name, as chats are streamed. Printed JSON has no line breaks, which an event could not have.
pub(super) fn event(data: &Value) -> Event {
    Event::default().data(data.to_string())
}

/// An event named by the `type` of its data, as responses are streamed.
pub(super) fn named_event(data: &Value) -> Event {
    event(data).event(data["type"].as_str().unwrap_or_default())
}
