//! How metrics and labels read in Prometheus, by each way that leads there.
//!
//! Names differ by the way, since each one has its own rules for units and for `total`: a dashboard that was written for one shows nothing
//! by another. So the rules are stated here, once, and everything that speaks of a Prometheus name asks them.

mod endpoint;
mod translated;
mod units;

use std::{borrow::Cow, fmt};

use crate::Metric;

/// A way by which metrics come into Prometheus.
///
/// ```
/// use llm_span_contract::{Contract, Naming};
///
/// let amtp = Contract::amtp();
/// let total = amtp.metrics().iter().find(|metric| metric.name == "total_tokens").unwrap();
///
/// assert_eq!(Naming::Endpoint.metric_name(total), "llm_total_tokens_total");
/// assert_eq!(Naming::collector("llm").metric_name(total), "llm_tokens_total");
/// assert_eq!(Naming::Otlp.metric_name(total), "tokens_total");
///
/// assert_eq!(Naming::Endpoint.label_name("llm.model"), "llm_model");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Naming {
    /// The endpoint that the program itself serves.
    ///
    /// A name is the metric's namespace, `_`, and its name, in which every character that Prometheus does not allow is `_`. The word for
    /// the unit is appended where the unit is a known one (`s`, `ms`, `By`, `%`, …; `1`, which reads `ratio`, of gauges only) and the
    /// name does not say it already. A counter ends in `_total`, once. A unit in braces or an unknown one is never appended.
    Endpoint,
    /// The OpenTelemetry Collector's Prometheus exporter, as it is configured by default, with the namespace it was given.
    ///
    /// A unit that has no word is appended as it stands, unless it is written in braces. Of a counter's name every part `total` is
    /// removed and one is appended. Where the program's own endpoint says another name, no setting of the metric can make them agree.
    Collector {
        /// The namespace in the exporter's configuration; empty for none.
        namespace: Cow<'static, str>,
    },
    /// OTLP, received by Prometheus itself, with its default strategy `UnderscoreEscapingWithSuffixes`. The rules of names are those of the
    /// Collector, without a namespace.
    Otlp,
}

impl Naming {
    /// The Collector's Prometheus exporter with a namespace; an empty one is none.
    pub fn collector(namespace: impl Into<Cow<'static, str>>) -> Self {
        Self::Collector { namespace: namespace.into() }
    }

    /// The metric's name in Prometheus. Of a histogram it is the name without `_bucket`, `_sum`, `_count`.
    ///
    /// It is always a valid one. A name of which nothing is left comes out as `_`; the translations of OpenTelemetry drop such a metric.
    pub fn metric_name(&self, metric: &Metric) -> String {
        let name = match self {
            Self::Endpoint => endpoint::name(metric),
            Self::Collector { namespace } => translated::name(metric, &self.namespace(namespace)),
            Self::Otlp => translated::name(metric, ""),
        };
        begun(name, "_")
    }

    /// The word for the metric's unit in its name, `seconds`. None where the unit does not show.
    pub fn unit_name(&self, metric: &Metric) -> Option<String> {
        let word = match self {
            Self::Endpoint => endpoint::unit(metric),
            Self::Collector { .. } | Self::Otlp => translated::unit(metric),
        };
        word.filter(|word| !word.is_empty())
    }

    /// The label's name in Prometheus, for the name of an attribute. It is always a valid one.
    ///
    /// ```
    /// use llm_span_contract::Naming;
    ///
    /// assert_eq!(Naming::Endpoint.label_name("gen_ai.request.model"), "gen_ai_request_model");
    /// assert_eq!(Naming::Endpoint.label_name("2nd.try"), "_2nd_try");
    /// assert_eq!(Naming::Otlp.label_name("2nd.try"), "key_2nd_try");
    /// ```
    pub fn label_name<'n>(&self, name: &'n str) -> Cow<'n, str> {
        match self {
            Self::Endpoint => endpoint::label(name),
            Self::Collector { .. } => translated::label(name, translated::Underscores::Joined),
            Self::Otlp => translated::label(name, translated::Underscores::Kept),
        }
    }

    /// A namespace follows the rules of labels.
    fn namespace<'n>(&self, namespace: &'n str) -> Cow<'n, str> {
        if namespace.is_empty() { Cow::Borrowed("") } else { self.label_name(namespace) }
    }
}

/// As a heading or a cell of a table has it.
impl fmt::Display for Naming {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Endpoint => f.write_str("`/metrics`"),
            Self::Collector { namespace } if namespace.is_empty() => f.write_str("Collector"),
            Self::Collector { namespace } => write!(f, "Collector, namespace `{namespace}`"),
            Self::Otlp => f.write_str("OTLP"),
        }
    }
}

/// A name must not begin with a digit, and must not be empty.
fn begun(name: String, before_digit: &str) -> String {
    match name.as_bytes().first() {
        None => "_".to_owned(),
        Some(first) if first.is_ascii_digit() => format!("{before_digit}{name}"),
        Some(_) => name,
    }
}

/// Puts `_` for each character that is not allowed.
fn escaped(name: &str, is_allowed: fn(char) -> bool) -> Cow<'_, str> {
    if name.chars().all(is_allowed) {
        return Cow::Borrowed(name);
    }
    Cow::Owned(name.chars().map(|of| if is_allowed(of) { of } else { '_' }).collect())
}

/// What a metric's name is made of.
fn is_name_character(of: char) -> bool {
    is_label_character(of) || of == ':'
}

/// What a label's name is made of.
fn is_label_character(of: char) -> bool {
    of.is_ascii_alphanumeric() || of == '_'
}
