//! Where findings go: a sink collects, counts or logs them.

mod at_exit;
mod collect;
mod count;
mod log;
mod queue;
mod repeats;
mod setting;

use std::{borrow::Cow, fmt, sync::Arc};

pub use collect::CollectFindings;
pub use count::CountFindings;
pub use log::LogFindings;
pub use setting::{ChosenSink, FindingsSetting, InvalidSetting};

use llm_span_contract::{Finding, Outcome};

/// A finding, and the span it was made on.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct SpanFinding {
    /// What is wrong.
    pub finding: Finding,
    /// The span's name; `None` where there was none.
    pub span: Option<&'static str>,
    /// The file of the annotated function, of the `call(…)`, or of the span's macro.
    pub file: Option<Cow<'static, str>>,
    /// The line in it.
    pub line: Option<u32>,
    /// How the call had ended.
    pub outcome: Option<Outcome>,
    /// The trace's id as 32 hexadecimal digits, where one is known.
    pub trace_id: Option<String>,
    /// The span's id as 16 hexadecimal digits, where one is known.
    pub span_id: Option<String>,
}

impl fmt::Display for SpanFinding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.finding)?;
        if let (Some(file), Some(line)) = (&self.file, self.line) {
            write!(f, " ({file}:{line})")?;
        }
        Ok(())
    }
}

/// Takes findings.
///
/// It is called on the thread of the call, when the call ends: it must not block, and must not open spans or emit events.
/// A closure, an `Arc` of a sink and a pair of sinks are sinks.
///
/// ```
/// use llm_span::{LlmLayer, SpanFinding};
///
/// let layer = LlmLayer::builder().findings(|finding: &SpanFinding| {
///     // hand it to a queue
/// });
/// ```
pub trait FindingSink: Send + Sync + 'static {
    /// Takes one finding.
    fn accept(&self, finding: &SpanFinding);
}

impl<F: Fn(&SpanFinding) + Send + Sync + 'static> FindingSink for F {
    fn accept(&self, finding: &SpanFinding) {
        self(finding);
    }
}

impl<S: FindingSink + ?Sized> FindingSink for Arc<S> {
    fn accept(&self, finding: &SpanFinding) {
        (**self).accept(finding);
    }
}

impl<A: FindingSink, B: FindingSink> FindingSink for (A, B) {
    fn accept(&self, finding: &SpanFinding) {
        self.0.accept(finding);
        self.1.accept(finding);
    }
}

/// Drops every finding.
#[derive(Clone, Copy, Debug)]
pub struct IgnoreFindings;

impl FindingSink for IgnoreFindings {
    fn accept(&self, _: &SpanFinding) {}
}
