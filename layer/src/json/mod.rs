//! One JSON object a line, with the ids of the span the event happened in.

/// placeholder
#[derive(Debug)]
pub struct JsonLogs;
