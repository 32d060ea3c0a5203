//! Which spans a metric measures.

use std::borrow::Cow;

use crate::{OperationSet, Selector, builtin};

/// Spans that a metric measures: those that a selector selects, of an operation, with all conditions met.
///
/// A metric may have several of these; it measures a span, once, that any of them means.
///
/// ```
/// use llm_span_contract::{OperationSet, Spans};
///
/// let store = Spans::named(["store.get", "store.put"]).only_where("store.backend", ["memory", "disk"]);
/// let streams = Spans::calls(OperationSet::GENERATION).only_where("gen_ai.request.stream", ["true"]);
/// assert_eq!((store.selectors.len(), streams.conditions.len()), (2, 1));
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Spans {
    /// By name or by an attribute that was recorded: one of these. Every span where there is none.
    pub selectors: Vec<Selector>,
    /// Names of spans that are not meant, whatever selects them.
    pub except: Vec<Cow<'static, str>>,
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

impl Spans {
    /// Every span.
    pub fn all() -> Self {
        Self::default()
    }

    /// Spans of these names, as they stand in the program.
    pub fn named<N: Into<Cow<'static, str>>>(names: impl IntoIterator<Item = N>) -> Self {
        Self { selectors: names.into_iter().map(|name| Selector::Name(name.into())).collect(), ..Self::default() }
    }

    /// Spans on which one of these attributes was recorded.
    pub fn with<K: Into<Cow<'static, str>>>(keys: impl IntoIterator<Item = K>) -> Self {
        Self { selectors: keys.into_iter().map(|key| Selector::Attribute(key.into())).collect(), ..Self::default() }
    }

    /// Calls of these operations: of the spans that a built-in contract is about.
    pub fn calls(operations: OperationSet) -> Self {
        Self { selectors: builtin::selectors(), operations: Some(operations), ..Self::default() }
    }

    /// Only those on which the attribute says one of these values. A boolean says `true` or `false`.
    #[must_use]
    pub fn only_where<V: Into<Cow<'static, str>>>(
        mut self,
        key: impl Into<Cow<'static, str>>,
        values: impl IntoIterator<Item = V>,
    ) -> Self {
        self.conditions.push(Condition::one_of(key, values));
        self
    }

    /// Only those on which the attribute was recorded.
    #[must_use]
    pub fn only_with(mut self, key: impl Into<Cow<'static, str>>) -> Self {
        self.conditions.push(Condition::recorded(key));
        self
    }

    /// None of these names.
    #[must_use]
    pub fn except<N: Into<Cow<'static, str>>>(mut self, names: impl IntoIterator<Item = N>) -> Self {
        self.except.extend(names.into_iter().map(Into::into));
        self
    }
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
