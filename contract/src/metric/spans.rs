//! Which spans a metric measures.

use std::borrow::Cow;

use crate::{OperationSet, Selector};

/// Which spans a metric measures: those that a selector selects, of an operation, with all conditions met.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Spans {
    /// By name or by an attribute that was recorded: one of these. Every span where there is none.
    pub selectors: Vec<Selector>,
    /// Only calls of these operations; one that names none is taken for a chat. `None`: spans that are no calls, too.
    ///
    /// The phases of a call (`llm.inference`, `llm.response.parse`) are no calls.
    pub operations: Option<OperationSet>,
    /// What must hold beside it.
    pub conditions: Vec<Condition>,
}

/// What an attribute must say.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Condition {
    /// The attribute.
    pub key: Cow<'static, str>,
    /// The values of which it must have one; any value where there is none.
    pub values: Vec<Cow<'static, str>>,
}

impl Condition {
    /// That the attribute was recorded.
    pub fn recorded(key: impl Into<Cow<'static, str>>) -> Self {
        Self { key: key.into(), values: Vec::new() }
    }

    /// That the attribute says one of these.
    pub fn one_of<V: Into<Cow<'static, str>>>(key: impl Into<Cow<'static, str>>, values: impl IntoIterator<Item = V>) -> Self {
        Self { key: key.into(), values: values.into_iter().map(Into::into).collect() }
    }
}
