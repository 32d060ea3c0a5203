//! What was measured, and how cases compare.

use std::fmt::Write as _;

/// The samples of each case, in nanoseconds an iteration; those of one index were taken in one round.
#[derive(Clone, Debug)]
pub struct Figures {
    title: &'static str,
    cases: Vec<(&'static str, Vec<f64>)>,
    comparisons: String,
}

/// With fewer samples a median says nothing, and is not printed.
const FEWEST: usize = 3;

impl Figures {
    pub(super) fn new(title: &'static str, cases: Vec<(&'static str, Vec<f64>)>) -> Self {
        Self { title, cases, comparisons: String::new() }
    }

    fn samples(&self, case: &str) -> Option<&[f64]> {
        self.cases.iter().find(|(name, _)| *name == case).map(|(_, samples)| samples.as_slice())
    }

    /// A case's nanoseconds an iteration: half of its samples took less.
    pub fn median(&self, case: &str) -> Option<f64> {
        self.samples(case).map(|samples| quantile(samples.to_vec(), 0.5))
    }

    /// The median over the rounds of `compare(case, peer)`.
    fn paired(&self, case: &str, peer: &str, compare: impl Fn(f64, f64) -> f64) -> Option<f64> {
        let (ours, theirs) = (self.samples(case)?, self.samples(peer)?);
        Some(quantile(ours.iter().zip(theirs).map(|(&ours, &theirs)| compare(ours, theirs)).collect(), 0.5))
    }

    /// Adds a line: how many times the peer's time the case takes.
    #[must_use]
    pub fn ratio(mut self, case: &str, peer: &str) -> Self {
        if let Some(ratio) = self.paired(case, peer, |ours, theirs| ours / theirs) {
            let _ = writeln!(self.comparisons, "RATIO {} / {case} / {peer} {ratio:.3}", self.title);
        }
        self
    }

    /// Adds a line: how many nanoseconds the case takes over its base.
    #[must_use]
    pub fn added(mut self, case: &str, base: &str) -> Self {
        if let Some(added) = self.paired(case, base, |ours, theirs| ours - theirs) {
            let _ = writeln!(self.comparisons, "ADDED {} / {case} / {base} {added:.1} ns", self.title);
        }
        self
    }
}

impl std::fmt::Display for Figures {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.cases.iter().any(|(_, samples)| samples.len() < FEWEST) {
            return writeln!(f, "{}: {} cases run; `cargo bench` without `--quick` measures them", self.title, self.cases.len());
        }
        let width = self.cases.iter().map(|(name, _)| name.len()).max().unwrap_or(0).max(self.title.len());
        writeln!(f, "{:width$}  {:>10}  {:>10}  {:>10}", self.title, "median ns", "10 %", "90 %")?;
        for (name, samples) in &self.cases {
            let [low, median, high] = [0.1, 0.5, 0.9].map(|part| quantile(samples.clone(), part));
            writeln!(f, "{name:width$}  {median:>10.1}  {low:>10.1}  {high:>10.1}")?;
        }
        f.write_str(&self.comparisons)
    }
}

#[allow(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    reason = "an index among some thousand samples"
)]
fn quantile(mut samples: Vec<f64>, part: f64) -> f64 {
    samples.sort_by(f64::total_cmp);
    let index = (samples.len().saturating_sub(1)) as f64 * part;
    samples.get(index.round() as usize).copied().unwrap_or(f64::NAN)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cases_are_compared_round_by_round() {
        // The third round was slow for both.
        let figures = Figures::new("t", vec![("ours", vec![2.0, 2.0, 20.0]), ("peer", vec![4.0, 4.0, 40.0])]);
        let text = figures.ratio("ours", "peer").added("ours", "peer").ratio("ours", "nobody").to_string();
        assert!(text.ends_with("RATIO t / ours / peer 0.500\nADDED t / ours / peer -2.0 ns\n"), "{text}");
    }
}
