//! Counts what the contracts find wrong.

use llm_span_contract::{Fact, Finding, Label, Level, Measure, Source};

use super::{Engine, target::Target};
use crate::metrics::this_thread;

impl Engine {
    /// Counts a finding, if it is a violation. `span` is its span's name.
    pub(crate) fn count_violation(&self, finding: &Finding, span: Option<&str>) {
        if finding.level != Level::Violation {
            return;
        }
        for (metric, target) in self.parts.metrics.iter().zip(&self.targets) {
            let Target::Sum(_, sums) = target else { continue };
            for point in metric.points.iter().filter(|point| point.measure == Measure::Violations) {
                let of_finding =
                    metric.labels.iter().filter_map(|label| Some((label.name.clone(), self.value(label, finding, span)?)));
                let fixed = point.fixed.iter().map(|(name, value)| (name.clone(), value.to_string()));
                sums.cell(&of_finding.chain(fixed).collect()).add(1, this_thread());
            }
        }
    }

    fn value(&self, label: &Label, finding: &Finding, span: Option<&str>) -> Option<String> {
        let told = |source: &Source| {
            let told = match source.fact {
                Fact::Contract => Some(finding.contract.as_ref()),
                Fact::Finding => Some(finding.kind.id()),
                Fact::FindingAttribute => finding.attribute.as_deref(),
                Fact::SpanName => span,
                Fact::Service => Some(self.parts.service.as_ref()),
                _ => None,
            };
            told.and_then(|told| source.spell(told)).map(str::to_owned)
        };
        label.from.iter().find_map(told).or_else(|| label.default.as_deref().map(str::to_owned))
    }
}
