//! The programs.

use std::{
    fmt,
    io::{self, Write},
    time::{Duration, Instant},
};

use llm_span::{
    Correlation, Operation, Telemetry, Usage, call,
    pipeline::{ConsoleSettings, Guard, LogFormat, LogOutput, Losses, PrometheusSettings, Sampler, Severity},
};
use opentelemetry::{
    Context, KeyValue,
    trace::{Span as _, TraceContextExt as _, Tracer as _, TracerProvider as _},
};
use tracing::{info, info_span};

pub(crate) fn run(name: &str) {
    match name {
        "requests" => requests(telemetry().console()),
        "json" => requests(telemetry().json_spans()),
        "hostile console" => hostile(telemetry().console()),
        "hostile json" => hostile(telemetry().json_spans()),
        "severities" => severities(telemetry().console()),
        "severities text" => severities(silent().set(|settings| settings.logs.format = Some(LogFormat::Text))),
        "severities json" => severities(silent()),
        "severities disabled" => {
            severities(
                telemetry().console().set(|settings| (settings.enabled, settings.logs.format) = (false, Some(LogFormat::Text))),
            );
        }
        "carried" => crate::carried::lines(true),
        "carried disabled" => crate::carried::lines(false),
        "propagation" => crate::carried::propagation(),
        "log crate" => log_crate(),
        "values that emit" => values_that_emit(),
        "native component" => native_component(),
        "never sampled" => never_sampled(),
        "metric dump" => metric_dump(),
        "console flood" => flood(telemetry().console()),
        "json flood" => flood(telemetry().json_spans()),
        "log flood" => log_flood(),
        other => panic!("no program {other}"),
    }
}

fn telemetry() -> Telemetry {
    Telemetry::new().environment([]).service_name("chat")
}

/// Without a sink on standard output, of which one is there by itself where no sink is set.
fn silent() -> Telemetry {
    telemetry().prometheus(PrometheusSettings::default())
}

fn install(telemetry: Telemetry) -> Guard {
    telemetry.install().expect("telemetry")
}

/// Of spans by OpenTelemetry's own interface alone.
fn native_component() {
    let guard = install(telemetry().json_spans());
    let tracer = guard.tracer_provider().expect("a provider").tracer("native");
    let component = KeyValue::new("twinkle.component", "Model");
    let parent = tracer.build_with_context(tracer.span_builder("generate").with_attributes([component]), &Context::new());
    let parent = Context::new().with_span(parent);
    tracer.build_with_context(tracer.span_builder("token"), &parent).end();
    parent.span().end();
    drop(guard);
}

fn chat(usage: Usage) {
    let answer = call(Operation::Chat, "openai", "gpt-4o").in_scope_with(
        || {
            info!(attempt = 1, "response generated");
            Ok::<_, io::Error>("answer")
        },
        |_| usage,
    );
    answer.expect("an answer");
}

/// Two requests, one of them with a failure in it, and a measurement of the program's own.
fn requests(telemetry: Telemetry) {
    let guard = install(telemetry);
    let one = info_span!("request", path = "/chat", attempts = 2_i64);
    let other = info_span!("request", path = "/other");
    one.in_scope(|| {
        other.in_scope(|| info!("side by side"));
        Correlation::new().session("s1").in_scope(|| chat(Usage::new(128, 64)));
        let failed = call(Operation::Chat, "openai", "gpt-4o")
            .in_scope_with(|| Err::<(), _>(io::Error::other("rate limited")), |()| None::<Usage>);
        assert!(failed.is_err());
        guard.events().metric("my_metric", 10, "count").attribute("k", "v").emit();
        guard.events().log(Severity::Critical, "no provider answers");
    });
    drop((one, other));
    assert!(guard.shutdown().is_complete());
}

pub(crate) const HOSTILE: &str =
    "x\n14:03:22.650 1c80319c:02b7 [END] forged [OK]\u{1b}[31m\r{\"name\":\"forged\"}\n\u{2028}\u{0}";

fn hostile(telemetry: Telemetry) {
    let guard = install(telemetry);
    let span = info_span!(
        "request",
        otel.name = HOSTILE,
        value = HOSTILE,
        long = "y".repeat(100_000),
        otel.status_code = "ERROR",
        otel.status_description = HOSTILE
    );
    span.in_scope(|| {
        info!(value = HOSTILE, nan = f64::NAN, "{HOSTILE}");
        guard.events().metric(HOSTILE, 1, HOSTILE).attribute(HOSTILE, HOSTILE).emit();
    });
    drop(span);
    drop(guard.shutdown());
}

fn severities(telemetry: Telemetry) {
    let guard = install(telemetry.set(|settings| settings.logs.filter = "llm_span::events=trace,pipeline_events=info".into()));
    let events = guard.events();
    let all = [Severity::Verbose, Severity::Debug, Severity::Info, Severity::Warn, Severity::Error, Severity::Critical];
    for severity in all {
        events.log(severity, &format!("this is {severity}"));
    }
    tracing::error!(severity = "critical", attempt = 3, "critical by its field");
    tracing::warn!(severity = "critical", "only an error is critical");
    drop(guard.shutdown());
}

/// Under the subscriber of the process events that are emitted while another is written come to all layers.
fn values_that_emit() {
    struct Emits;
    impl fmt::Debug for Emits {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            info!("from within");
            f.write_str("emits")
        }
    }
    let guard = install(telemetry().console());
    info_span!("request").in_scope(|| info!(value = ?Emits, "from outside"));
    drop(guard.shutdown());
}

fn log_crate() {
    let guard = install(telemetry().console().json_spans());
    let span = info_span!("request");
    span.in_scope(|| tracing_log::log::warn!(target: "old::module", "from the log crate"));
    tracing_log::log::debug!("not wanted");
    drop(span);
    drop(guard.shutdown());
}

fn never_sampled() {
    let guard = install(telemetry().console().sampler(Sampler::Never));
    chat(Usage::new(128, 64));
    chat(Usage::new(1, 2));
    drop(guard.shutdown());
}

fn metric_dump() {
    let console = || {
        let mut console = ConsoleSettings::default();
        console.metrics = true;
        console
    };
    let guard = install(telemetry().set(move |settings| settings.console = Some(console())));
    let events = guard.events();
    events.metric("jobs", 2, "jobs").attribute("queue", "a\nb").emit();
    events.metric("jobs", 3, "jobs").attribute("queue", "a\nb").emit();
    chat(Usage::new(128, 64));
    drop(guard.shutdown());
}

/// Much more than a pipe holds, and than the queue has room for.
fn flood(telemetry: Telemetry) {
    let guard = install(telemetry.set(|settings| settings.shutdown_timeout = Duration::from_secs(1)));
    for number in 0..4_000_i64 {
        info_span!("request", number, text = "z".repeat(100)).in_scope(|| info!(number, "a log line"));
    }
    // Not by a macro, whose lines the harness keeps.
    report(guard, &mut io::stderr());
}

/// On standard error, as log lines; the report stands on standard output.
fn log_flood() {
    let guard = install(silent().set(|settings| {
        (settings.logs.format, settings.logs.output) = (Some(LogFormat::Text), LogOutput::Stderr);
    }));
    for number in 0..1_000_i64 {
        info!(number, "a log line");
    }
    report(guard, &mut io::stdout());
}

fn report(guard: Guard, out: &mut dyn Write) {
    let began = Instant::now();
    let report = guard.shutdown();
    assert!(began.elapsed() < Duration::from_secs(20), "the end took {:?}", began.elapsed());
    let sum = |of: fn(&Losses) -> u64| report.losses.iter().map(|(_, losses)| of(losses)).sum::<u64>();
    writeln!(out, "late={} lost={} failed={}", report.late.join(","), sum(Losses::total), sum(|losses| losses.failed))
        .expect("written");
}
