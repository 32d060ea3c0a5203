//! A measurement as Llama Stack writes it.

use super::time;
use crate::{
    json_text,
    metrics::{MetricEvent, Number},
};

impl MetricEvent {
    /// The measurement as a JSON object, with the keys that Llama Stack's metric events have: `trace_id`, `span_id`, `metric`, `value`,
    /// `timestamp` (seconds since 1970), `unit`, `attributes`. An id that is not known is `null`, and so is a value that is no number to JSON.
    ///
    /// ```
    /// # use llm_span::{CollectMetricEvents, LlmLayer, contract::MetricSet};
    /// # use tracing_subscriber::layer::SubscriberExt as _;
    /// # let events = CollectMetricEvents::default();
    /// # let layer = LlmLayer::builder().metric_sets(MetricSet::llama_stack()).metric_events(events.clone()).build();
    /// # tracing::subscriber::with_default(tracing_subscriber::registry().with(layer), || {
    /// llm_span::call(llm_span::Operation::Chat, "openai", "gpt-4o").in_scope_with(
    ///     || Ok::<_, std::io::Error>("response"),
    ///     |_| llm_span::Usage::new(128, 64),
    /// )
    /// # })?;
    /// // …
    /// # for event in events.take() {
    /// let json = event.to_json();
    /// assert!(json.contains(r#""attributes":{"model_id":"gpt-4o","provider_id":"openai"}"#));
    /// # }
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn to_json(&self) -> String {
        let mut out = String::from("{\"trace_id\":");
        optional(self.trace_id.as_deref(), &mut out);
        out.push_str(",\"span_id\":");
        optional(self.span_id.as_deref(), &mut out);
        out.push_str(",\"metric\":");
        json_text::quote(&self.metric, &mut out);
        out.push_str(",\"value\":");
        out.push_str(&number(self.value));
        out.push_str(",\"timestamp\":");
        out.push_str(&double(time::seconds(self.timestamp)));
        out.push_str(",\"unit\":");
        json_text::quote(&self.unit, &mut out);
        out.push_str(",\"attributes\":{");
        for (index, (name, value)) in self.attributes.iter().enumerate() {
            if index > 0 {
                out.push(',');
            }
            json_text::quote(name, &mut out);
            out.push(':');
            json_text::quote(value, &mut out);
        }
        out.push_str("}}");
        out
    }
}

fn optional(text: Option<&str>, out: &mut String) {
    match text {
        Some(text) => json_text::quote(text, out),
        None => out.push_str("null"),
    }
}

fn number(number: Number) -> String {
    match number {
        Number::Unsigned(_) | Number::Signed(_) => number.to_string(),
        Number::Billionths(_) | Number::Double(_) => double(number.as_f64()),
    }
}

fn double(number: f64) -> String {
    serde_json::to_string(&number).unwrap_or_else(|_| "null".to_owned())
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, UNIX_EPOCH};

    use super::*;

    fn event(value: Number) -> MetricEvent {
        MetricEvent {
            trace_id: Some("a7bf9a60a64045ed393df05d18efc717".into()),
            span_id: None,
            metric: "total_\"tokens\"".into(),
            value,
            unit: "tokens".into(),
            timestamp: UNIX_EPOCH + Duration::from_millis(1_703_123_456_789),
            attributes: [("model_id", "a\nb"), ("provider_id", "tgi")].into_iter().collect(),
        }
    }

    #[test]
    fn a_measurement_is_written_with_the_keys_of_llama_stack() {
        assert_eq!(
            event(Number::Unsigned(150)).to_json(),
            r#"{"trace_id":"a7bf9a60a64045ed393df05d18efc717","span_id":null,"metric":"total_\"tokens\"","value":150,"timestamp":1703123456.789,"unit":"tokens","attributes":{"model_id":"a\nb","provider_id":"tgi"}}"#
        );
    }

    #[test]
    fn any_value_is_json() {
        let values = [Number::Signed(-1), Number::Billionths(2_500_000), Number::Double(1e300), Number::Double(f64::NAN)];
        let read = values.map(|value| {
            let value: serde_json::Value = serde_json::from_str(&event(value).to_json()).expect("JSON");
            value["value"].to_string()
        });
        assert_eq!(read, ["-1", "0.0025", "1e+300", "null"]);
    }
}
