//! Collects what is wrong, so that all of it is told at once.

use std::cell::RefCell;

use super::error::{SettingsError, SettingsErrors};

/// Where a setting was said.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Place {
    /// Line and column of the file, from 1.
    File(Mark),
    /// A variable.
    Environment,
    /// Nowhere but in the program.
    Program,
}

/// A place in the file: line and column, from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Mark {
    pub(super) line: usize,
    pub(super) column: usize,
}

/// What is wrong so far.
#[derive(Debug, Default)]
pub(super) struct Problems(RefCell<Vec<(Place, String)>>);

impl Problems {
    pub(super) fn tell(&self, place: Place, message: impl Into<String>) {
        self.0.borrow_mut().push((place, message.into()));
    }

    /// An error where there is one; `file` is the document's name.
    pub(super) fn into_result(self, file: &str) -> Result<(), SettingsErrors> {
        let mut problems = self.0.into_inner();
        // An alias may bring the same mistake to one place twice.
        problems.sort();
        problems.dedup();
        if problems.is_empty() {
            return Ok(());
        }
        let error = |(place, message)| SettingsError { place: shown(&place, file), message };
        Err(SettingsErrors::new(problems.into_iter().map(error).collect()))
    }
}

fn shown(place: &Place, file: &str) -> String {
    match place {
        Place::File(mark) => format!("{file}:{}:{}", mark.line, mark.column),
        Place::Environment => "environment".to_owned(),
        Place::Program => "program".to_owned(),
    }
}
