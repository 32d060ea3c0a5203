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
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Spans {
    /// By name or by an attribute that was recorded: one of these. Of [`Spans::all`] there is none; elsewhere a list without one is
    /// refused.
    pub selectors: Vec<Selector>,
    /// Names of spans that are not meant, whatever selects them.
    pub except: Vec<Cow<'static, str>>,
    /// Only calls of these operations. `None`: spans that are no calls, too.
    ///
    /// A call that names no operation is taken for a chat. One whose operation is somebody's own (`gen_ai.operation.name` is `plan`; see
    /// [`Operation::is_other`](crate::Operation::is_other)) is among those of a set that has all requests to a model, such as
    /// [`OperationSet::MODEL_CALLS`] and [`OperationSet::ALL`], and of no smaller one; [`Spans::only_where`] chooses it alone.
    /// The phases of a call (`llm.inference`, `llm.response.parse`) are no calls.
    pub operations: Option<OperationSet>,
    /// What must hold beside it: all of these.
    pub conditions: Vec<Condition>,
    /// Whether every span is meant where there is no selector. A list that happens to be empty does not say so.
    pub(super) is_every: bool,
}

/// What an attribute must say.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Condition {
    /// The attribute.
    pub key: Cow<'static, str>,
    /// The values of which it must have one. Of [`Condition::recorded`] there is none; elsewhere a list without one is refused.
    pub values: Vec<Cow<'static, str>>,
    /// Whether any value will do where there is none. A list that happens to be empty does not say so.
    pub(super) is_any: bool,
}

/// Every span.
impl Default for Spans {
    fn default() -> Self {
        Self::all()
    }
}

impl Spans {
    /// Every span.
    pub fn all() -> Self {
        Self { is_every: true, ..Self::selected(Vec::new()) }
    }

    /// Spans that one of these selects.
    pub(super) fn selected(selectors: Vec<Selector>) -> Self {
        Self { selectors, except: Vec::new(), operations: None, conditions: Vec::new(), is_every: false }
    }

    /// Spans of these names, as `tracing` has them: `#[instrument]` without `name` uses the function's. A name that no span has measures
    /// nothing, and nothing tells. A list without any is refused when the metric is built.
    ///
    /// ```
    /// use llm_span_contract::{Measure, Metric, Spans};
    ///
    /// let from_a_file: Vec<String> = Vec::new();
    /// let refused = Metric::counter("store.operations").of(Spans::named(from_a_file)).measure(Measure::Closed).build().unwrap_err();
    /// assert_eq!(
    ///     refused.to_string(),
    ///     "metric `store.operations`: it measures spans of a list that is empty; name one, or say `Spans::all()` for every one"
    /// );
    /// ```
    pub fn named<N: Into<Cow<'static, str>>>(names: impl IntoIterator<Item = N>) -> Self {
        Self::selected(names.into_iter().map(|name| Selector::Name(name.into())).collect())
    }

    /// Spans on which one of these attributes was recorded. A list without any is refused when the metric is built.
    pub fn with<K: Into<Cow<'static, str>>>(keys: impl IntoIterator<Item = K>) -> Self {
        Self::selected(keys.into_iter().map(|key| Selector::Attribute(key.into())).collect())
    }

    /// Calls of these operations: of the spans that a built-in contract is about. See [`Spans::operations`] for what a call is whose
    /// operation is not known.
    pub fn calls(operations: OperationSet) -> Self {
        Self::calls_among(builtin::selectors::all(), operations)
    }

    /// Calls of these operations, of the spans that one of these selects.
    pub(super) fn calls_among(selectors: Vec<Selector>, operations: OperationSet) -> Self {
        Self { operations: Some(operations), ..Self::selected(selectors) }
    }

    /// Only those on which the attribute says one of these values. A boolean says `true` or `false`. A list without any is refused when
    /// the metric is built; see [`only_with`](Self::only_with).
    ///
    /// Of what is measured at the span's end, an attribute that was recorded late counts, too; [`Measure::Open`](crate::Measure::Open) and
    /// [`Measure::Waiting`](crate::Measure::Waiting) go by what is known at its creation.
    #[must_use]
    pub fn only_where<V: Into<Cow<'static, str>>>(
        mut self,
        key: impl Into<Cow<'static, str>>,
        values: impl IntoIterator<Item = V>,
    ) -> Self {
        self.conditions.push(Condition::one_of(key, values));
        self
    }

    /// Only those on which the attribute was recorded, whatever it says.
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
    /// That the attribute was recorded, whatever it says.
    pub fn recorded(key: impl Into<Cow<'static, str>>) -> Self {
        Self { key: key.into(), values: Vec::new(), is_any: true }
    }

    /// That the attribute says one of these.
    pub fn one_of<V: Into<Cow<'static, str>>>(key: impl Into<Cow<'static, str>>, values: impl IntoIterator<Item = V>) -> Self {
        Self { key: key.into(), values: values.into_iter().map(Into::into).collect(), is_any: false }
    }
}
