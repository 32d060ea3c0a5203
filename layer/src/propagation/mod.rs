//! What requests carry from service to service: the trace context and baggage of W3C, and ids of session, user and conversation.

mod carried;
mod client;
mod server;

pub use carried::{Carried, inject};
pub use client::{Client, ClientLayer, HasHeaders};
pub use server::{AsIs, BodyMap, Mapped, RequestBody, RequestId, RequestNames, ResponseBody, Server, ServerFuture, ServerLayer};
