//! What was measured, and how it compares.

use std::fmt;

use crate::{
    gateway::Sample,
    kinds::{Kind, Load},
};

/// Samples; those of one index were taken in one round.
#[derive(Default)]
pub(crate) struct Figures(Vec<(Kind, Load, Sample)>);

/// A figure of a sample: its name, its head in the table, and where it stands.
type Figure = (&'static str, &'static str, fn(&Sample) -> f64);

#[expect(clippy::cast_precision_loss, reason = "counts of a few seconds")]
const FIGURES: [Figure; 4] = [
    ("rate", "requests/s", |sample| sample.seen.requests as f64 / sample.seen.seconds),
    ("median", "median µs", |sample| sample.seen.median),
    ("p99", "99 % µs", |sample| sample.seen.slowest_hundredth),
    ("cpu", "CPU µs/request", |sample| sample.cpu),
];

impl Figures {
    pub(crate) fn add(&mut self, kind: Kind, load: Load, sample: Sample) {
        self.0.push((kind, load, sample));
    }

    fn all(&self, kind: Kind, load: Load, figure: fn(&Sample) -> f64) -> Vec<f64> {
        self.0.iter().filter(|(of, under, _)| (*of, *under) == (kind, load)).map(|(_, _, sample)| figure(sample)).collect()
    }

    /// The median over the rounds of how many times the figure of the gateway without telemetry it is.
    fn ratio(&self, kind: Kind, load: Load, figure: fn(&Sample) -> f64) -> f64 {
        let (ours, off) = (self.all(kind, load, figure), self.all(Kind::Off, load, figure));
        median(ours.iter().zip(off).map(|(ours, off)| ours / off).collect())
    }
}

impl fmt::Display for Figures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for load in Load::ALL {
            write!(f, "{:50}", load.name())?;
            for (_, head, _) in FIGURES {
                write!(f, "  {head:>14}")?;
            }
            writeln!(f)?;
            for kind in Kind::ALL {
                write!(f, "{:50}", kind.name())?;
                for (_, _, figure) in FIGURES {
                    write!(f, "  {:>14.1}", median(self.all(kind, load, figure)))?;
                }
                writeln!(f)?;
            }
        }
        for load in Load::ALL {
            for kind in Kind::ALL.into_iter().filter(|kind| *kind != Kind::Off) {
                for (name, _, figure) in FIGURES {
                    writeln!(f, "RATIO gateway/{}/{}-{name} {:.3}", kind.id(), load.id(), self.ratio(kind, load, figure))?;
                }
            }
        }
        Ok(())
    }
}

fn median(mut samples: Vec<f64>) -> f64 {
    samples.sort_by(f64::total_cmp);
    samples.get(samples.len() / 2).copied().unwrap_or(f64::NAN)
}
