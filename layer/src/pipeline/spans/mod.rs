//! What is changed of spans before they are exported: their names, their scopes.

mod attentive;
mod component;
mod names;

pub(crate) use attentive::Attentive;
pub(crate) use component::Components;
pub(crate) use names::rename;
