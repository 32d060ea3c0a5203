//! `/v1/responses`: answers that are kept, and can be built upon.

mod background;
mod create;
mod draft;
mod id;
mod kept;
mod request;
mod shown;
mod stream;

pub(super) use create::create;
pub(super) use kept::{delete, get, input_items, list};
