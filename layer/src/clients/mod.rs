//! Usage of the types that client crates return: one file a crate.

#[cfg(feature = "async-openai")]
mod async_openai;
#[cfg(feature = "genai")]
mod genai;
