//! Usage of the JSON that providers send, complete or streamed: one file a shape.

mod anthropic;
mod bedrock;
mod cohere;
mod format;
mod gemini;
mod number;
mod ollama;
mod openai;
mod text;
mod tgi;
mod value;

pub use format::WireFormat;
