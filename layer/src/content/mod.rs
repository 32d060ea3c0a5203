//! Prompts and completions, where the user asks for them: off by default, masked, cut.

mod environment;
mod event;
mod installed;
mod messages;
mod setting;

pub(crate) use event::emit;
pub(crate) use installed::{mode, prepared};
pub use messages::{messages, system_instructions};
pub use setting::{ContentCapture, ContentMode};
