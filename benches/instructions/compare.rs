//! Holds counts against what is expected, and tells whether the bars are met that hold whatever was expected.

use std::fmt;

use crate::{counting::Counts, expected::Expected};

/// Instructions that a count may differ by in any case.
const SLACK: u64 = 2;

/// What an annotated call is to take at most more than one with `#[instrument]`, where nobody listens. A bar that is missed fails nothing: what
/// is expected holds the counts where they are.
const MORE_THAN_INSTRUMENT: u64 = 15;
const BARS: [(&str, &str); 2] =
    [("no_subscriber_llm_span", "no_subscriber_instrument"), ("no_subscriber_llm_span_async", "no_subscriber_instrument_async")];

/// The counts as a table, and what is wrong with them.
pub(crate) struct Verdict {
    table: String,
    wrong: Vec<String>,
    note: Option<String>,
}

impl Verdict {
    pub(crate) fn of(counts: &Counts, expected: &Expected, here: &str, is_renewed: bool) -> Self {
        let is_elsewhere = expected.machine != here;
        let width = counts.keys().map(String::len).max().unwrap_or(0);
        let (mut table, mut wrong) = (String::new(), Vec::new());
        for (case, count) in counts {
            let before = expected.counts.get(case).copied();
            let change = before.map_or_else(|| "new".to_owned(), |before| format!("{:+.1} %", change(*count, before)));
            table.extend([format!("{case:width$} {count:>8}  {change}\n")]);
            if !is_renewed {
                wrong.extend(judged(case, *count, before, expected, is_elsewhere));
            }
        }
        let gone = expected.counts.keys().filter(|case| !is_renewed && !counts.contains_key(*case));
        wrong.extend(gone.map(|case| format!("{case}: expected, and not counted any more: renew")));
        table.extend(BARS.into_iter().filter_map(|(ours, theirs)| bar(counts, ours, theirs)));
        let note = is_elsewhere.then(|| {
            if is_renewed {
                return format!("written down for {here}");
            }
            let (of, tolerance) = (&expected.machine, expected.tolerance_elsewhere);
            format!("counted with {here}, expected of {of}: only what is above by {tolerance} % is wrong")
        });
        Self { table, wrong, note }
    }

    pub(crate) fn holds(&self) -> bool {
        self.wrong.is_empty()
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.table)?;
        self.note.iter().chain(&self.wrong).try_for_each(|line| writeln!(f, "{line}"))
    }
}

/// What is wrong with a case, if anything.
fn judged(case: &str, count: u64, before: Option<u64>, expected: &Expected, is_elsewhere: bool) -> Option<String> {
    let Some(before) = before else { return Some(format!("{case}: {count} instructions, none expected yet: renew")) };
    let tolerance = if is_elsewhere { expected.tolerance_elsewhere } else { expected.tolerance };
    let room = (before * tolerance / 100).max(SLACK);
    let by = change(count, before);
    if count > before + room {
        Some(format!("{case}: {count} instructions, {before} expected: {by:+.1} %, above the tolerance of {tolerance} %"))
    } else if !is_elsewhere && count + room < before {
        Some(format!("{case}: {count} instructions, {before} expected: improved by {:.1} %, write it down: renew", -by))
    } else {
        None
    }
}

/// How many instructions more than its peer a case takes, and whether that is within the bound; `None` where they were not both counted.
fn bar(counts: &Counts, ours: &str, theirs: &str) -> Option<String> {
    let more = counts.get(ours)?.saturating_sub(*counts.get(theirs)?);
    let verdict = if more <= MORE_THAN_INSTRUMENT { "met" } else { "missed" };
    Some(format!("BAR {ours} over {theirs}: {more}, at most {MORE_THAN_INSTRUMENT}: {verdict}\n"))
}

/// In per cent.
#[allow(clippy::cast_precision_loss, reason = "counts are far below 2^52")]
fn change(count: u64, before: u64) -> f64 {
    (count as f64 / before.max(1) as f64 - 1.0) * 100.0
}
