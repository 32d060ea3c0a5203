//! Which traces are kept.

use std::fmt;

/// Which traces are kept. A span follows its parent, whether that is of this process or of a caller; the sampler decides about spans without one.
///
/// Metrics, token counts and metric events are exact under every sampler: they are derived before it.
///
/// ```
/// assert_eq!(llm_span::pipeline::Sampler::Probability(0.1).to_string(), "probability 0.1");
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq)]
#[non_exhaustive]
pub enum Sampler {
    /// All of them.
    #[default]
    Always,
    /// None.
    Never,
    /// That part of them, from 0 to 1, chosen by the trace's id.
    Probability(f64),
}

impl fmt::Display for Sampler {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Always => f.write_str("always"),
            Self::Never => f.write_str("never"),
            Self::Probability(rate) => write!(f, "probability {rate}"),
        }
    }
}
