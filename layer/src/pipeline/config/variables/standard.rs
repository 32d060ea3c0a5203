//! OpenTelemetry's variables of the SDK, and `RUST_LOG`.

use super::super::{draft::Draft, environment::Environment, said::Said, values};
use crate::pipeline::settings::Sampler;

pub(super) fn apply(variables: &Environment, draft: &mut Draft<'_>) {
    let problems = draft.problems;
    if variables.said("OTEL_SDK_DISABLED", problems).and_then(|said| said.boolean()) == Some(true) {
        draft.settings.enabled = false;
    }
    if let Some(said) = variables.said("OTEL_RESOURCE_ATTRIBUTES", problems) {
        resource_attributes(&said, draft);
    }
    if let Some(said) = variables.said("OTEL_SERVICE_NAME", problems) {
        said.text.trim().clone_into(&mut draft.settings.service_name);
    }
    sampler(variables, draft);
    let interval = variables.said("OTEL_METRIC_EXPORT_INTERVAL", problems);
    if let Some(interval) = interval.and_then(|said| said.milliseconds(values::INTERVAL)) {
        draft.settings.export_interval = interval;
    }
    if let Some(said) = variables.said("OTEL_BSP_MAX_QUEUE_SIZE", problems) {
        draft.set_capacity(&said);
    }
    if let Some(said) = variables.said("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", problems) {
        draft.set_batch(&said);
    }
    let delay = variables.said("OTEL_BSP_SCHEDULE_DELAY", problems);
    if let Some(delay) = delay.and_then(|said| said.milliseconds(values::DELAY)) {
        draft.settings.queue.delay = delay;
    }
    if let Some(filter) = variables.said("RUST_LOG", problems).and_then(|said| said.read(values::filter)) {
        draft.settings.logs.filter = filter;
    }
}

/// `key=value,…` with percent-encoded values.
fn resource_attributes(said: &Said<'_>, draft: &mut Draft<'_>) {
    for part in said.parts() {
        let pair = part.text.split_once('=').map(|(key, value)| (key.trim(), values::percent_decoded(value.trim())));
        match pair {
            Some((key, Some(value))) if !key.is_empty() => {
                let key = values::percent_decoded(key).unwrap_or_else(|| key.to_owned());
                if key == "service.name" {
                    draft.settings.service_name = value;
                } else {
                    draft.settings.resource_attributes.insert(key, value);
                }
            }
            _ => part.expected("`key=value` between commas, `,` and `=` in a value as `%2C` and `%3D`"),
        }
    }
}

#[derive(Clone, Copy)]
enum Kind {
    On,
    Off,
    Ratio,
}

/// All of them follow a parent, as all of ours do: a part of a trace is of no use.
fn sampler(variables: &Environment, draft: &mut Draft<'_>) {
    let problems = draft.problems;
    let names = [
        ("always_on", Kind::On),
        ("always_off", Kind::Off),
        ("traceidratio", Kind::Ratio),
        ("parentbased_always_on", Kind::On),
        ("parentbased_always_off", Kind::Off),
        ("parentbased_traceidratio", Kind::Ratio),
    ];
    let kind = variables.said("OTEL_TRACES_SAMPLER", problems).and_then(|said| said.one_of(&names));
    let rate = || variables.said("OTEL_TRACES_SAMPLER_ARG", problems).map_or(Some(1.0), |said| said.rate());
    let sampler = match kind {
        None => return,
        Some(Kind::On) => Some(Sampler::Always),
        Some(Kind::Off) => Some(Sampler::Never),
        Some(Kind::Ratio) => rate().map(Sampler::Probability),
    };
    if let Some(sampler) = sampler {
        draft.settings.sampler = sampler;
    }
}
