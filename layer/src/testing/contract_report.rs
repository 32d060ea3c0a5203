//! What a check of the contract found, as data and as text.

use std::fmt;

use llm_span_contract::{Contract, Contracts, Finding, Level};

use super::{CapturedSpan, Place};
use crate::report::{Entry, Required, Summary};

/// The findings of a capture. `Debug` prints what `Display` prints, so that `?` and `unwrap` in a test show the report.
///
/// ```
/// use llm_span::{contract::FindingKind, testing};
///
/// let calls = testing::capture();
/// tracing::info_span!("llm.completion", llm.provider = "openai");
///
/// let report = calls.check_contract().unwrap_err();
/// assert!(report.findings().iter().all(|found| found.finding.kind == FindingKind::MissingAttribute));
/// assert!(report.to_string().contains("`llm.model` was never recorded"));
/// ```
#[derive(Clone)]
pub struct ContractReport {
    pub(super) contracts: Contracts,
    pub(super) spans: usize,
    pub(super) findings: Vec<ContractFinding>,
}

/// A finding, and what it is about.
///
/// ```
/// let calls = llm_span::testing::capture();
/// tracing::info_span!("llm.completion", llm.model = "gpt-4o").in_scope(|| {});
///
/// let report = calls.report();
/// let found = &report.findings()[0];
/// assert_eq!(found.finding.attribute.as_deref(), Some("llm.provider"));
/// assert_eq!(found.span.as_ref().unwrap().attribute("llm.model"), Some("gpt-4o".into()));
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ContractFinding {
    /// What is wrong.
    pub finding: Finding,
    /// The span it is about, if it is about one.
    pub span: Option<CapturedSpan>,
    /// Where in the program.
    pub place: Option<Place>,
    pub(super) notes: Vec<String>,
}

impl ContractReport {
    /// So many findings are printed in full.
    const MOST: usize = 20;

    /// All findings: by span in the order of their opening, the gravest of a span first.
    pub fn findings(&self) -> &[ContractFinding] {
        &self.findings
    }

    /// How many calls were checked.
    pub fn checked(&self) -> usize {
        self.spans
    }

    /// How grave the gravest finding is; `None` where there is none.
    pub fn level(&self) -> Option<Level> {
        self.findings.iter().map(|found| found.finding.level).max()
    }

    fn entry<'a>(&'a self, found: &'a ContractFinding) -> Entry<'a> {
        let span = found.span.as_ref().map(|span| {
            let required = self.required(span, &found.finding.contract);
            (span.position(), crate::report::SpanLine { required, ..span.line() })
        });
        let place = found.place.as_ref().map(ToString::to_string);
        Entry { finding: &found.finding, place, span, notes: &found.notes }
    }

    /// How much of what the finding's contract demands of the span is there.
    fn required(&self, span: &CapturedSpan, contract: &str) -> Option<Required<'_>> {
        let outcome = span.outcome()?;
        let contract = self.contracts.iter().find(|one| one.name() == contract)?;
        let demanded = |operation| {
            let attributes = contract.attributes().iter();
            attributes.filter(move |attribute| attribute.is_required(operation, outcome, contract.is_strict()))
        };
        let of = demanded(span.operation()).count();
        let recorded = demanded(span.operation()).filter(|attribute| span.data().get(&attribute.key).is_some()).count();
        let by = (self.contracts.iter().count() > 1).then(|| contract.name().into());
        Some(Required { recorded, of, by })
    }
}

impl fmt::Display for ContractReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Summary {
            contracts: self.contracts.iter().map(Contract::name).collect(),
            spans: self.spans,
            entries: self.findings.iter().map(|found| self.entry(found)).collect(),
            most: Self::MOST,
        }
        .fmt(f)
    }
}

impl fmt::Debug for ContractReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl std::error::Error for ContractReport {}
