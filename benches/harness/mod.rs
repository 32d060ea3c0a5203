//! Measures cases side by side.
//!
//! Frameworks measure one case after the other, seconds apart. On a machine that others use, or that changes its clock, the
//! later case then meets another machine than the earlier one. Here a round takes one short sample of each case, rounds are
//! many, and cases are compared by the median over the rounds: what disturbs a round disturbs all of its cases.

mod bars;
mod figures;
mod mode;

use std::time::{Duration, Instant};

pub use bars::Bars;
pub use figures::Figures;
use mode::Mode;

/// Runs that many iterations of a case and returns how long they took; what is around them is not measured.
type Sample<'a> = Box<dyn FnMut(u64) -> Duration + 'a>;

/// A group of cases, to be measured together.
pub struct Bench<'a> {
    group: &'static str,
    args: Vec<String>,
    /// What a figure is of: an iteration, or one of so many units of which each is made.
    units: u64,
    cases: Vec<Case<'a>>,
    left_out: Vec<&'static str>,
}

struct Case<'a> {
    name: &'static str,
    sample: Sample<'a>,
    iterations: u64,
    units: u64,
}

impl<'a> Bench<'a> {
    /// No cases yet. The command line tells how long to measure and, by parts of `group/case`, which cases.
    pub fn new(group: &'static str) -> Self {
        Self::with_args(group, std::env::args().skip(1).collect())
    }

    fn with_args(group: &'static str, args: Vec<String>) -> Self {
        Self { group, args, units: 1, cases: Vec::new(), left_out: Vec::new() }
    }

    /// Whether the command line asks for none of these cases, so that nothing need be set up for them.
    pub fn is_left_out(&self, cases: &[&str]) -> bool {
        !cases.iter().any(|case| mode::chosen(self.group, case, &self.args))
    }

    /// An iteration of each of the cases that follow makes so many units, and figures are of one.
    pub fn units(&mut self, units: u64) {
        self.units = units;
    }

    /// A case whose iteration is one call of `body`.
    pub fn case<T>(&mut self, name: &'static str, mut body: impl FnMut() -> T + 'a) {
        self.case_within(name, move |timed| timed.run(&mut body));
    }

    /// A case that sets something up around each sample, unmeasured: `around` calls [`Timed::run`] once.
    pub fn case_within(&mut self, name: &'static str, mut around: impl FnMut(&mut Timed) + 'a) {
        if !mode::chosen(self.group, name, &self.args) {
            self.left_out.push(name);
            return;
        }
        let sample = move |iterations| {
            let mut timed = Timed { iterations, took: Duration::ZERO };
            around(&mut timed);
            timed.took
        };
        self.cases.push(Case { name, sample: Box::new(sample), iterations: 1, units: self.units });
    }

    /// Measures all cases in turn.
    pub fn run(mut self) -> Figures {
        let mode = Mode::from_args(&self.args);
        for case in &mut self.cases {
            case.iterations = mode.iterations(&mut case.sample);
        }
        let mut samples = vec![Vec::with_capacity(mode.rounds()); self.cases.len()];
        for round in 0..mode.rounds() {
            for turn in 0..self.cases.len() {
                // Another case is first in each round, so that none always follows the same one.
                let index = (turn + round) % self.cases.len();
                let case = &mut self.cases[index];
                samples[index].push(nanoseconds((case.sample)(case.iterations), case.iterations * case.units));
            }
        }
        Figures::new(self.group, self.cases.iter().map(|case| case.name).zip(samples).collect(), self.left_out)
    }
}

/// The measured part of a sample.
#[derive(Debug)]
pub struct Timed {
    iterations: u64,
    took: Duration,
}

impl Timed {
    /// Calls `body` as often as the sample asks for, and measures that.
    pub fn run<T>(&mut self, mut body: impl FnMut() -> T) {
        let start = Instant::now();
        for _ in 0..self.iterations {
            std::hint::black_box(body());
        }
        self.took += start.elapsed();
    }

    /// How often the sample asks for the body, for a case that measures by itself and tells it by [`took`](Self::took).
    pub fn iterations(&self) -> u64 {
        self.iterations
    }

    /// The iterations took so long.
    pub fn took(&mut self, time: Duration) {
        self.took += time;
    }
}

#[allow(clippy::cast_precision_loss, reason = "a sample's nanoseconds and units are far below 2^52")]
fn nanoseconds(took: Duration, units: u64) -> f64 {
    took.as_nanos() as f64 / units as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_case_is_sampled_once_a_round_and_set_up_unmeasured() {
        let (mut set_up, mut ran) = (0, 0);
        let mut bench = Bench::with_args("test", Vec::new());
        bench.case_within("case", |timed| {
            set_up += 1;
            std::thread::sleep(Duration::from_millis(20));
            timed.run(|| ran += 1);
            assert!(timed.took < Duration::from_millis(20));
        });
        drop(bench.run());
        assert_eq!((set_up, ran), (Mode::Quick.rounds(), Mode::Quick.rounds()));
    }

    #[test]
    fn a_figure_is_of_a_unit() {
        assert!((nanoseconds(Duration::from_micros(6), 2 * 1_000) - 3.0).abs() < f64::EPSILON);
    }

    #[test]
    fn cases_are_left_out_that_the_command_line_does_not_name() {
        let bench = |arg: &str| Bench::with_args("span", vec![arg.to_owned()]);
        assert!(bench("log_line").is_left_out(&["registry", "OTel"]));
        assert!(!bench("OTel").is_left_out(&["registry", "OTel"]) && !bench("span/").is_left_out(&["registry"]));
    }
}
