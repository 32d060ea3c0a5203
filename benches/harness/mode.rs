//! What to measure, and for how long.

use std::time::{Duration, Instant};

/// From the command line: `cargo bench` measures, `cargo bench -- --quick` checks that the benches run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mode {
    Full,
    Quick,
}

/// Long against the clock's resolution, short against the scheduler's time slice.
const SAMPLE: Duration = Duration::from_micros(500);

/// So many samples of full length are asked how many iterations fill one.
const FILLED: u32 = 10;

impl Mode {
    /// `cargo bench` passes `--bench`; whoever runs the program otherwise (`cargo test --benches`) wants to know that it runs.
    pub(super) fn from_args(args: &[String]) -> Self {
        let has = |flag: &str| args.iter().any(|arg| arg == flag);
        if has("--bench") && !has("--quick") && !has("--test") { Self::Full } else { Self::Quick }
    }

    pub(super) fn rounds(self) -> usize {
        match self {
            Self::Full => 1001,
            Self::Quick => 1,
        }
    }

    /// How many iterations fill a sample; finding out warms the case up.
    pub(super) fn iterations(self, sample: &mut dyn FnMut(u64) -> Duration) -> u64 {
        if self == Self::Quick {
            return 1;
        }
        let (start, mut iterations, mut fitting, mut filled) = (Instant::now(), 1, 1, 0);
        while filled < FILLED || start.elapsed() < 20 * SAMPLE {
            let took = sample(iterations);
            if took < SAMPLE {
                iterations *= 2;
            } else {
                // The fastest sample tells: one that was interrupted would leave the later ones too short to be warm.
                let fits = SAMPLE.as_nanos() * u128::from(iterations) / took.as_nanos();
                fitting = fitting.max(u64::try_from(fits).unwrap_or(1));
                filled += 1;
            }
        }
        fitting
    }
}

/// Which cases to measure: all, or those whose `group/case` contains one of the arguments.
pub(super) fn chosen(group: &str, case: &str, args: &[String]) -> bool {
    let name = format!("{group}/{case}");
    let mut parts = args.iter().filter(|arg| !arg.starts_with("--")).peekable();
    parts.peek().is_none() || parts.any(|part| name.contains(part.as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_cargo_bench_measures_in_full() {
        let mode = |args: &[&str]| Mode::from_args(&args.iter().map(ToString::to_string).collect::<Vec<_>>());
        assert_eq!(mode(&["--bench"]), Mode::Full);
        assert_eq!(mode(&["--quick", "--bench"]), Mode::Quick);
        assert_eq!(mode(&[]), Mode::Quick);
    }

    #[test]
    fn arguments_choose_cases() {
        let chosen =
            |args: &[&str]| chosen("span", "registry+LlmLayer", &args.iter().map(ToString::to_string).collect::<Vec<_>>());
        assert!(chosen(&["--bench"]) && chosen(&["--bench", "LlmLayer"]) && chosen(&["span/"]));
        assert!(!chosen(&["OpenTelemetry"]));
    }

    #[test]
    fn iterations_fill_a_sample() {
        let mut microsecond_each = |iterations| Duration::from_micros(iterations);
        let iterations = Mode::Full.iterations(&mut microsecond_each);
        assert_eq!(u128::from(iterations), SAMPLE.as_micros());
        let mut calls = 0_u64;
        let mut often_interrupted = |iterations| {
            calls += 1;
            Duration::from_micros(iterations) + if calls.is_multiple_of(3) { Duration::ZERO } else { Duration::from_millis(10) }
        };
        assert_eq!(u128::from(Mode::Full.iterations(&mut often_interrupted)), SAMPLE.as_micros());
    }
}
