//! Counts findings.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use llm_span_contract::FindingKind;

use super::{FindingSink, SpanFinding};

/// Counts findings by their kind; clones share the counts.
///
/// ```
/// use llm_span::{CountFindings, contract::FindingKind};
///
/// let findings = CountFindings::default();
/// assert_eq!(findings.of(FindingKind::MissingAttribute), 0);
/// ```
#[derive(Clone, Debug)]
pub struct CountFindings(Arc<[AtomicU64]>);

impl Default for CountFindings {
    fn default() -> Self {
        Self(FindingKind::ALL.iter().map(|_| AtomicU64::new(0)).collect())
    }
}

impl CountFindings {
    /// How many of that kind there were.
    pub fn of(&self, kind: FindingKind) -> u64 {
        self.0.get(kind as usize).map_or(0, |count| count.load(Ordering::Relaxed))
    }

    /// How many there were.
    pub fn total(&self) -> u64 {
        self.0.iter().map(|count| count.load(Ordering::Relaxed)).sum()
    }
}

impl FindingSink for CountFindings {
    fn accept(&self, finding: &SpanFinding) {
        if let Some(count) = self.0.get(finding.finding.kind as usize) {
            count.fetch_add(1, Ordering::Relaxed);
        }
    }
}
