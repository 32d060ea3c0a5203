//! What the environment says: OpenTelemetry's variables, which win over all, and our own for what these do not know.

mod exporters;
mod otlp;
mod own;
mod standard;

pub(super) use otlp::variable;

use super::{draft::Draft, environment::Environment};

pub(super) fn apply(variables: &Environment, draft: &mut Draft<'_>) {
    own::apply(variables, draft);
    exporters::choose_by_default(variables, draft);
    exporters::apply(variables, draft);
    otlp::apply(variables, draft);
    standard::apply(variables, draft);
}
