//! Headers, which are laid over each other by name.

use crate::pipeline::settings::Secret;

/// Sets a header; one of its name is replaced where it stands.
pub(super) fn lay(headers: &mut Vec<(String, Secret)>, name: String, value: &str) {
    let value = Secret::new(value);
    match headers.iter_mut().find(|(other, _)| other.eq_ignore_ascii_case(&name)) {
        Some(header) => header.1 = value,
        None => headers.push((name, value)),
    }
}

/// All of these over those.
pub(super) fn lay_all(headers: &mut Vec<(String, Secret)>, further: &[(String, Secret)]) {
    for (name, value) in further {
        lay(headers, name.clone(), value.expose());
    }
}
