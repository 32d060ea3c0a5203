//! Why a callback is not taken.

use std::{error, fmt};

use crate::metrics::MAX_SERIES;

/// Why a callback was not registered: for which gauge, what is wrong, what is expected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GaugeError {
    gauge: String,
    problem: Problem,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Problem {
    NoSink,
    Unknown { known: Vec<String>, meant: Option<String> },
    Labels { wrong: Wrong, has: Vec<String> },
    Full,
}

/// What is wrong with the labels.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Wrong {
    Lacks(String),
    Empty(String),
    Unknown { name: String, meant: Option<String> },
    Twice(String),
}

impl GaugeError {
    pub(super) fn of(gauge: &str, problem: Problem) -> Self {
        Self { gauge: gauge.to_owned(), problem }
    }
}

impl fmt::Display for GaugeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let gauge = &self.gauge;
        match &self.problem {
            Problem::NoSink => write!(
                f,
                "gauge `{gauge}` would be told to nobody: the layer has no sink for metrics; add one where it is built: \
                 `LlmLayer::builder().metrics(…)`"
            ),
            Problem::Unknown { known, meant } => {
                write!(f, "no gauge `{gauge}` is told by a callback; ")?;
                match meant {
                    Some(meant) => write!(f, "did you mean `{meant}`? ")?,
                    None if known.is_empty() => {
                        return f.write_str("the layer has none: choose a set of metrics that has some, or add a rule");
                    }
                    None => {}
                }
                write!(f, "there are {}", listed(known))
            }
            Problem::Labels { wrong, has } => {
                match wrong {
                    Wrong::Lacks(label) => write!(f, "gauge `{gauge}`: the label `{label}` is missing; ")?,
                    Wrong::Empty(label) => write!(f, "gauge `{gauge}`: the label `{label}` is empty; ")?,
                    Wrong::Unknown { name, meant } => {
                        write!(f, "gauge `{gauge}` has no label `{name}`; ")?;
                        if let Some(meant) = meant {
                            write!(f, "did you mean `{meant}`? ")?;
                        }
                    }
                    Wrong::Twice(label) => write!(f, "gauge `{gauge}`: the label `{label}` is given twice; ")?,
                }
                match &has[..] {
                    [] => f.write_str("it has none"),
                    has => write!(f, "it has {}", listed(has)),
                }
            }
            Problem::Full => write!(f, "gauge `{gauge}` has {MAX_SERIES} sets of labels already; more are not told apart"),
        }
    }
}

impl error::Error for GaugeError {}

fn listed(names: &[String]) -> String {
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}
