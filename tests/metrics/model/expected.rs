//! What the metrics must say of what was done, worked out from the documents of the sets.

use llm_span::{Operation, contract::OperationSet};

use super::{
    SERVICE,
    op::{Call, End, Op, Stream, Task, Way},
};
use crate::series::{Series, series};

/// The sums so far.
#[derive(Default)]
pub(super) struct Expected(Series);

/// A call, as far as metrics tell it.
struct Told<'a> {
    operation: Operation,
    provider: &'a str,
    model: &'a str,
    /// Those that are counted.
    tokens: Option<(i64, i64)>,
    end: End,
    /// Where it was a stream.
    chunks: Option<u8>,
    /// What carries the attributes of the conventions alone.
    is_foreign: bool,
}

type Labels<'a> = Vec<(&'a str, &'a str)>;

impl Expected {
    pub(super) fn series(&self) -> &Series {
        &self.0
    }

    pub(super) fn add(&mut self, op: &Op) {
        match op {
            Op::Call(call) | Op::Future { call, .. } => self.call(&told(call)),
            Op::Retry(call, tries) => {
                // What the outer one tells, the last one inside has told.
                self.call(&Told { tokens: None, ..told(call) });
                (1..*tries).for_each(|_| self.call(&Told { tokens: None, end: End::Error, ..told(call) }));
                self.call(&Told { tokens: call.tokens, end: End::Ok, ..told(call) });
            }
            Op::Foreign(call) => {
                let end = if call.end == End::Ok { End::Ok } else { End::Error };
                self.call(&Told { end, is_foreign: true, ..told(call) });
            }
            Op::Stream(stream) => self.stream(stream),
            Op::Request { method, route, status, bytes } => self.request(method, *route, *status, *bytes),
            Op::Task(task) => self.task(task),
            Op::Store { operation, backend, fails } => self.store(operation, backend, *fails),
            Op::Other => self.span("other", "INTERNAL", false, &[]),
            Op::Take => {}
        }
    }

    fn put(&mut self, name: &str, labels: impl IntoIterator<Item = (impl AsRef<str>, impl AsRef<str>)>, value: f64) {
        if value != 0.0 {
            *self.0.entry(series(name, labels)).or_default() += value;
        }
    }

    fn one(&mut self, name: &str, labels: &[(&str, &str)]) {
        self.put(name, labels.iter().copied(), 1.0);
    }

    fn stream(&mut self, stream: &Stream) {
        let tokens = (stream.chunks > 0).then_some((stream.prompt, stream.chunks.into()));
        let Stream { provider, model, end, chunks, .. } = *stream;
        let operation = Operation::Chat;
        self.call(&Told { operation, provider, model, tokens, end, chunks: Some(chunks), is_foreign: false });
    }

    fn call(&mut self, call: &Told<'_>) {
        self.tokens(call);
        self.conventions(call);
        if OperationSet::GENERATION.contains(call.operation) {
            self.gateway(call);
        }
        let failed = matches!(call.end, End::Error | End::Panic);
        let labels = [("gen_ai_system", call.provider), ("llm_model", call.model), ("llm_provider", call.provider)];
        let (name, kind) = match call.operation {
            _ if call.is_foreign => ("ask".to_owned(), "INTERNAL"),
            Operation::Embeddings => (format!("embeddings {}", call.model), "CLIENT"),
            _ => ("llm.completion".to_owned(), "CLIENT"),
        };
        self.span(&name, kind, failed, &labels);
    }

    /// AMTP's counters and Llama Stack's.
    fn tokens(&mut self, call: &Told<'_>) {
        let Some((prompt, completion)) = call.tokens else { return };
        let amtp = [("llm_model", call.model), ("llm_provider", call.provider), ("gen_ai_system", call.provider)];
        let llama = [("model_id", call.model), ("provider_id", call.provider)];
        for (amtp_name, llama_name, count) in [
            ("llm_prompt_tokens_total", "llama_stack_prompt_tokens_total", prompt),
            ("llm_completion_tokens_total", "llama_stack_completion_tokens_total", completion),
            ("llm_total_tokens_total", "llama_stack_tokens_total", prompt + completion),
        ] {
            if !call.is_foreign {
                self.put(amtp_name, amtp, count as f64);
            }
            self.put(llama_name, llama, count as f64);
        }
    }

    fn conventions(&mut self, call: &Told<'_>) {
        let group: Labels<'_> = vec![
            ("gen_ai_operation_name", call.operation.name()),
            ("gen_ai_provider_name", call.provider),
            ("gen_ai_request_model", call.model),
        ];
        let with = |label| group.iter().copied().chain([label]);
        for (kind, count) in counts(call) {
            // The conventions know no output of embeddings: a call does not tell it in their words.
            if kind == "output" && call.operation == Operation::Embeddings && !call.is_foreign {
                continue;
            }
            self.put("gen_ai_client_token_usage_count", with(("gen_ai_token_type", kind)), 1.0);
            self.put("gen_ai_client_token_usage_sum", with(("gen_ai_token_type", kind)), count as f64);
        }
        let duration = "gen_ai_client_operation_duration_seconds_count";
        match call.end {
            End::Error => self.put(duration, with(("error_type", "Broken")), 1.0),
            End::Panic => self.put(duration, with(("error_type", "panic")), 1.0),
            End::Ok | End::Cancelled => self.put(duration, group.clone(), 1.0),
        }
        if let Some(chunks) = call.chunks.map(f64::from) {
            let first = "gen_ai_client_operation_time_to_first_chunk_seconds_count";
            self.put(first, group.clone(), chunks.min(1.0));
            self.put("gen_ai_client_operation_time_per_output_chunk_seconds_count", group, (chunks - 1.0).max(0.0));
        }
    }

    fn gateway(&mut self, call: &Told<'_>) {
        let provider = [("provider", call.provider), ("model", call.model)];
        let with =
            |labels: &[(&'static str, &'static str)]| provider.into_iter().chain(labels.iter().copied()).collect::<Vec<_>>();
        let operation = ("operation", if call.chunks.is_some() { "generate_stream" } else { "generate" });
        let status = ("status", if call.end == End::Ok { "success" } else { "error" });
        self.put("provider_requests_total", with(&[operation, status]), 1.0);
        self.put("provider_request_duration_seconds_count", with(&[operation]), 1.0);
        for (kind, count) in counts(call) {
            self.put("provider_tokens_total", with(&[("type", kind)]), count as f64);
        }
        if let Some(chunks) = call.chunks.map(f64::from) {
            self.put("provider_stream_ttfb_seconds_count", provider, chunks.min(1.0));
            self.put("provider_stream_chunks_total", provider, chunks);
            self.put("provider_stream_duration_seconds_count", provider, 1.0);
        }
    }

    /// What Tempo would derive, had every span been sampled.
    fn span(&mut self, name: &str, kind: &str, failed: bool, labels: &[(&str, &str)]) {
        let kind = format!("SPAN_KIND_{kind}");
        let status = if failed { "STATUS_CODE_ERROR" } else { "STATUS_CODE_UNSET" };
        let common = [("service", SERVICE), ("span_name", name), ("span_kind", &kind), ("status_code", status)];
        for metric in ["traces_spanmetrics_calls_total", "traces_spanmetrics_duration_seconds_count"] {
            self.put(metric, common.into_iter().chain(labels.iter().copied()), 1.0);
        }
    }

    fn request(&mut self, method: &str, route: Option<&str>, status: Option<u16>, bytes: Option<u32>) {
        let status = status.map(|status| status.to_string());
        self.conventions_of_http(method, route, status.as_deref(), bytes);
        let status = status.as_deref().map(|status| ("status", status));
        let method = ("method", method);
        let path = [method, ("path", route.unwrap_or("unmatched"))];
        let all: Labels<'_> = path.into_iter().chain(status).collect();
        self.one("http_requests_total", &all);
        self.one("http_request_duration_seconds_count", &all);
        if let Some(bytes) = bytes {
            self.one("http_request_size_bytes_count", &path);
            self.put("http_request_size_bytes_sum", path, bytes.into());
        }
        self.put("twinkle_http_requests_total", [method].into_iter().chain(status), 1.0);
        self.one("twinkle_http_request_duration_seconds_count", &[method]);
        self.span("request", "SERVER", false, &[]);
    }

    /// How many are under way is 0 again at the end.
    fn conventions_of_http(&mut self, method: &str, route: Option<&str>, status: Option<&str>, bytes: Option<u32>) {
        let recorded = [("http_route", route), ("http_response_status_code", status)];
        let recorded = recorded.into_iter().filter_map(|(label, value)| Some((label, value?)));
        let labels: Labels<'_> = [("http_request_method", method), ("url_scheme", "http")].into_iter().chain(recorded).collect();
        self.one("http_server_request_duration_seconds_count", &labels);
        if let Some(bytes) = bytes {
            self.one("http_server_request_body_size_bytes_count", &labels);
            self.put("http_server_request_body_size_bytes_sum", labels, bytes.into());
        }
    }

    fn task(&mut self, task: &Task) {
        let kind = [("deployment", task.deployment), ("task_type", task.kind)];
        let status = if task.way == Way::Dropped { "completed" } else { task.status };
        self.one("twinkle_task_wait_seconds_count", &kind);
        if task.way != Way::Dropped {
            self.one("twinkle_task_execution_seconds_count", &kind);
        }
        self.put("twinkle_tasks_total", kind.into_iter().chain([("status", status)]), 1.0);
        self.span("twinkle.task", "INTERNAL", false, &[]);
    }

    fn store(&mut self, operation: &str, backend: &str, fails: bool) {
        let labels = [("operation", operation), ("backend", backend)];
        let status = ("status", if fails { "error" } else { "success" });
        self.put("conversation_operations_total", labels.into_iter().chain([status]), 1.0);
        self.one("conversation_operation_duration_seconds_count", &labels);
        self.span(&format!("conversation.{operation}"), "INTERNAL", fails, &[]);
    }
}

/// The tokens of a call, by their type.
fn counts(call: &Told<'_>) -> impl Iterator<Item = (&'static str, i64)> {
    call.tokens.into_iter().flat_map(|(prompt, completion)| [("input", prompt), ("output", completion)])
}

/// A call that failed tells no tokens.
fn told(call: &Call) -> Told<'_> {
    let Call { operation, provider, model, tokens, end } = *call;
    Told { operation, provider, model, tokens: tokens.filter(|_| end == End::Ok), end, chunks: None, is_foreign: false }
}
