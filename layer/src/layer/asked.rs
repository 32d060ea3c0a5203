//! What metrics ask for of a span.

use std::borrow::Cow;

use llm_span_contract::{AttributeType, Fact, Measure, Metric, keys, known_attribute};

/// The attributes whose texts a metric asks for.
pub(super) fn texts(metric: &Metric) -> impl Iterator<Item = &Cow<'static, str>> {
    let labels = metric.labels.iter().flat_map(|label| &label.from).filter_map(|source| match &source.fact {
        Fact::Attribute(key) => Some(key),
        _ => None,
    });
    labels.chain(metric.spans.iter().flat_map(|spans| &spans.conditions).map(|condition| &condition.key))
}

/// The attributes whose numbers a metric asks for; those of the second kind are kept in billionths.
pub(super) fn numbers(metric: &Metric) -> (Vec<&str>, Vec<&str>) {
    let (mut whole, mut fractions) = (Vec::new(), Vec::new());
    for point in &metric.points {
        match &point.measure {
            Measure::Tokens(amount) => whole.extend(amount.keys()),
            Measure::Cost(amount) => fractions.extend(amount.keys()),
            Measure::Value(amount) => {
                let is_double = |key: &&str| known_attribute(key).is_some_and(|known| known.ty == AttributeType::Double);
                // Billionths have no sign, and are read as they were told where they are long enough: of seconds.
                fractions.extend(amount.keys().filter(|key| *key == keys::GEN_AI_RESPONSE_TIME_TO_FIRST_CHUNK));
                whole.extend(amount.keys().filter(|key| !is_double(key)));
            }
            _ => {}
        }
    }
    (whole, fractions)
}
