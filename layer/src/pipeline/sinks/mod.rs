//! Where events go.

pub(crate) mod console;
pub(crate) mod json;
pub(crate) mod lines;
#[cfg(feature = "otlp")]
pub(crate) mod otlp;
pub(crate) mod out;
#[cfg(feature = "sqlite")]
pub(crate) mod sqlite;
