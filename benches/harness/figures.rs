//! What was measured, and how cases compare.

use std::{fmt, fmt::Write as _};

/// The samples of each case, in nanoseconds; those of one index were taken in one round.
#[derive(Clone, Debug)]
pub struct Figures {
    group: &'static str,
    cases: Vec<(&'static str, Vec<f64>)>,
    /// The names of cases that the command line has left out.
    left_out: Vec<&'static str>,
    comparisons: String,
}

/// With fewer samples a median says nothing, and is not printed.
const FEWEST: usize = 3;

impl Figures {
    pub(super) fn new(group: &'static str, cases: Vec<(&'static str, Vec<f64>)>, left_out: Vec<&'static str>) -> Self {
        Self { group, cases, left_out, comparisons: String::new() }
    }

    /// A case's nanoseconds: half of its samples took less.
    pub fn median(&self, case: &str) -> Option<f64> {
        self.each_round([case], |[nanoseconds]| nanoseconds)
    }

    /// The median over the rounds of what `compare` makes of these cases' nanoseconds in one round. `None` where one of them was left out, or
    /// where there are too few rounds.
    ///
    /// # Panics
    ///
    /// When no case has such a name: a comparison that is never made is a mistake.
    pub fn each_round<const N: usize>(&self, cases: [&str; N], compare: impl Fn([f64; N]) -> f64) -> Option<f64> {
        let mut samples = [&[][..]; N];
        for (samples, name) in samples.iter_mut().zip(cases) {
            let case = self.cases.iter().find(|(case, _)| *case == name);
            assert!(case.is_some() || self.left_out.contains(&name), "{}: there is no case `{name}`", self.group);
            *samples = case.map(|(_, samples)| samples.as_slice()).unwrap_or_default();
        }
        let rounds = samples.iter().map(|samples| samples.len()).min().unwrap_or(0);
        let compared = (0..rounds).map(|round| compare(samples.map(|samples| samples[round])));
        (rounds >= FEWEST).then(|| quantile(compared.collect(), 0.5))
    }

    /// How many times the peer's time the case takes.
    pub fn ratio(&mut self, case: &str, peer: &str) -> Option<f64> {
        self.ratio_as(&format!("{case}:{peer}"), [case, peer], |[ours, theirs]| ours / theirs)
    }

    /// A ratio that more than two cases, or other than whole ones, make.
    pub fn ratio_as<const N: usize>(&mut self, name: &str, cases: [&str; N], ratio: impl Fn([f64; N]) -> f64) -> Option<f64> {
        let ratio = self.each_round(cases, ratio)?;
        let _ = writeln!(self.comparisons, "RATIO {}/{name} {ratio:.3}", self.group);
        Some(ratio)
    }

    /// How many nanoseconds the case takes over its base.
    pub fn added(&mut self, case: &str, base: &str) -> Option<f64> {
        let added = self.each_round([case, base], |[case, base]| case - base)?;
        let _ = writeln!(self.comparisons, "ADDED {}/{case}:{base} {added:.1} ns", self.group);
        Some(added)
    }
}

impl fmt::Display for Figures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.cases.is_empty() {
            return Ok(());
        }
        if self.cases.iter().any(|(_, samples)| samples.len() < FEWEST) {
            return writeln!(f, "{}: {} cases run; `cargo bench` without `--quick` measures them", self.group, self.cases.len());
        }
        let width = self.cases.iter().map(|(name, _)| name.len()).max().unwrap_or(0).max(self.group.len());
        writeln!(f, "{:width$}  {:>10}  {:>10}  {:>10}", self.group, "median ns", "10 %", "90 %")?;
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

    /// The third round was slow for both.
    fn figures() -> Figures {
        Figures::new("t", vec![("ours", vec![2.0, 2.0, 20.0]), ("peer", vec![4.0, 4.0, 40.0])], vec!["left out"])
    }

    #[test]
    fn cases_are_compared_round_by_round() {
        let mut figures = figures();
        assert_eq!(figures.ratio("ours", "peer"), Some(0.5));
        assert_eq!(figures.added("ours", "peer"), Some(-2.0));
        assert_eq!(figures.ratio("ours", "left out"), None);
        let text = figures.to_string();
        assert!(text.ends_with("RATIO t/ours:peer 0.500\nADDED t/ours:peer -2.0 ns\n"), "{text}");
    }

    #[test]
    #[should_panic(expected = "there is no case `pear`")]
    fn a_comparison_with_no_case_is_a_mistake() {
        let _ = figures().ratio("ours", "pear");
    }
}
