//! A callsite, as the layer knows it: how its spans are read and checked, and how they are measured.

use std::sync::Arc;

use tracing::{Metadata, field::Field};

use super::{measure::SitePlan, plan::Plan, schema::Schema};

/// A callsite whose spans concern a contract or a metric.
#[derive(Debug)]
pub(super) struct Callsite {
    pub(super) plan: Plan,
    /// How its spans are measured, where they are.
    pub(super) site: Option<Arc<SitePlan>>,
}

impl Callsite {
    /// `None` where its spans are no concern of any contract or metric.
    pub(super) fn new(metadata: &Metadata<'static>, schema: &Schema, site: Option<Arc<SitePlan>>) -> Option<Self> {
        let plan = Plan::new(metadata, schema);
        (plan.is_checked || site.is_some()).then_some(Self { plan, site })
    }

    /// Whether metrics ask for a field that checks do not keep.
    pub(super) fn has_cell(&self, field: &Field) -> bool {
        self.site.as_ref().is_some_and(|site| site.cells.of_field(field.index()).is_some())
    }
}
