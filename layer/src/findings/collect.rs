//! Keeps findings in memory.

use std::sync::{Arc, Mutex, PoisonError};

use super::{FindingSink, SpanFinding};

/// Keeps the first findings in memory, for a program to look at; clones share them.
///
/// ```
/// use llm_span::{CollectFindings, LlmLayer};
///
/// let findings = CollectFindings::default();
/// let layer = LlmLayer::builder().findings(findings.clone()).build();
/// assert!(findings.take().is_empty());
/// # drop(layer);
/// ```
#[derive(Clone, Debug)]
pub struct CollectFindings {
    state: Arc<Mutex<State>>,
    bound: usize,
}

#[derive(Debug, Default)]
struct State {
    kept: Vec<SpanFinding>,
    dropped: u64,
}

impl CollectFindings {
    /// Keeps at most `bound` findings at a time; further ones are counted.
    pub fn bounded(bound: usize) -> Self {
        Self { state: Arc::default(), bound }
    }

    /// Takes what was found since the last time.
    pub fn take(&self) -> Vec<SpanFinding> {
        std::mem::take(&mut self.lock().kept)
    }

    /// How many findings had no room.
    pub fn dropped(&self) -> u64 {
        self.lock().dropped
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// With room for 10,000 findings.
impl Default for CollectFindings {
    fn default() -> Self {
        Self::bounded(10_000)
    }
}

impl FindingSink for CollectFindings {
    fn accept(&self, finding: &SpanFinding) {
        let mut state = self.lock();
        if state.kept.len() < self.bound {
            state.kept.push(finding.clone());
        } else {
            state.dropped += 1;
        }
    }
}
