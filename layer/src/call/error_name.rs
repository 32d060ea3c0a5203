//! What an error is called where nobody says it: by its type, since its text may be anything.

use std::any::type_name;

/// The conventions' value for an error that has no name of its own.
pub(super) const OTHER: &str = "_OTHER";

/// The name of an error's type, without its path and parameters; `_OTHER` where the type tells nothing.
pub fn error_name<E>(_: &E) -> &'static str {
    let full = type_name::<E>();
    let opaque = ["dyn ", "anyhow::Error", "eyre::Report"].iter().any(|opaque| full.contains(opaque));
    let path = full.split('<').next().unwrap_or(full);
    let name = path.rsplit("::").next().unwrap_or(path);
    let named = !opaque && name.chars().all(|c| c.is_alphanumeric() || c == '_') && !name.is_empty();
    if named { name } else { OTHER }
}
