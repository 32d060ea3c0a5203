use llm_span_contract::{Amount, MetricError, MetricSet, MetricSets};

use super::*;

fn shown(announced: &Announced, metric: &Metric) -> Vec<String> {
    let points = metric.points.iter();
    points.flat_map(|point| announced.labels(metric, point, "shop")).map(|labels| line(&metric.name, &labels)).collect()
}

fn line(name: &str, labels: &Labels) -> String {
    let labels: Vec<_> = labels.iter().map(|(name, value)| format!("{name}={value}")).collect();
    format!("{name}{{{}}}", labels.join(","))
}

fn of_set(announced: &Announced, set: MetricSet) -> Vec<String> {
    MetricSets::from(set).metrics().iter().flat_map(|metric| shown(announced, metric)).collect()
}

fn chat() -> Announced {
    Announced::call(Operation::Chat, "gemini", "gemini-2.5-pro")
}

fn status() -> Label {
    let outcomes = [("ok", "success"), ("error", "error"), ("panic", "error"), ("cancelled", "error")];
    Label::new("status").or(Source::of(Fact::Outcome).only(outcomes))
}

fn operation() -> Label {
    Label::new("operation").or(Source::of(Fact::SpanName).only([("store.get", "get"), ("store.put", "put")]))
}

fn store() -> Result<Metric, MetricError> {
    let spans = Spans::named(["store.get", "store.put"]);
    let counter = Metric::counter("store.operations").of(spans).measure(Measure::Closed);
    counter.label(operation()).label("backend").label(status()).build()
}

#[test]
fn an_announced_call_fills_both_spellings_of_the_provider() {
    let labels = "llm.model=gemini-2.5-pro,llm.provider=gcp.gemini,gen_ai.system=gemini";
    let counters = ["prompt_tokens", "completion_tokens", "total_tokens"];
    assert_eq!(of_set(&chat(), MetricSet::amtp()), counters.map(|name| format!("{name}{{{labels}}}")));
}

#[test]
fn what_a_call_of_unknown_price_costs_is_not_0() {
    let cost = Metric::decimal_counter("cost").measure(Measure::Cost(Amount::of("llm.cost.usd"))).build().unwrap();
    assert_eq!(shown(&chat(), &cost), Vec::<String>::new());
    let seconds = Metric::decimal_counter("busy").unit("s").measure(Measure::Busy).build().unwrap();
    assert_eq!(shown(&chat(), &seconds), ["busy{}"]);
}

#[test]
fn an_agent_is_no_model_call() {
    let agent = Announced::call(Operation::InvokeAgent, "openai", "gpt-4o");
    assert_eq!(of_set(&agent, MetricSet::amtp()), Vec::<String>::new());
}

#[test]
fn each_renamed_value_of_what_is_not_announced_has_a_series_of_its_own() {
    let announced = Announced::new([("backend", "memory")]);
    let series = ["get", "put"].map(|operation| {
        ["success", "error"].map(|status| format!("store.operations{{operation={operation},backend=memory,status={status}}}"))
    });
    assert_eq!(shown(&announced, &store().unwrap()), series.concat());
    assert_eq!(shown(&announced.clone().named("store.put"), &store().unwrap()), series[1]);
    assert_eq!(shown(&announced.named("other"), &store().unwrap()), Vec::<String>::new());
}

#[test]
fn a_metric_with_a_label_that_is_not_known_is_not_announced() {
    let announced = Announced::new([("region", "eu-1")]);
    assert_eq!(shown(&announced, &store().unwrap()), Vec::<String>::new());
}

#[test]
fn with_nothing_announced_those_metrics_stand_at_0_whose_labels_are_all_known() {
    let nothing = Announced::default();
    let service = Label::new("deployment").or(Source::of(Fact::Service));
    let named = Label::new("span").or(Source::of(Fact::SpanName));
    let counter = |name: &'static str| Metric::counter(name).of_spans_named("http.server").measure(Measure::Closed);
    let metrics = [
        counter("plain").only_where("http.response.status_code", ["429"]).build().unwrap(),
        counter("by_service").label(service).label(status()).label(Label::from("shard").optional()).build().unwrap(),
        counter("by_default").label(Label::from("region").default_to("here")).label(named).build().unwrap(),
        counter("by_model").label("gen_ai.request.model").build().unwrap(),
        Metric::histogram("seconds", [1.0]).of_spans_named("http.server").measure(Measure::Duration).build().unwrap(),
        Metric::gauge("told").measure(Measure::Callback).build().unwrap(),
    ];
    let shown: Vec<_> = metrics.iter().flat_map(|metric| shown(&nothing, metric)).collect();
    let expected = [
        "plain{}",
        "by_service{deployment=shop,status=success}",
        "by_service{deployment=shop,status=error}",
        "by_default{region=here,span=http.server}",
    ];
    assert_eq!(shown, expected);
    assert_eq!(nothing.labels(&metrics[1], &metrics[1].points[0], ""), []);
}

#[test]
fn a_source_that_may_be_silent_leaves_the_word_to_the_next_and_to_the_default() {
    let label = Label::new("status")
        .or(Source::attribute("error.type").only([("timeout", "timeout")]))
        .or(Source::of(Fact::Outcome).only([("ok", "completed")]))
        .default_to("failed");
    let tasks = Metric::counter("tasks").measure(Measure::Closed).label(label).build().unwrap();
    let series = |announced: &Announced| shown(announced, &tasks);
    assert_eq!(series(&Announced::default()), ["tasks{status=timeout}", "tasks{status=completed}", "tasks{status=failed}"]);
    assert_eq!(series(&Announced::new([("error.type", "timeout")])), ["tasks{status=timeout}"]);
    assert_eq!(series(&Announced::new([("error.type", "other")])), ["tasks{status=completed}", "tasks{status=failed}"]);
}

#[test]
fn a_metric_of_other_spans_is_not_announced() {
    let counter = |name: &'static str, spans: Spans| Metric::counter(name).of(spans).measure(Measure::Closed).build().unwrap();
    let calls = Spans::calls(OperationSet::GENERATION);
    let metrics = [
        counter("calls", calls.clone()),
        counter("by_outcome", calls.clone().only_where("llm.outcome", ["ok"])),
        counter("embeddings", Spans::calls(OperationSet::of(&[Operation::Embeddings]))),
        counter("streams", calls.only_where("gen_ai.request.stream", ["true"])),
        counter("store", Spans::with(["store.backend"])),
        counter("all", Spans::all()),
        counter("all_but", Spans::all().except(["llm.completion"])),
    ];
    let of = |announced: &Announced| metrics.iter().flat_map(|metric| shown(announced, metric)).collect::<Vec<_>>();
    assert_eq!(of(&chat()), ["calls{}", "by_outcome{}", "all{}"]);
    assert_eq!(of(&chat().with("gen_ai.request.stream", "true")), ["calls{}", "by_outcome{}", "streams{}", "all{}"]);
    assert_eq!(of(&Announced::new([("store.backend", "memory")]).named("store.get")), ["store{}", "all{}", "all_but{}"]);
}

#[test]
fn points_append_their_fixed_labels() {
    let tokens = |kind| Measure::Tokens(Amount::of(kind));
    let metric = Metric::counter("provider_tokens")
        .of_calls(OperationSet::MODEL_CALLS)
        .measure_as(tokens("llm.tokens.prompt"), [("type", "input")])
        .measure_as(tokens("llm.tokens.completion"), [("type", "output")])
        .label(Label::of("provider", ["gen_ai.provider.name", "llm.provider"]))
        .build()
        .unwrap();
    let series = ["input", "output"].map(|kind| format!("provider_tokens{{provider=gcp.gemini,type={kind}}}"));
    assert_eq!(shown(&chat(), &metric), series);
}

#[test]
fn an_announcement_makes_a_bounded_number_of_series() {
    let label = |name: &'static str| {
        let renames: Vec<_> = (0..20).map(|i| (format!("{i}"), format!("v{i}"))).collect();
        Label::new(name).or(Source::attribute(name).only(renames))
    };
    let metric = Metric::counter("many").measure(Measure::Closed).labels(["a", "b", "c", "d"].map(label)).build().unwrap();
    assert_eq!(shown(&Announced::default(), &metric).len(), MAX_SETS);
}

#[test]
fn a_span_without_a_kind_is_announced_as_an_internal_one() {
    let all = of_set(&Announced::new([("llm.model", "gpt-4o")]).named("job"), MetricSet::spanmetrics());
    assert!(!all.is_empty());
    assert!(all.iter().all(|line| line.contains("SPAN_KIND_INTERNAL")), "{all:?}");
}

#[test]
fn an_announced_embedding_is_named_as_its_span_is_exported() {
    let all = of_set(&Announced::call(Operation::Embeddings, "openai", "small"), MetricSet::spanmetrics());
    assert!(!all.is_empty());
    assert!(all.iter().all(|line| line.contains("embeddings small")), "{all:?}");
}
