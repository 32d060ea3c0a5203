//! Measures cases side by side.
//!
//! Frameworks measure one case after the other, seconds apart. On a machine that others use, or that changes its clock, the
//! later case then meets another machine than the earlier one. Here a round takes one short sample of each case, rounds are
//! many, and cases are compared by the median over the rounds: what disturbs a round disturbs all of its cases.

mod figures;
mod mode;

use std::time::{Duration, Instant};

pub use figures::Figures;
use mode::Mode;

/// Runs that many iterations of a case and returns how long they took; what is around them is not measured.
type Sample<'a> = Box<dyn FnMut(u64) -> Duration + 'a>;

/// Cases to be measured together.
pub struct Bench<'a> {
    title: &'static str,
    args: Vec<String>,
    cases: Vec<Case<'a>>,
}

struct Case<'a> {
    name: &'static str,
    sample: Sample<'a>,
    iterations: u64,
}

impl<'a> Bench<'a> {
    /// No cases yet. The command line tells how long to measure and, by parts of their names, which cases.
    pub fn new(title: &'static str) -> Self {
        Self { title, args: std::env::args().skip(1).collect(), cases: Vec::new() }
    }

    /// A case whose iteration is one call of `body`.
    pub fn case<T>(&mut self, name: &'static str, mut body: impl FnMut() -> T + 'a) {
        self.case_within(name, move |timed| timed.run(&mut body));
    }

    /// A case that sets something up around each sample, unmeasured: `around` calls `Timed::run` once.
    pub fn case_within(&mut self, name: &'static str, mut around: impl FnMut(&mut Timed) + 'a) {
        if !mode::chosen(name, &self.args) {
            return;
        }
        let sample = move |iterations| {
            let mut timed = Timed { iterations, took: Duration::ZERO };
            around(&mut timed);
            timed.took
        };
        self.cases.push(Case { name, sample: Box::new(sample), iterations: 1 });
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
                samples[index].push(nanoseconds((case.sample)(case.iterations), case.iterations));
            }
        }
        Figures::new(self.title, self.cases.iter().map(|case| case.name).zip(samples).collect())
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
}

#[allow(clippy::cast_precision_loss, reason = "a sample's nanoseconds and iterations are far below 2^52")]
fn nanoseconds(took: Duration, iterations: u64) -> f64 {
    took.as_nanos() as f64 / iterations as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_case_is_sampled_once_a_round_and_set_up_unmeasured() {
        let (mut set_up, mut ran) = (0, 0);
        let mut bench = Bench { title: "test", args: Vec::new(), cases: Vec::new() };
        bench.case_within("case", |timed| {
            set_up += 1;
            std::thread::sleep(Duration::from_millis(2));
            timed.run(|| ran += 1);
        });
        let figures = bench.run();
        assert!(figures.median("case").is_some_and(|median| median < 1e6));
        assert_eq!((set_up, ran), (Mode::Quick.rounds(), Mode::Quick.rounds()));
    }
}
