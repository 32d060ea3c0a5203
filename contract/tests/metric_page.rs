//! The page of the built-in sets in the documentation is what the data says.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use std::{
    collections::{BTreeMap, BTreeSet},
    env,
    fmt::Write,
    fs,
    path::Path,
};

use llm_span_contract::{
    Amount, Condition, Contract, Fact, FindingKind, Generation, Label, Level, Measure, Metric, MetricKind, MetricSet, Naming,
    Operation, OperationSet, Selector, Source, Spans,
};

const RENEW: &str = "LLM_SPAN_RENEW=1 cargo test -p llm-span-contract --test metric_page";

#[test]
fn the_page_says_what_the_data_says() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../layer/src/metrics/sets.md");
    let page = page();
    if env::var_os("LLM_SPAN_RENEW").is_some() {
        fs::write(&file, &page).unwrap();
    }
    let written = fs::read_to_string(&file).unwrap();
    let mut lines = written.lines().zip(page.lines()).enumerate();
    if let Some((line, (written, data))) = lines.find(|(_, (written, data))| written != data) {
        panic!("sets.md is stale at line {}:\n  it says  {written}\n  data say {data}\nrenew it: {RENEW}", line + 1);
    }
    assert_eq!(written.len(), page.len(), "sets.md is stale; renew it: {RENEW}");
}

fn page() -> String {
    let mut page = format!("<!-- Made from the data by `{RENEW}`. -->\n\n{}", intro());
    for name in MetricSet::NAMES {
        let set = MetricSet::named(name).unwrap();
        write!(page, "\n## `{name}`\n\n{}\n\n", set.description()).unwrap();
        page.push_str(&metrics(&set));
        page.push_str(&names(&set));
        page.push_str(&labels(&set));
    }
    page
}

/// How the tables are read.
fn intro() -> String {
    let [amtp, gen_ai] = [Contract::amtp(), Contract::gen_ai(Generation::G1)].map(|contract| selected(contract.selectors()));
    format!(
        "A set is chosen by its name: `MetricSets::named([\"amtp\", \"llm_gateway\"])`. Of `gen_ai`, `gen_ai/g2`, `gen_ai/g3` choose one.\n\
         \n\
         **Names.** Under `/metrics` stands what the program's own endpoint calls a metric, under Collector what the OpenTelemetry \
         Collector's Prometheus exporter makes of it, under OTLP what Prometheus' own OTLP receiver does: a query has the name of the way \
         that the metric came. In Prometheus a label is written with `_` for `.`: `llm.model` is `llm_model`. A histogram `x` is asked \
         for as `x_bucket`, `x_sum`, `x_count`. Times are seconds.\n\
         \n\
         **Spans.** `calls` are spans that one of the built-in contracts is about, the phases of a call (`llm.inference`, \
         `llm.response.parse`) excepted; `calls (amtp)` and `calls (gen_ai)` those of that contract. What follows are their operations; \
         a call that names none is a `chat`.\n\
         \n\
         - `calls (amtp)`: {amtp}.\n\
         - `calls (gen_ai)`: {gen_ai}.\n\
         - `calls`: either.\n\
         \n\
         **Labels.** A label is read from the first of its sources that was recorded, and left out where none was; what stands in quotes \
         (else `\"unmatched\"`) is its value where none was. In brackets after a source: (`a` as `b`) a recorded `a` reads `b`; (`a`) it \
         reads `a`. A source with brackets takes no other value than those in them.\n"
    )
}

/// What is measured of which spans, under which labels.
fn metrics(set: &MetricSet) -> String {
    let mut table = String::from("| metric | kind, unit | measures | of | labels | buckets |\n|---|---|---|---|---|---|\n");
    for metric in set.metrics() {
        let (kind, buckets) = kind(&metric.kind);
        let unit = if metric.unit.is_empty() { String::new() } else { format!(", `{}`", metric.unit) };
        let points = metric.points.iter().map(|point| {
            let fixed = join(point.fixed.iter().map(|(name, value)| format!("`{name}=\"{value}\"`: ")), "");
            fixed + &measure(&point.measure)
        });
        let event = join(metric.event.iter().map(|event| format!("; each told as `{event}`")), "");
        let of = or_dash(join(metric.spans.iter().map(spans), "; or "));
        let fixed = metric.points[0].fixed.iter().map(|(name, _)| name);
        let labels = metric.labels.iter().map(|label| &label.name).chain(fixed).map(|name| format!("`{name}`"));
        let (points, labels) = (join(points, "; "), or_dash(join(labels, ", ")));
        writeln!(table, "| `{}` | {kind}{unit} | {points}{event} | {of} | {labels} | {buckets} |", metric.name).unwrap();
    }
    table
}

/// How their names read in Prometheus.
fn names(set: &MetricSet) -> String {
    let mut table = String::from("\n| metric | `/metrics` | Collector | OTLP |\n|---|---|---|---|\n");
    for metric in set.metrics() {
        let namespace = metric.namespace.clone().unwrap_or_default();
        let [endpoint, collector, otlp] =
            [Naming::Endpoint, Naming::collector(namespace), Naming::Otlp].map(|naming| naming.metric_name(metric));
        writeln!(table, "| `{}` | `{endpoint}` | `{collector}` | `{otlp}` |", metric.name).unwrap();
    }
    match set.metrics().iter().find_map(|metric| metric.namespace.as_deref()) {
        Some(namespace) => table + &format!("\nThe Collector's exporter has the namespace `{namespace}`.\n"),
        None => table,
    }
}

/// Where the labels come from: each once, with the metrics that read it so where others of the set do not.
fn labels(set: &MetricSet) -> String {
    let all = set.metrics().iter().flat_map(|metric| metric.labels.iter().map(move |label| (metric, label)));
    let (plain, told): (Vec<_>, Vec<_>) = all.partition(|(_, label)| is_plain(label));
    let mut page = if told.is_empty() { String::new() } else { String::from("\n| label | reads |\n|---|---|\n") };
    for (i, (metric, label)) in told.iter().enumerate() {
        if told[..i].iter().any(|(_, other)| other == label) {
            continue;
        }
        writeln!(page, "| `{}`{} | {} |", label.name, of_which(set, label), reads(label, metric)).unwrap();
    }
    let plain = plain.iter().map(|(_, label)| format!("`{}`{}", label.name, of_which(set, label))).collect::<BTreeSet<_>>();
    if !plain.is_empty() {
        writeln!(page, "\nOf the attribute of the same name: {}.", join(plain.into_iter(), ", ")).unwrap();
    }
    if told.iter().any(|(_, label)| label.from == [Source::of(Fact::Finding)]) {
        // Of spans that have ended: these two only a test's check finds.
        let is_counted = |kind: &&FindingKind| !matches!(kind, FindingKind::NeverClosed | FindingKind::NoSpanSeen);
        let violations = FindingKind::ALL.iter().filter(|kind| kind.level() == Level::Violation).filter(is_counted);
        writeln!(page, "\nThe finding's id is one of {}.", join(violations.map(|kind| format!("`\"{kind}\"`")), ", ")).unwrap();
    }
    page
}

/// Of which metrics a label is read so, where others read it otherwise: those, or all but the others, whichever is shorter.
fn of_which(set: &MetricSet, label: &Label) -> String {
    let labelled = set.metrics().iter().filter(|metric| metric.labels.iter().any(|other| other.name == label.name));
    let (of, others): (Vec<_>, Vec<_>) = labelled.partition(|metric| metric.labels.contains(label));
    let names = |metrics: Vec<&Metric>| join(metrics.iter().map(|metric| format!("`{}`", metric.name)), ", ");
    match (of.len(), others.len()) {
        (_, 0) => String::new(),
        (of_so, otherwise) if of_so > otherwise + 1 => format!(" (not of {})", names(others)),
        _ => format!(" of {}", names(of)),
    }
}

fn is_plain(label: &Label) -> bool {
    label.default.is_none() && label.from == [Source::attribute(label.name.clone())]
}

fn reads(label: &Label, metric: &Metric) -> String {
    let mut sources = label.from.iter().map(source).collect::<Vec<_>>();
    sources.extend(label.default.iter().map(|value| format!("`\"{value}\"`")));
    if sources.is_empty() && metric.points.iter().any(|point| point.measure == Measure::Callback) {
        return "what the callback was registered with".into();
    }
    join(sources.into_iter(), ", else ")
}

fn source(source: &Source) -> String {
    let fact = match &source.fact {
        Fact::Attribute(key) => format!("`{key}`"),
        Fact::SpanName => "the span's name".into(),
        Fact::Outcome => "the outcome".into(),
        Fact::Service => "the service's name".into(),
        Fact::Contract => "the contract".into(),
        Fact::Finding => "the finding's id".into(),
        Fact::FindingAttribute => "the attribute it is about".into(),
        other => panic!("say how {other:?} reads in the documentation"),
    };
    let mut spellings: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (from, to) in &source.renames {
        spellings.entry(to).or_default().push(from);
    }
    let spelt = spellings.iter().map(|(to, from)| match &from[..] {
        [same] if same == to => format!("`{to}`"),
        from => format!("{} as `{to}`", join(from.iter().map(|value| format!("`{value}`")), ", ")),
    });
    assert!(source.only_renamed || source.renames.is_empty(), "say of {source:?} that it takes other values, too");
    if source.renames.is_empty() { fact } else { format!("{fact} ({})", join(spelt, "; ")) }
}

fn kind(kind: &MetricKind) -> (&'static str, String) {
    match kind {
        MetricKind::Counter => ("counter", "–".into()),
        MetricKind::DecimalCounter => ("counter of fractions", "–".into()),
        MetricKind::UpDownCounter => ("up-down counter", "–".into()),
        MetricKind::Gauge => ("gauge", "–".into()),
        MetricKind::Histogram { boundaries } => ("histogram", join(boundaries.iter().map(f64::to_string), " ")),
        other => panic!("say how {other:?} reads in the documentation"),
    }
}

fn measure(measure: &Measure) -> String {
    match measure {
        Measure::Closed => "one for each that ended".into(),
        Measure::Duration => "duration".into(),
        Measure::Wait => "time to the first enter".into(),
        Measure::Execution => "time from the first enter to the end".into(),
        Measure::Busy => "time entered".into(),
        Measure::Open => "how many are open now".into(),
        Measure::Waiting => "how many wait for their first enter now".into(),
        Measure::Tokens(of) | Measure::Cost(of) => format!("{}, counted once a call", amount(of)),
        Measure::Value(of) => amount(of),
        Measure::TimePerChunk => "time from each chunk to the next".into(),
        Measure::Violations => "one for each violation".into(),
        Measure::Callback => "what the program's callback tells".into(),
        other => panic!("say how {other:?} reads in the documentation"),
    }
}

fn amount(amount: &Amount) -> String {
    let sum = |keys: &[std::borrow::Cow<'static, str>]| join(keys.iter().map(|key| format!("`{key}`")), " + ");
    join(amount.alternatives().map(sum), ", else ")
}

fn spans(spans: &Spans) -> String {
    let mut text = match spans.operations {
        Some(operations) => calls(spans, operations),
        None if spans.selectors.is_empty() => "every span".into(),
        None => selected(&spans.selectors),
    };
    text.extend(spans.conditions.iter().map(condition));
    if !spans.except.is_empty() {
        write!(text, ", but not {}", join(spans.except.iter().map(|name| format!("`{name}`")), ", ")).unwrap();
    }
    text
}

fn calls(spans: &Spans, operations: OperationSet) -> String {
    let of = if spans.selectors == Spans::calls(operations).selectors {
        "calls"
    } else if spans.selectors == Contract::amtp().selectors() {
        "calls (amtp)"
    } else if spans.selectors == Contract::gen_ai(Generation::G1).selectors() {
        "calls (gen_ai)"
    } else {
        panic!("say how {:?} read in the documentation", spans.selectors)
    };
    let operations = Operation::ALL.into_iter().filter(|operation| operations.contains(*operation));
    format!("{of}: {}", join(operations.map(|operation| format!("`{operation}`")), ", "))
}

fn selected(selectors: &[Selector]) -> String {
    let (mut names, mut keys) = (Vec::new(), Vec::new());
    for selector in selectors {
        match selector {
            Selector::Name(name) => names.push(format!("`{name}`")),
            Selector::Attribute(key) => keys.push(format!("`{key}`")),
            other => panic!("say how {other:?} reads in the documentation"),
        }
    }
    let with = (!keys.is_empty()).then(|| format!("with {}", any_of(&keys)));
    let by_name = (!names.is_empty()).then(|| any_of(&names));
    format!("spans {}", join([by_name, with].into_iter().flatten(), ", or "))
}

fn any_of(all: &[String]) -> String {
    match all {
        [before @ .., last] if !before.is_empty() => format!("{} or {last}", before.join(", ")),
        all => all.concat(),
    }
}

/// Kinds are told in one spelling; the data has those that are in use.
fn condition(condition: &Condition) -> String {
    let key = &condition.key;
    match &condition.values[..] {
        [] => format!(", where `{key}` was recorded"),
        [.., upper] if key == "otel.kind" => format!(", of kind {upper}"),
        values => format!(", where `{key}` is {}", join(values.iter().map(|value| format!("`{value}`")), " or ")),
    }
}

fn join(parts: impl Iterator<Item = String>, between: &str) -> String {
    parts.collect::<Vec<_>>().join(between)
}

fn or_dash(cell: String) -> String {
    if cell.is_empty() { "–".into() } else { cell }
}
