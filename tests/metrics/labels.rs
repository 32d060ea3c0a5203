//! Where labels come from, and how they are spelt.

use llm_span::{
    LlmLayer,
    contract::{Fact, Label, Measure, Metric, MetricBuilder, MetricSet, Source, Spans},
};
use opentelemetry_sdk::trace::Sampler;
use tracing::{error, field::Empty, info_span, instrument};

use super::support::{Telemetry, expected};

fn requests() -> MetricBuilder {
    Metric::counter("requests").of_spans_named("request").measure(Measure::Closed)
}

#[test]
fn labels_are_renamed_fixed_and_have_defaults() {
    let tier = Source::attribute("tenant.plan").renamed([("ent", "enterprise")]);
    let rule = Metric::counter("requests")
        .of_spans_named("request")
        .measure_as(Measure::Closed, [("side", "server")])
        .label(Label::new("tier").or(tier).default_to("free"))
        .label(Label::new("size").or(Source::attribute("size").only([("s", "small"), ("l", "large")])).default_to("medium"))
        .label(Label::of("tenant", ["tenant.id", "tenant"]));
    let telemetry = Telemetry::of([rule.build().unwrap()]);
    telemetry.run(|| {
        info_span!("request", tenant.plan = "ent", size = "s", tenant.id = "a", tenant = "b");
        info_span!("request", tenant.plan = "pro", size = "xl", tenant = "b");
        info_span!("request");
    });
    let all = expected([
        ("requests_total{side=server,size=small,tenant=a,tier=enterprise}", 1.0),
        ("requests_total{side=server,size=medium,tenant=b,tier=pro}", 1.0),
        ("requests_total{side=server,size=medium,tier=free}", 1.0),
    ]);
    assert_eq!(telemetry.series(), all);
}

#[test]
fn numbers_and_flags_are_labels_too() {
    let telemetry = Telemetry::of([requests().labels(["status", "cached"]).build().unwrap()]);
    telemetry.run(|| {
        info_span!("request", status = 200_u16, cached = true);
        info_span!("request", status = 404_i64, cached = false);
        info_span!("request", status = "404");
        let late = info_span!("request", status = Empty, cached = Empty);
        late.record("status", 200_u64);
        late.record("cached", true);
    });
    let all = expected([
        ("requests_total{cached=true,status=200}", 2.0),
        ("requests_total{cached=false,status=404}", 1.0),
        ("requests_total{status=404}", 1.0),
    ]);
    assert_eq!(telemetry.series(), all);
}

#[instrument(name = "request", skip_all, err)]
fn fails() -> Result<(), &'static str> {
    Err("broken")
}

#[test]
fn a_span_that_is_no_call_has_failed_where_an_error_was_recorded() {
    let telemetry = Telemetry::of([requests().label(Label::new("end").or(Source::of(Fact::Outcome))).build().unwrap()]);
    telemetry.run(|| {
        info_span!("request").in_scope(|| ());
        info_span!("request", error.type = "timeout");
        info_span!("request", otel.status_code = "ERROR");
        info_span!("request", otel.status_code = "OK");
        info_span!("request").in_scope(|| error!("no such file"));
        fails().unwrap_err();
    });
    // How a span may end is known beforehand: those that none came to stand at 0.
    let all = expected([
        ("requests_total{end=ok}", 2.0),
        ("requests_total{end=error}", 4.0),
        ("requests_total{end=cancelled}", 0.0),
        ("requests_total{end=panic}", 0.0),
    ]);
    assert_eq!(telemetry.series(), all);
}

#[test]
fn the_name_of_the_span_and_of_the_service_are_labels() {
    let name = Source::of(Fact::SpanName).only([("store.get", "get"), ("store.put", "put")]);
    let rule = Metric::counter("operations")
        .of(Spans::named(["store.get", "store.put", "store.list"]))
        .measure(Measure::Closed)
        .label(Label::new("operation").or(name).default_to("other"))
        .label(Label::new("service").or(Source::of(Fact::Service)));
    let set = MetricSet::new("test", [rule.build().unwrap()]).unwrap();
    let telemetry = Telemetry::start(Sampler::AlwaysOn, LlmLayer::builder().service_name("shop"), set.into());
    telemetry.run(|| {
        info_span!("store.get");
        info_span!("store.put");
        info_span!("store.list");
        info_span!("store");
    });
    let all = expected([
        ("operations_total{operation=get,service=shop}", 1.0),
        ("operations_total{operation=put,service=shop}", 1.0),
        ("operations_total{operation=other,service=shop}", 1.0),
    ]);
    assert_eq!(telemetry.series(), all);
}

#[test]
fn conditions_narrow_the_spans_that_are_measured() {
    let count = |name: &'static str, spans: Spans| Metric::counter(name).of(spans).measure(Measure::Closed).build().unwrap();
    let telemetry = Telemetry::of([
        count("large", Spans::named(["request"]).only_where("size", ["l", "xl"])),
        count("tenants", Spans::with(["tenant"])),
        count("both", Spans::all().only_with("tenant").only_where("cached", ["true"])),
        count("others", Spans::all().except(["request"])),
        Metric::counter("any").of_spans_named("request").of_spans_with("tenant").measure(Measure::Closed).build().unwrap(),
    ]);
    telemetry.run(|| {
        info_span!("request", size = "l", tenant = Empty);
        info_span!("request", size = "s", tenant = "a", cached = false);
        info_span!("job", size = "xl", tenant = 7, cached = true);
        info_span!("other", cached = true);
    });
    let all = [("large", 1.0), ("tenants", 2.0), ("both", 1.0), ("others", 2.0), ("any", 3.0)];
    let all = all.map(|(name, value)| (format!("{name}_total{{}}"), value));
    assert_eq!(telemetry.series(), all.into_iter().collect());
}

#[test]
fn several_points_of_a_metric_are_measured_each_under_its_own_label() {
    use llm_span::contract::Amount;
    let value = |key: &'static str| Measure::Value(Amount::of(key));
    let rule = Metric::counter("moved")
        .unit("By")
        .of_spans_named("request")
        .measure_as(value("bytes.in"), [("direction", "in")])
        .measure_as(value("bytes.out"), [("direction", "out")])
        .label("peer");
    let telemetry = Telemetry::of([rule.build().unwrap()]);
    telemetry.run(|| {
        info_span!("request", peer = "a", bytes.in = 5, bytes.out = 7);
        info_span!("request", peer = "a", bytes.out = 1);
    });
    let all = expected([("moved_bytes_total{direction=in,peer=a}", 5.0), ("moved_bytes_total{direction=out,peer=a}", 8.0)]);
    assert_eq!(telemetry.series(), all);
}

#[test]
fn what_is_recorded_last_is_what_a_label_says() {
    let telemetry = Telemetry::of([requests().label("peer").build().unwrap()]);
    telemetry.run(|| {
        let span = info_span!("request", peer = "first");
        span.record("peer", "second");
    });
    assert_eq!(telemetry.series(), expected([("requests_total{peer=second}", 1.0)]));
}

#[test]
fn a_field_in_its_debug_form_is_a_label() {
    #[derive(Debug)]
    struct Peer;
    let telemetry = Telemetry::of([requests().label("peer").build().unwrap()]);
    telemetry.run(|| {
        info_span!("request", peer = ?Peer);
        info_span!("request", peer = %"shown");
    });
    assert_eq!(telemetry.series(), expected([("requests_total{peer=Peer}", 1.0), ("requests_total{peer=shown}", 1.0)]));
}
