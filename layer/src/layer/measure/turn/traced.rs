//! Where a span is found again.

use std::cell::OnceCell;

use crate::{ids::SpanIds, layer::measure::exemplar, metrics::Exemplar};

/// Where a span is found again, asked for where a sink wants to know it.
pub(in crate::layer::measure) struct Traced<'a> {
    pub(in crate::layer::measure) ids: &'a dyn Fn() -> Option<SpanIds>,
    pub(in crate::layer::measure) found: OnceCell<Option<SpanIds>>,
    pub(in crate::layer::measure) exemplar: OnceCell<Option<Exemplar>>,
}

impl Traced<'_> {
    pub(super) fn ids(&self) -> Option<&SpanIds> {
        self.found.get_or_init(self.ids).as_ref()
    }

    /// One that leads somewhere.
    pub(super) fn exemplar(&self) -> Option<&Exemplar> {
        self.exemplar.get_or_init(|| self.ids().filter(|ids| ids.is_sampled()).map(exemplar)).as_ref()
    }
}
