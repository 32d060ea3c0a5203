//! Requests that are served.

mod body_map;
mod ending;
mod exchange;
mod future;
mod head;
mod layer;
mod received;
mod request_body;
mod request_id;
mod response_body;
mod scope;
mod service;
mod span;
mod text;

pub use body_map::{AsIs, BodyMap, Mapped};
pub use future::ServerFuture;
pub use layer::{RequestNames, ServerLayer};
pub use request_body::RequestBody;
pub use request_id::RequestId;
pub use response_body::ResponseBody;
pub use service::Server;
