//! The metrics of the built-in sets.

pub(crate) mod amtp;
mod common;
pub(crate) mod gen_ai;
pub(crate) mod http;
pub(crate) mod llama_stack;
pub(crate) mod llm_gateway;
pub(crate) mod mcp;
pub(crate) mod spanmetrics;
pub(crate) mod twinkle;
pub(crate) mod violations;
