//! Writes families in one of the two formats. They differ in a few lines: the name of a counter's family, its unit, quotes in its
//! description, exemplars, the end.

use std::{collections::BTreeMap, fmt::Write as _};

use super::{
    accept::Format,
    exemplars::Told,
    families::{Family, Source},
    histogram::{Distribution, Snapshot},
    labels::LabelSet,
    spelling,
};
use crate::{
    guard,
    metrics::{Number, Reader},
};

/// All families; and, as comments, what was left out, where the format has comments.
pub(super) fn exposition(families: &[Family], left_out: &[String], format: Format) -> String {
    let mut out = String::new();
    for family in families {
        head(family, format, &mut out);
        match &family.source {
            Source::Observed(readers) => values(&family.name, readers, &mut out),
            Source::Distribution(distribution) => histograms(&family.name, distribution, format, &mut out),
        }
    }
    match format {
        Format::Text => out.extend(left_out.iter().map(|line| format!("# {line}\n"))),
        Format::OpenMetrics => out.push_str("# EOF\n"),
    }
    out
}

fn head(family: &Family, format: Format, out: &mut String) {
    let name = match format {
        Format::Text => &family.name,
        Format::OpenMetrics => family.open_metrics_name(),
    };
    if !family.help.is_empty() {
        let _ = write!(out, "# HELP {name} ");
        spelling::help(&family.help, format == Format::OpenMetrics, out);
        out.push('\n');
    }
    let _ = writeln!(out, "# TYPE {name} {}", family.kind.name());
    // Only a unit that the name ends in may be told.
    let unit = family.unit.as_deref().filter(|unit| name.strip_suffix(unit).is_some_and(|stem| stem.ends_with('_')));
    if let (Format::OpenMetrics, Some(unit)) = (format, unit) {
        let _ = writeln!(out, "# UNIT {name} {unit}");
    }
}

fn values(name: &str, readers: &[Reader], out: &mut String) {
    for (labels, value) in collected(readers) {
        out.push_str(name);
        labels.write(None, out);
        out.push(' ');
        spelling::number(value, out);
        out.push('\n');
    }
}

/// What all readers say, added up, in the order of their labels. Where a user's callback panics, what was said before holds.
fn collected(readers: &[Reader]) -> BTreeMap<LabelSet, Number> {
    let mut values = BTreeMap::<LabelSet, Number>::new();
    for reader in readers {
        guard::run(|| {
            reader.read(|labels, value| {
                values.entry(LabelSet::of(labels)).and_modify(|sum| *sum = sum.plus(value)).or_insert(value);
            });
        });
    }
    values
}

fn histograms(name: &str, distribution: &Distribution, format: Format, out: &mut String) {
    for (labels, snapshot) in distribution.read() {
        let count = buckets(name, &labels, distribution.spelt(), &snapshot, format, out);
        let _ = write!(out, "{name}_sum");
        labels.write(None, out);
        out.push(' ');
        spelling::double(snapshot.sum, out);
        let _ = write!(out, "\n{name}_count");
        labels.write(None, out);
        let _ = writeln!(out, " {count}");
    }
}

/// Writes the buckets, each with those below it; gives the count, which the last one has.
fn buckets(name: &str, labels: &LabelSet, bounds: &[String], snapshot: &Snapshot, format: Format, out: &mut String) -> u64 {
    let mut count = 0_u64;
    for (bucket, (bound, own)) in bounds.iter().zip(&snapshot.buckets).enumerate() {
        count = count.wrapping_add(*own);
        let _ = write!(out, "{name}_bucket");
        labels.write(Some(bound), out);
        let _ = write!(out, " {count}");
        if let (Format::OpenMetrics, Some(Some(told))) = (format, snapshot.exemplars.get(bucket)) {
            exemplar(told, out);
        }
        out.push('\n');
    }
    count
}

fn exemplar(told: &Told, out: &mut String) {
    out.push_str(" # ");
    for (index, (name, id)) in told.labels().enumerate() {
        let _ = write!(out, "{}{name}=\"", if index == 0 { '{' } else { ',' });
        spelling::label_value(id, out);
        out.push('"');
    }
    out.push_str("} ");
    spelling::double(told.value, out);
    let _ = write!(out, " {:.3}", told.at);
}
