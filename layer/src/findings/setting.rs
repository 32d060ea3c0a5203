//! Chooses a sink by the environment.

use std::{env, fmt, sync::Arc};

use super::{CountFindings, FindingSink, LogFindings, SpanFinding};

/// The environment variable that chooses what becomes of findings.
const VARIABLE: &str = "LLM_SPAN_FINDINGS";

/// What becomes of findings, as the environment says it: `LLM_SPAN_FINDINGS` is `log`, `count` or `off`.
///
/// ```
/// use llm_span::{FindingsSetting, LlmLayer};
///
/// let setting = FindingsSetting::from_env()?; // `log` where the variable is not set
/// let sink = setting.sink();
/// let layer = LlmLayer::builder().findings(sink.clone()).build();
/// # drop(layer);
/// if let Some(counts) = sink.counts() {
///     println!("{} findings", counts.total()); // `LLM_SPAN_FINDINGS=count`
/// }
/// # Ok::<(), llm_span::InvalidSetting>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum FindingsSetting {
    /// Logged as JSON lines to standard error; see [`LogFindings`].
    #[default]
    Log,
    /// Counted only, to be read by [`ChosenSink::counts`].
    Count,
    /// Dropped.
    Off,
}

impl FindingsSetting {
    /// What `LLM_SPAN_FINDINGS` says; the default where it is not set or empty.
    ///
    /// # Errors
    ///
    /// When it is set to something else than `log`, `count`, `off`.
    pub fn from_env() -> Result<Self, InvalidSetting> {
        match env::var_os(VARIABLE) {
            None => Ok(Self::default()),
            Some(value) => Self::parse(&value.to_string_lossy()),
        }
    }

    fn parse(value: &str) -> Result<Self, InvalidSetting> {
        match value.trim().to_ascii_lowercase().as_str() {
            "" => Ok(Self::default()),
            "log" => Ok(Self::Log),
            "count" => Ok(Self::Count),
            "off" => Ok(Self::Off),
            _ => Err(InvalidSetting(value.to_owned())),
        }
    }

    /// A sink of that kind.
    pub fn sink(self) -> ChosenSink {
        ChosenSink(match self {
            Self::Log => Chosen::Log(Arc::default()),
            Self::Count => Chosen::Count(CountFindings::default()),
            Self::Off => Chosen::Off,
        })
    }
}

/// The sink of a [`FindingsSetting`]; clones share what it has found.
#[derive(Clone, Debug)]
pub struct ChosenSink(Chosen);

#[derive(Clone, Debug)]
enum Chosen {
    Log(Arc<LogFindings>),
    Count(CountFindings),
    Off,
}

impl ChosenSink {
    /// The counts, where the setting is [`FindingsSetting::Count`].
    pub fn counts(&self) -> Option<&CountFindings> {
        match &self.0 {
            Chosen::Count(counts) => Some(counts),
            Chosen::Log(_) | Chosen::Off => None,
        }
    }
}

impl FindingSink for ChosenSink {
    fn accept(&self, finding: &SpanFinding) {
        match &self.0 {
            Chosen::Log(log) => log.accept(finding),
            Chosen::Count(counts) => counts.accept(finding),
            Chosen::Off => {}
        }
    }
}

/// `LLM_SPAN_FINDINGS` has a value that means nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvalidSetting(String);

impl fmt::Display for InvalidSetting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "environment variable `{VARIABLE}` is {:?}; expected `log`, `count` or `off`", self.0)
    }
}

impl std::error::Error for InvalidSetting {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_values_are_read_and_others_are_refused_with_a_remedy() {
        assert_eq!(FindingsSetting::parse("Count"), Ok(FindingsSetting::Count));
        assert_eq!(FindingsSetting::parse(" "), Ok(FindingsSetting::Log));
        let error = FindingsSetting::parse("loud").unwrap_err().to_string();
        assert_eq!(error, "environment variable `LLM_SPAN_FINDINGS` is \"loud\"; expected `log`, `count` or `off`");
    }
    #[test]
    fn what_is_counted_can_be_read() {
        use llm_span_contract::{Finding, FindingKind};
        let setting = FindingsSetting::parse("count").unwrap();
        let sink = setting.sink();
        let finding = Finding::new(FindingKind::MissingAttribute, "amtp", "…");
        let (span, file, line, outcome, trace_id, span_id) = Default::default();
        sink.clone().accept(&SpanFinding { finding, span, file, line, outcome, trace_id, span_id });
        assert_eq!(sink.counts().map(CountFindings::total), Some(1));
        assert!(FindingsSetting::Off.sink().counts().is_none());
    }
}
