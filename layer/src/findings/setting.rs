//! Chooses a sink by the environment.

use std::{env, fmt, sync::Arc};

use super::{CountFindings, FindingSink, IgnoreFindings, LogFindings};

/// The environment variable that chooses what becomes of findings.
const VARIABLE: &str = "LLM_SPAN_FINDINGS";

/// What becomes of findings, as the environment says it: `LLM_SPAN_FINDINGS` is `log`, `count` or `off`.
///
/// ```
/// use llm_span::{FindingsSetting, LlmLayer};
///
/// let setting = FindingsSetting::from_env()?; // `log` where the variable is not set
/// let layer = LlmLayer::builder().findings(setting.sink()).build();
/// # drop(layer);
/// # Ok::<(), llm_span::InvalidSetting>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum FindingsSetting {
    /// Logged as JSON lines to standard error; see [`LogFindings`].
    #[default]
    Log,
    /// Counted only; see [`CountFindings`].
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
    pub fn sink(self) -> Arc<dyn FindingSink> {
        match self {
            Self::Log => Arc::new(LogFindings::default()),
            Self::Count => Arc::new(CountFindings::default()),
            Self::Off => Arc::new(IgnoreFindings),
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
}
