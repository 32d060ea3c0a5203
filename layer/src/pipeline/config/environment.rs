//! The variables that settings are read from.

use std::collections::BTreeMap;

use super::{
    problems::{Place, Problems},
    said::Said,
};

/// The variables that settings are read from: those of the process, or others.
#[derive(Clone, Debug, Default)]
pub(crate) struct Environment(BTreeMap<String, String>);

impl Environment {
    /// Those of the process. A value that is no Unicode is read with replacements.
    pub(crate) fn of_process() -> Self {
        std::env::vars_os()
            .map(|(key, value)| (key.to_string_lossy().into_owned(), value.to_string_lossy().into_owned()))
            .collect()
    }

    /// The value of a variable; one that is empty counts as not set, as OpenTelemetry has it.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str).filter(|value| !value.trim().is_empty())
    }

    /// What a variable says.
    pub(super) fn said<'a>(&self, name: &str, problems: &'a Problems) -> Option<Said<'a>> {
        let text = self.get(name)?.to_owned();
        Some(Said { problems, place: Place::Environment, name: name.to_owned(), text })
    }

    /// A path that may begin with `~`, the folder of the user.
    pub(super) fn expanded(&self, path: &str) -> String {
        match (path.strip_prefix("~/"), self.get("HOME")) {
            (Some(rest), Some(home)) => format!("{}/{rest}", home.trim_end_matches('/')),
            _ => path.to_owned(),
        }
    }
}

impl FromIterator<(String, String)> for Environment {
    fn from_iter<I: IntoIterator<Item = (String, String)>>(variables: I) -> Self {
        Self(variables.into_iter().collect())
    }
}
