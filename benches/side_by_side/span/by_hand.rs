//! The same facts as `LlmLayer` derives from the span, told in the ways that programs have without it.

use std::{
    borrow::Cow,
    hint::black_box,
    time::{Duration, Instant},
};

use fastrace::{
    collector::{Config, Reporter, SpanContext, SpanRecord},
    local::LocalSpan,
};
use llm_span_benches::Timed;
use opentelemetry::{
    KeyValue,
    metrics::{BoundCounter, Counter, Meter},
};

use crate::counted::measured::Answer;

/// The counters of the AMTP contract.
pub(super) struct Counters {
    prompt: Counter<u64>,
    completion: Counter<u64>,
    total: Counter<u64>,
}

impl Counters {
    pub(super) fn new(meter: &Meter) -> Self {
        let counter = |name: &'static str| meter.u64_counter(name).build();
        Self {
            prompt: counter("by_hand.prompt_tokens"),
            completion: counter("by_hand.completion_tokens"),
            total: counter("by_hand.total_tokens"),
        }
    }

    fn labels(model: &str) -> [KeyValue; 3] {
        [
            KeyValue::new("llm.model", model.to_owned()),
            KeyValue::new("llm.provider", "openai"),
            KeyValue::new("gen_ai.system", "openai"),
        ]
    }

    /// Adds under attributes that are made for it, once for all three.
    #[inline(never)]
    pub(super) fn add(&self, model: &str, prompt: u64, completion: u64) {
        let labels = Self::labels(model);
        self.prompt.add(prompt, &labels);
        self.completion.add(completion, &labels);
        self.total.add(prompt + completion, &labels);
    }
}

/// The same, bound to the labels of one model.
pub(super) struct BoundCounters {
    prompt: BoundCounter<u64>,
    completion: BoundCounter<u64>,
    total: BoundCounter<u64>,
}

impl BoundCounters {
    pub(super) fn new(counters: &Counters, model: &str) -> Self {
        let labels = Counters::labels(model);
        Self {
            prompt: counters.prompt.bind(&labels),
            completion: counters.completion.bind(&labels),
            total: counters.total.bind(&labels),
        }
    }

    #[inline(never)]
    pub(super) fn add(&self, prompt: u64, completion: u64) {
        self.prompt.add(prompt);
        self.completion.add(completion);
        self.total.add(prompt + completion);
    }
}

/// As `MetricsLayer` wants it: an event for each set of labels, outside of the span, so that the span's export is not made longer by them.
#[inline(never)]
pub(super) fn emit_events(model: &str, answer: &Answer, took: Duration) {
    let (prompt, completion) = (black_box(128_u64), black_box(64_u64));
    tracing::info!(
        monotonic_counter.llm.prompt_tokens = prompt,
        monotonic_counter.llm.completion_tokens = completion,
        monotonic_counter.llm.total_tokens = prompt + completion,
        llm.model = model,
        llm.provider = "openai",
        gen_ai.system = "openai",
    );
    for (kind, tokens) in [("input", prompt), ("output", completion)] {
        tracing::info!(
            histogram.gen_ai.client.token.usage = tokens,
            gen_ai.token.type = kind,
            gen_ai.operation.name = "chat",
            gen_ai.provider.name = "openai",
            gen_ai.request.model = model,
            gen_ai.response.model = answer.model,
        );
    }
    tracing::info!(
        histogram.gen_ai.client.operation.duration = took.as_secs_f64(),
        gen_ai.operation.name = "chat",
        gen_ai.provider.name = "openai",
        gen_ai.request.model = model,
        gen_ai.response.model = answer.model,
    );
}

/// Takes fastrace's finished spans and drops them.
struct Drain;

impl Reporter for Drain {
    fn report(&mut self, spans: Vec<SpanRecord>) {
        drop(spans);
    }
}

pub(super) fn start_fastrace() {
    fastrace::set_reporter(Drain, Config::default());
}

/// Spans that fastrace keeps for one root: it drops what is beyond some ten thousand.
const SPANS_OF_A_ROOT: u64 = 100;

/// fastrace's span of the call, with what the annotated function records. What its root costs is part of it: one of a hundred spans.
pub(super) fn traced(timed: &mut Timed, answer: &Answer) {
    let (mut left, start) = (timed.iterations(), Instant::now());
    while left > 0 {
        let root = fastrace::Span::root("bench", SpanContext::random());
        let _parent = root.set_local_parent();
        let spans = left.min(SPANS_OF_A_ROOT);
        for _ in 0..spans {
            black_box(span(black_box("gpt-4o"), answer));
        }
        left -= spans;
    }
    timed.took(start.elapsed());
    // Its thread builds what is reported; not while others are measured.
    fastrace::flush();
}

#[inline(never)]
fn span<'a>(model: &str, answer: &'a Answer) -> &'a Answer {
    let model = || Cow::Owned(model.to_owned());
    let span = LocalSpan::enter_with_local_parent("llm.completion").with_properties(|| {
        [
            ("llm.provider", Cow::Borrowed("openai")),
            ("llm.model", model()),
            ("llm.request_type", "chat".into()),
            ("gen_ai.system", "openai".into()),
            ("gen_ai.request.model", model()),
            ("gen_ai.operation.name", "chat".into()),
            ("gen_ai.provider.name", "openai".into()),
            ("span.kind", "client".into()),
        ]
    });
    let answer = black_box(answer);
    let (prompt, completion) = (black_box(128_u64), black_box(64_u64));
    let _span = span.with_properties(|| {
        [
            ("llm.tokens.prompt", Cow::Owned(prompt.to_string())),
            ("llm.tokens.completion", completion.to_string().into()),
            ("llm.tokens.total", (prompt + completion).to_string().into()),
            ("gen_ai.usage.input_tokens", prompt.to_string().into()),
            ("gen_ai.usage.output_tokens", completion.to_string().into()),
            ("gen_ai.response.model", answer.model.clone().into()),
            ("gen_ai.response.id", answer.id.clone().into()),
            ("gen_ai.response.finish_reasons", r#"["stop"]"#.into()),
            ("llm.outcome", "ok".into()),
        ]
    });
    answer
}
