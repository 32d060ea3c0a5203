//! Calls that are expected: their counters stand at 0 before the first of them.

use std::{borrow::Cow, sync::Arc};

use llm_span_contract::{
    Condition, Fact, Label, Measure, Metric, MetricKind, Operation, OperationSet, Outcome, Point, Selector, Source, Spans, keys,
    provider,
};

use super::{Labels, cleaned};

/// A span that is expected, as its attributes tell: the counters that it would add to stand at 0 before the first such span.
///
/// A counter that appears with its first call is missed by what asks how much it has grown: the step from nothing to 1 is none to Prometheus. A
/// counter is announced where all its labels are known: from the attributes, and from defaults. A label that tells how a span ends, or that
/// takes only certain values of an attribute which was not given, is announced with each value it can have (`success` and `error`). A span
/// without `otel.kind` is an internal one: say `.with("otel.kind", "server")` for another. Costs are not announced: what calls of unknown price
/// cost is not 0.
///
/// ```
/// use llm_span::{Announced, Operation};
///
/// let call = Announced::call(Operation::Chat, "openai", "gpt-4o");
/// let stream = Announced::call(Operation::Chat, "openai", "gpt-4o").with("gen_ai.request.stream", "true");
/// let store = Announced::new([("store.backend", "memory")]);
/// # drop((call, stream, store));
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Announced {
    attributes: Vec<(Cow<'static, str>, String)>,
    /// The span's name; `None` where it may be any.
    span: Option<Cow<'static, str>>,
}

/// So many series one announcement makes of a metric: more are not put up.
const MAX_SETS: usize = 64;

impl Announced {
    /// A span of these attributes, under whatever name: also of metrics that are about spans of certain names. Say
    /// [`named`](Self::named) where that is too much.
    pub fn new<K: Into<Cow<'static, str>>, V: Into<String>>(attributes: impl IntoIterator<Item = (K, V)>) -> Self {
        Self { attributes: attributes.into_iter().map(|(key, value)| (key.into(), value.into())).collect(), span: None }
    }

    /// A call to a model, with all that an annotated function records when it begins. The provider is named in either spelling.
    pub fn call(operation: Operation, provider: &str, model: &str) -> Self {
        let (name, system) = (provider::name(provider), provider::system(provider));
        let mut call = Self::default()
            .named(operation.span_name())
            .with(keys::GEN_AI_OPERATION_NAME, operation.name())
            .with(keys::GEN_AI_PROVIDER_NAME, name)
            .with(keys::GEN_AI_REQUEST_MODEL, model)
            .with(keys::OTEL_KIND, operation.span_kind().name());
        if operation.counts_tokens() {
            call = call.with(keys::LLM_PROVIDER, name).with(keys::GEN_AI_SYSTEM, system).with(keys::LLM_MODEL, model);
        }
        if !OperationSet::GENERATION.contains(operation) {
            // As the exported span is named.
            call = call.with(keys::OTEL_NAME, format!("{operation} {model}"));
        }
        match operation.request_type() {
            Some(request_type) => call.with(keys::LLM_REQUEST_TYPE, request_type),
            None => call,
        }
    }

    /// With one more attribute. One of the same key is replaced.
    #[must_use]
    pub fn with(mut self, key: impl Into<Cow<'static, str>>, value: impl Into<String>) -> Self {
        let key = key.into();
        self.attributes.retain(|(other, _)| *other != key);
        self.attributes.push((key, value.into()));
        self
    }

    /// Only spans of this name, as it stands in the program.
    #[must_use]
    pub fn named(mut self, span: impl Into<Cow<'static, str>>) -> Self {
        self.span = Some(span.into());
        self
    }

    /// The label sets at which a point of a metric stands at 0 before its first span. None where a label is not known, where the metric
    /// does not measure such spans, or is no sum.
    ///
    /// With nothing announced: those at which it stands at 0 whatever the spans are.
    pub(crate) fn labels(&self, metric: &Metric, point: &Point, service: &str) -> Vec<Labels> {
        let is_sum = matches!(metric.kind, MetricKind::Counter | MetricKind::DecimalCounter | MetricKind::UpDownCounter);
        if !is_sum || matches!(point.measure, Measure::Cost(_) | Measure::Callback) || !self.is_of(metric) {
            return Vec::new();
        }
        let mut sets: Vec<Vec<(Cow<'static, str>, Arc<str>)>> = vec![Vec::new()];
        for label in &metric.labels {
            let values = self.values(label, metric, service);
            let with = |set: &Vec<_>, value: &Option<Arc<str>>| {
                let label = value.clone().map(|value| (label.name.clone(), value));
                set.iter().cloned().chain(label).collect()
            };
            sets = sets.iter().flat_map(|set| values.iter().map(move |value| with(set, value))).take(MAX_SETS).collect();
        }
        let fixed = || point.fixed.iter().map(|(name, value)| (name.clone(), Arc::from(value.as_ref())));
        sets.into_iter().map(|set| set.into_iter().chain(fixed()).collect()).collect()
    }

    /// The values that a label may have, as far as is known now; `None` stands for the label left out. Empty where it may have any.
    fn values(&self, label: &Label, metric: &Metric, service: &str) -> Vec<Option<Arc<str>>> {
        let mut values = Vec::new();
        for source in &label.from {
            let (spelt, is_certain) = match self.known(source, metric, service) {
                Some(known) => {
                    let spelt: Vec<_> = known.iter().filter_map(|value| source.spell(value)).collect();
                    let is_certain = spelt.len() == known.len();
                    (spelt, is_certain)
                }
                // One of these, or nothing; what is optional is expected to be left out.
                None if source.only_renamed && !label.is_optional && !is_settled_at_creation(source) => (renamed(source), false),
                None => continue,
            };
            for value in spelt {
                // As a label has it, so that it is the series that counts.
                let value = Some(Arc::from(cleaned(value)));
                if !values.contains(&value) {
                    values.push(value);
                }
            }
            if is_certain {
                return values;
            }
        }
        match &label.default {
            Some(default) if values.iter().flatten().any(|value| **value == **default) => {}
            Some(default) => values.push(Some(Arc::from(default.as_ref()))),
            None if label.is_optional => values.push(None),
            None => {}
        }
        values
    }

    /// The values that a source may tell; `None` where that is not known.
    fn known<'v>(&'v self, source: &Source, metric: &'v Metric, service: &'v str) -> Option<Vec<&'v str>> {
        match &source.fact {
            Fact::Attribute(key) => self.get(key).map(|value| vec![value]),
            Fact::SpanName => self.names(metric),
            Fact::Outcome => Some(Outcome::ALL.map(Outcome::name).to_vec()),
            Fact::Service => Some(vec![service]).filter(|_| !service.is_empty()),
            _ => None,
        }
    }

    /// The names that a span of the metric may have; `None` where it may have any.
    fn names<'v>(&'v self, metric: &'v Metric) -> Option<Vec<&'v str>> {
        if let Some(name) = &self.span {
            return Some(vec![name]);
        }
        let name = |selector: &'v Selector| match selector {
            Selector::Name(name) => Some(name.as_ref()),
            _ => None,
        };
        let is_named = metric.spans.iter().all(|spans| !spans.selectors.is_empty());
        let names: Option<Vec<_>> = metric.spans.iter().flat_map(|spans| &spans.selectors).map(name).collect();
        names.filter(|names| is_named && !names.is_empty())
    }

    /// Whether the metric measures such spans.
    fn is_of(&self, metric: &Metric) -> bool {
        let is_nothing = self.attributes.is_empty() && self.span.is_none();
        is_nothing || metric.spans.iter().any(|spans| self.is_among(spans))
    }

    fn is_among(&self, spans: &Spans) -> bool {
        let is_selected = |selector: &Selector| match selector {
            Selector::Name(name) => self.span.as_ref().is_none_or(|span| span == name),
            Selector::Attribute(key) => self.get(key).is_some(),
            _ => false,
        };
        (spans.selectors.is_empty() || spans.selectors.iter().any(is_selected))
            && self.span.as_ref().is_none_or(|span| !spans.except.contains(span))
            && spans.operations.is_none_or(|operations| self.is_of_operation(operations))
            && spans.conditions.iter().all(|condition| self.meets(condition))
    }

    fn is_of_operation(&self, operations: OperationSet) -> bool {
        let named = self.get(keys::GEN_AI_OPERATION_NAME);
        let requested = self.get(keys::LLM_REQUEST_TYPE).and_then(Operation::from_request_type);
        match named.and_then(Operation::from_name).or(requested) {
            None if named.is_some_and(Operation::is_other) => operations.applies_to_others(),
            operation => operations.applies_to(operation),
        }
    }

    /// How it will end is not known: any outcome may come.
    fn meets(&self, condition: &Condition) -> bool {
        let is_meant = |value: &str| condition.values.is_empty() || condition.values.iter().any(|one| one == value);
        match self.get(&condition.key) {
            Some(value) => is_meant(value),
            None => condition.key == keys::LLM_OUTCOME && Outcome::ALL.into_iter().any(|outcome| is_meant(outcome.name())),
        }
    }

    fn get(&self, key: &str) -> Option<&str> {
        self.attributes.iter().find(|(of, _)| of == key).map(|(_, value)| value.as_str())
    }
}

/// The kind is never told late: a span that is announced without one has none.
fn is_settled_at_creation(source: &Source) -> bool {
    matches!(&source.fact, Fact::Attribute(key) if key == keys::OTEL_KIND)
}

/// What a source that takes only what it renames may read.
fn renamed(source: &Source) -> Vec<&str> {
    source.renames.iter().map(|(_, to)| to.as_ref()).collect()
}

#[cfg(test)]
mod tests;
