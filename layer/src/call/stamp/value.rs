//! The values that are stamped on a call's span, by their fields: to be recorded, and to be read beside the record.

use llm_span_contract::stamp::{FIELDS, Field, MAX_EXTRA_FIELDS};
use tracing::field::Value;

use crate::call::site::{Site, Values};

/// What is recorded of a field.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Stamp<'a> {
    Int(i64),
    Double(f64),
    Flag(bool),
    Text(&'a str),
}

impl Stamp<'_> {
    fn as_value(&self) -> &dyn Value {
        match self {
            Self::Int(value) => value,
            Self::Double(value) => value,
            Self::Flag(value) => value,
            Self::Text(value) => value,
        }
    }
}

impl From<i64> for Stamp<'_> {
    fn from(value: i64) -> Self {
        Self::Int(value)
    }
}

impl From<f64> for Stamp<'_> {
    fn from(value: f64) -> Self {
        Self::Double(value)
    }
}

impl From<bool> for Stamp<'_> {
    fn from(value: bool) -> Self {
        Self::Flag(value)
    }
}

impl<'a> From<&'a str> for Stamp<'a> {
    fn from(value: &'a str) -> Self {
        Self::Text(value)
    }
}

/// At most so many values, those that are there.
#[derive(Debug)]
pub(super) struct Stamps<'a, const MOST: usize> {
    stamps: [(Field, Stamp<'a>); MOST],
    len: usize,
}

impl<'a, const MOST: usize> Stamps<'a, MOST> {
    pub(super) fn new() -> Self {
        Self { stamps: [(Field::Provider, Stamp::Flag(false)); MOST], len: 0 }
    }

    /// Adds a value, if there is one.
    #[inline]
    pub(super) fn set(&mut self, field: Field, value: Option<impl Into<Stamp<'a>>>) {
        let Some(value) = value else { return };
        debug_assert!(self.len < MOST, "there is room for all");
        if let Some(place) = self.stamps.get_mut(self.len) {
            *place = (field, value.into());
            self.len += 1;
        }
    }

    pub(super) fn as_slice(&self) -> &[(Field, Stamp<'a>)] {
        &self.stamps[..self.len]
    }
}

/// Lends the values of a record as a callsite takes them: by the position of their fields. `own` are those of the user's own fields, by their
/// positions among these.
#[inline]
pub(super) fn with_values<'v, R>(
    site: &Site,
    stamps: &'v [(Field, Stamp<'v>)],
    own: impl IntoIterator<Item = (usize, &'v dyn Value)>,
    record: impl FnOnce(&Values<'_>) -> R,
) -> R {
    // Most callsites have no fields of their own, and need not make room for them.
    if site.fields() == FIELDS.len() {
        let mut values: [Option<&dyn Value>; FIELDS.len()] = [None; FIELDS.len()];
        set(&mut values, stamps);
        return record(&values);
    }
    let mut values: [Option<&dyn Value>; FIELDS.len() + MAX_EXTRA_FIELDS] = [None; FIELDS.len() + MAX_EXTRA_FIELDS];
    set(&mut values, stamps);
    for (field, value) in own {
        values[FIELDS.len() + field] = Some(value);
    }
    record(&values[..site.fields()])
}

fn set<'v>(values: &mut [Option<&'v dyn Value>], stamps: &'v [(Field, Stamp<'v>)]) {
    for (field, stamp) in stamps {
        values[*field as usize] = Some(stamp.as_value());
    }
}
