//! A reader of both formats that takes nothing but what their specifications allow, and tells what it has read.

use std::collections::{BTreeMap, HashSet};

/// A line that is no comment.
#[derive(Debug)]
pub(crate) struct Sample {
    pub(crate) name: String,
    /// In the order in which they stand.
    pub(crate) labels: Vec<(String, String)>,
    pub(crate) value: f64,
    exemplar: Option<Vec<(String, String)>>,
}

impl Sample {
    fn label(&self, name: &str) -> Option<&str> {
        self.labels.iter().find(|(of, _)| of == name).map(|(_, value)| value.as_str())
    }

    /// The series of a histogram that it belongs to.
    fn without_bound(&self) -> Vec<(String, String)> {
        self.labels.iter().filter(|(name, _)| name != "le").cloned().collect()
    }
}

#[derive(Debug, Default)]
struct Family {
    kind: String,
    helped: bool,
    samples: Vec<Sample>,
}

/// Reads the text format.
pub(crate) fn read_text(told: &str) -> Vec<Sample> {
    assert!(told.is_empty() || told.ends_with('\n'), "the last line has no end");
    read(told, false)
}

/// Reads `OpenMetrics`.
pub(crate) fn read_open_metrics(told: &str) -> Vec<Sample> {
    let told = told.strip_suffix("# EOF\n").unwrap_or_else(|| panic!("it does not end with `# EOF`"));
    read(told, true)
}

fn read(told: &str, is_open_metrics: bool) -> Vec<Sample> {
    let mut families = Vec::<(String, Family)>::new();
    for line in told.lines() {
        if let Some(comment) = line.strip_prefix("# ") {
            describe(comment, is_open_metrics, &mut families, line);
            continue;
        }
        let sample = sample(line);
        let (name, family) = families.last_mut().unwrap_or_else(|| panic!("before any family: {line}"));
        let ending = sample.name.strip_prefix(name.as_str()).unwrap_or_else(|| panic!("not of the family {name}: {line}"));
        let endings: &[&str] = match (family.kind.as_str(), is_open_metrics) {
            ("histogram", _) => &["_bucket", "_sum", "_count"],
            ("counter", true) => &["_total"],
            _ => &[""],
        };
        assert!(endings.contains(&ending), "not of a {}: {line}", family.kind);
        assert!(sample.exemplar.is_none() || (is_open_metrics && ending == "_bucket"), "an exemplar has no place here: {line}");
        family.samples.push(sample);
    }
    let mut names = HashSet::new();
    for (name, family) in &families {
        assert!(names.insert(name.clone()), "{name} is told twice");
        check(name, family);
    }
    families.into_iter().flat_map(|(_, family)| family.samples).collect()
}

fn describe(comment: &str, is_open_metrics: bool, families: &mut Vec<(String, Family)>, line: &str) {
    let mut words = comment.splitn(3, ' ');
    let (what, name, rest) = (words.next().unwrap(), words.next().unwrap_or_default(), words.next().unwrap_or_default());
    match what {
        "HELP" => {
            unescaped(rest, is_open_metrics);
            families.push((name.to_owned(), Family { helped: true, ..Family::default() }));
        }
        "TYPE" => {
            if families.last().is_none_or(|(last, family)| last != name || !family.helped) {
                families.push((name.to_owned(), Family::default()));
            }
            let (_, family) = families.last_mut().unwrap();
            assert!(family.kind.is_empty() && ["counter", "gauge", "histogram"].contains(&rest), "{line}");
            rest.clone_into(&mut family.kind);
        }
        "UNIT" => {
            assert!(is_open_metrics && name.ends_with(&format!("_{rest}")), "{line}");
            assert!(families.last().is_some_and(|(last, family)| last == name && family.samples.is_empty()), "{line}");
        }
        _ => assert!(!is_open_metrics, "OpenMetrics has no comments: {line}"),
    }
    assert!(!["HELP", "TYPE", "UNIT"].contains(&what) || is_name(name, ":"), "{line}");
}

fn sample(line: &str) -> Sample {
    let (series, exemplar) = line.split_once(" # ").map_or((line, None), |(series, exemplar)| (series, Some(exemplar)));
    let end = series.find(['{', ' ']).unwrap_or_else(|| panic!("no value: {line}"));
    let (name, rest) = series.split_at(end);
    assert!(is_name(name, ":"), "no name: {line}");
    let (labels, rest) = if rest.starts_with('{') { labels(rest) } else { (Vec::new(), rest) };
    assert!(labels.iter().all(|(name, _)| name != "__name__"), "{line}");
    let value = rest.strip_prefix(' ').unwrap_or_else(|| panic!("no space before the value: {line}"));
    let exemplar = exemplar.map(|exemplar| {
        let (labels, rest) = self::labels(exemplar);
        let (value, at) = rest.trim_start().split_once(' ').unwrap();
        assert!(number(value).is_finite() && number(at) > 1e9, "{line}");
        let characters: usize = labels.iter().map(|(name, value)| name.chars().count() + value.chars().count()).sum();
        assert!(characters <= 128, "{characters} characters: {line}");
        labels
    });
    Sample { name: name.to_owned(), labels, value: number(value), exemplar }
}

/// Labels in braces, and what follows them. Each name once; none empty, since that is none.
fn labels(text: &str) -> (Vec<(String, String)>, &str) {
    let mut labels = Vec::<(String, String)>::new();
    let mut rest = text.strip_prefix('{').unwrap_or_else(|| panic!("no labels: {text}"));
    loop {
        let (name, value) = rest.split_once("=\"").unwrap_or_else(|| panic!("no label: {text}"));
        assert!(is_name(name, "") && labels.iter().all(|(other, _)| other != name), "{text}");
        let end = ends(value).unwrap_or_else(|| panic!("no end of a label: {text}"));
        assert!(end > 0, "a label without a value: {text}");
        labels.push((name.to_owned(), unescaped(&value[..end], true)));
        match value[end + 1..].split_at(1) {
            (",", more) => rest = more,
            ("}", after) => return (labels, after),
            _ => panic!("neither a label nor an end: {text}"),
        }
    }
}

/// Where the quote stands that ends it.
fn ends(value: &str) -> Option<usize> {
    let mut escaped = false;
    value.bytes().position(|of| {
        let is_end = of == b'"' && !escaped;
        escaped = of == b'\\' && !escaped;
        is_end
    })
}

fn unescaped(text: &str, escapes_quotes: bool) -> String {
    let mut plain = String::new();
    let mut rest = text.chars();
    while let Some(of) = rest.next() {
        plain.push(match of {
            '\\' => match rest.next() {
                Some('\\') => '\\',
                Some('n') => '\n',
                Some('"') if escapes_quotes => '"',
                other => panic!("no escape: {other:?} in {text}"),
            },
            '"' if escapes_quotes => panic!("a quote that is not escaped: {text}"),
            other => other,
        });
    }
    plain
}

fn number(text: &str) -> f64 {
    let is_plain = text.bytes().all(|of| of.is_ascii_digit() || b"+-.e".contains(&of));
    assert!(is_plain || ["NaN", "+Inf", "-Inf"].contains(&text), "no number: {text}");
    text.parse().unwrap()
}

fn is_name(name: &str, also: &str) -> bool {
    let is_of = |of: char| of.is_ascii_alphanumeric() || of == '_' || also.contains(of);
    name.starts_with(|first: char| !first.is_ascii_digit()) && name.chars().all(is_of)
}

/// Each series once; counters not below 0; buckets that only grow, up to the count.
fn check(name: &str, family: &Family) {
    assert!(!family.kind.is_empty(), "{name} has no type");
    let mut series = HashSet::new();
    for sample in &family.samples {
        let mut labels = sample.labels.clone();
        labels.sort();
        assert!(series.insert((sample.name.clone(), labels)), "twice: {sample:?}");
        assert!(family.kind != "counter" || sample.value >= 0.0, "{sample:?}");
    }
    if family.kind == "histogram" {
        histogram(name, &family.samples);
    }
}

fn histogram(name: &str, samples: &[Sample]) {
    let mut series = BTreeMap::<_, (Vec<(f64, f64)>, Vec<&Sample>)>::new();
    for sample in samples {
        let (buckets, others) = series.entry(sample.without_bound()).or_default();
        match sample.label("le") {
            Some(bound) if sample.name == format!("{name}_bucket") => {
                assert!(bound.contains(['.', 'e', 'I']), "{bound} is not how a bound is spelt");
                buckets.push((number(bound), sample.value));
            }
            None => others.push(sample),
            Some(_) => panic!("a bound without a bucket: {sample:?}"),
        }
    }
    for (buckets, others) in series.values() {
        assert!(buckets.is_sorted_by(|a, b| a.0 < b.0 && a.1 <= b.1), "{name}: {buckets:?}");
        let (bound, count) = *buckets.last().unwrap();
        let [sum, counted] = others[..] else { panic!("{name}: {others:?}") };
        assert!(bound.is_infinite() && counted.value.total_cmp(&count).is_eq(), "{name}: {buckets:?} {counted:?}");
        assert_eq!((sum.name.as_str(), counted.name.as_str()), (&*format!("{name}_sum"), &*format!("{name}_count")));
    }
}

#[test]
fn the_reader_refuses_what_no_scraper_takes() {
    let bucket = "# TYPE t histogram\nt_bucket{le=\"1.0\"} 2\n";
    let rest = "t_sum 1\nt_count 2\n";
    let refused = [
        "x 1\n",
        "# TYPE x counter\nx 1",
        "# TYPE x counter\ny 1\n",
        "# TYPE x counter\nx one\n",
        "# TYPE x counter\nx -1\n",
        "# TYPE x counter\nx 1\nx 1\n",
        "# TYPE x counter\nx{a=\"\"} 1\n",
        "# TYPE x counter\nx{a=\"1\",a=\"2\"} 1\n",
        "# TYPE x counter\nx{a.b=\"1\"} 1\n",
        "# TYPE x counter\nx{a=\"\\t\"} 1\n",
        "# TYPE x counter\nx 1 # {trace_id=\"1\"} 1 1795272754.4\n",
        "# TYPE x counter\n# TYPE y counter\n# TYPE x counter\n",
        "# HELP x Half a family.\n",
        &format!("{bucket}{rest}"),
        &format!("{bucket}t_bucket{{le=\"+Inf\"}} 1\n{rest}"),
        &format!("{bucket}t_bucket{{le=\"+Inf\"}} 3\n{rest}"),
        &format!("{bucket}t_bucket{{le=\"+Inf\"}} 2\nt_count 2\n"),
    ];
    for told in refused {
        assert!(std::panic::catch_unwind(|| read_text(told)).is_err(), "{told}");
        // With the end that OpenMetrics has.
        assert!(std::panic::catch_unwind(|| read_open_metrics(&format!("{told}# EOF\n"))).is_err(), "{told}");
    }
    let taken = format!("{bucket}t_bucket{{le=\"+Inf\"}} 2\n{rest}");
    assert_eq!(read_text(&taken).len(), 4);
    assert_eq!(read_open_metrics(&format!("{taken}# EOF\n")).len(), 4);
    assert!(std::panic::catch_unwind(|| read_open_metrics(&taken)).is_err(), "it has no end");
}
