//! A text that somebody said, in the file or by a variable, and what it means.

use std::{fmt::Display, time::Duration};

use llm_span_contract::suggest::nearest;

use super::{
    problems::{Place, Problems},
    values,
};

/// A text that somebody said: which setting it is of, and where.
#[derive(Clone, Debug)]
pub(super) struct Said<'a> {
    pub(super) problems: &'a Problems,
    pub(super) place: Place,
    /// What it is called there: a path in the file, or a variable.
    pub(super) name: String,
    pub(super) text: String,
}

impl<'a> Said<'a> {
    /// Tells that it is wrong: `` `name` is … ``.
    pub(super) fn refuse(&self, what: impl Display) {
        self.problems.tell(self.place.clone(), format!("`{}` {what}", self.name));
    }

    /// Tells that it is something else than was expected.
    pub(super) fn expected(&self, expected: impl Display) {
        self.refuse(format_args!("is {}; expected {expected}", values::shown(&self.text)));
    }

    /// Its meaning, told where it has none: what is wrong, without the name.
    pub(super) fn read<T>(&self, meaning: impl FnOnce(&str) -> Result<T, String>) -> Option<T> {
        meaning(self.text.trim()).map_err(|wrong| self.refuse(wrong)).ok()
    }

    pub(super) fn boolean(&self) -> Option<bool> {
        match self.text.trim().to_ascii_lowercase().as_str() {
            "true" | "1" => Some(true),
            "false" | "0" => Some(false),
            _ => {
                self.expected("`true` or `false`");
                None
            }
        }
    }

    pub(super) fn rate(&self) -> Option<f64> {
        let rate = self.text.trim().parse().ok().filter(|rate| values::is_rate(*rate));
        if rate.is_none() {
            self.expected("a number from 0 to 1");
        }
        rate
    }

    /// A count within bounds.
    pub(super) fn count(&self, bounds: std::ops::RangeInclusive<u64>) -> Option<u64> {
        let count = self.text.trim().parse().ok().filter(|count| bounds.contains(count));
        if count.is_none() {
            self.expected(format_args!("a whole number from {} to {}", bounds.start(), bounds.end()));
        }
        count
    }

    pub(super) fn capacity(&self) -> Option<usize> {
        self.count(1..=values::MOST_WAITING).and_then(|count| usize::try_from(count).ok())
    }

    /// A time with its unit, within bounds.
    pub(super) fn duration(&self, bounds: values::Bounds) -> Option<Duration> {
        self.read(|text| values::duration(text, bounds))
    }

    /// A time in milliseconds, within bounds.
    pub(super) fn milliseconds(&self, bounds: values::Bounds) -> Option<Duration> {
        let time = self.text.trim().parse().ok().map(Duration::from_millis).filter(|time| bounds.contains(*time));
        if time.is_none() {
            self.expected(format_args!("milliseconds, from {} to {}", bounds.least.as_millis(), bounds.most.as_millis()));
        }
        time
    }

    /// One of some names.
    pub(super) fn one_of<T: Copy>(&self, names: &[(&str, T)]) -> Option<T> {
        let text = self.text.trim();
        let found = names.iter().find(|(name, _)| name.eq_ignore_ascii_case(text));
        if found.is_none() {
            let expected = values::either(names.iter().map(|(name, _)| *name));
            match nearest(&text.to_ascii_lowercase(), names.iter().map(|(name, _)| *name)) {
                Some(near) => self.expected(format_args!("{expected}; did you mean `{near}`?")),
                None => self.expected(expected),
            }
        }
        found.map(|(_, value)| *value)
    }

    /// Its parts between commas.
    pub(super) fn parts(&self) -> Vec<Said<'a>> {
        let parts = self.text.split(',').map(str::trim).filter(|part| !part.is_empty());
        parts.map(|part| Said { text: part.to_owned(), ..self.clone() }).collect()
    }

    /// A text that means that there is nothing: `none`.
    pub(super) fn is(&self, word: &str) -> bool {
        self.text.trim().eq_ignore_ascii_case(word)
    }
}
