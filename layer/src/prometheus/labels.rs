//! The labels of a series, as Prometheus has them.

use std::collections::BTreeMap;

use llm_span_contract::Naming;

use super::spelling;
use crate::metrics::Labels;

/// Labels in the order of their names; each name once, none without a value.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct LabelSet(Vec<(String, String)>);

/// The label that says which bucket of a histogram it is.
pub(super) const BOUND: &str = "le";

impl LabelSet {
    /// Names are those of the endpoint. Where two come out alike, their values are joined by `;`, in the order of what they were, as
    /// OpenTelemetry has it. A label without a value is none in Prometheus.
    pub(super) fn of(labels: &Labels) -> Self {
        let mut sorted: Vec<_> = labels.iter().filter(|(_, value)| !value.is_empty()).collect();
        sorted.sort_unstable();
        let mut named = BTreeMap::<String, String>::new();
        for (name, value) in sorted {
            let name = Naming::Endpoint.label_name(name).into_owned();
            named.entry(name).and_modify(|joined| *joined = format!("{joined};{value}")).or_insert_with(|| value.to_owned());
        }
        Self(named.into_iter().collect())
    }

    /// Those of a histogram, whose buckets have a label `le`: another is called `exported_le`, as Prometheus calls what stands in its way.
    pub(super) fn of_histogram(labels: &Labels) -> Self {
        let mut set = Self::of(labels);
        if let Some(own) = set.0.iter_mut().find(|(name, _)| name == BOUND) {
            own.0 = format!("exported_{BOUND}");
            set.0.sort_unstable();
        }
        set
    }

    /// Writes them in braces, with one more where there is one; nothing where there are none.
    pub(super) fn write(&self, bound: Option<&str>, out: &mut String) {
        let bound = bound.map(|bound| (BOUND, bound));
        let own = self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        let mut opened = false;
        for (name, value) in own.chain(bound) {
            out.push(if opened { ',' } else { '{' });
            opened = true;
            out.push_str(name);
            out.push_str("=\"");
            spelling::label_value(value, out);
            out.push('"');
        }
        if opened {
            out.push('}');
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(labels: &[(&'static str, &str)], set: fn(&Labels) -> LabelSet) -> String {
        let mut out = String::new();
        set(&labels.iter().map(|(name, value)| (*name, *value)).collect()).write(None, &mut out);
        out
    }

    #[test]
    fn labels_are_renamed_sorted_and_joined_where_they_come_out_alike() {
        assert_eq!(written(&[], LabelSet::of), "");
        assert_eq!(written(&[("z", "1"), ("llm.model", "m")], LabelSet::of), r#"{llm_model="m",z="1"}"#);
        assert_eq!(written(&[("a_b", "2"), ("a.b", "1")], LabelSet::of), r#"{a_b="1;2"}"#);
        assert_eq!(written(&[("a_b", ""), ("a.b", "1"), ("c", "")], LabelSet::of), r#"{a_b="1"}"#);
        assert_eq!(written(&[("quoted", "a\\b\"c\nd")], LabelSet::of), r#"{quoted="a\\b\"c\nd"}"#);
    }

    #[test]
    fn a_label_that_is_named_like_that_of_a_bucket_makes_way() {
        assert_eq!(written(&[("z", "1"), ("le", "x")], LabelSet::of_histogram), r#"{exported_le="x",z="1"}"#);
        assert_eq!(written(&[("le", "x")], LabelSet::of), r#"{le="x"}"#);
    }
}
