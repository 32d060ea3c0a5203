//! What is changed of spans before they are exported: their names, their scopes, and what they have beside.

mod attentive;
mod component;
mod gateway;
mod names;

pub(crate) use attentive::Attentive;
pub(crate) use component::Components;
pub(crate) use gateway::describe;
pub(crate) use names::rename;
