//! The whole report: a line that sums up, then a box for each finding.

use std::fmt;

use llm_span_contract::{Finding, Level};

use super::{Panel, SpanLine, pairs};

/// Findings in the order in which they are told, and what was looked at.
#[derive(Clone, Debug)]
pub(crate) struct Summary<'a> {
    /// The names of the contracts that were checked.
    pub(crate) contracts: Vec<&'a str>,
    /// How many spans were checked.
    pub(crate) spans: usize,
    pub(crate) entries: Vec<Entry<'a>>,
    /// So many findings are told in full, the others as a number.
    pub(crate) most: usize,
}

/// A finding and what it is about.
#[derive(Clone, Debug)]
pub(crate) struct Entry<'a> {
    pub(crate) finding: &'a Finding,
    /// Where in the program.
    pub(crate) place: Option<String>,
    /// The span, with a number that tells it from others.
    pub(crate) span: Option<(usize, SpanLine<'a>)>,
    /// What else shows it.
    pub(crate) notes: &'a [String],
}

impl Summary<'_> {
    fn header(&self) -> String {
        let contracts = match self.contracts.as_slice() {
            [] => "no contract".to_owned(),
            [one] => format!("contract {one}"),
            several => format!("contracts {}", several.join(", ")),
        };
        let counts: Vec<String> =
            [(Level::Violation, "violation"), (Level::Improvement, "improvement"), (Level::Information, "note")]
                .into_iter()
                .map(|(level, name)| (self.entries.iter().filter(|entry| entry.finding.level == level).count(), name))
                .filter(|(count, _)| *count > 0)
                .map(|(count, name)| counted(count, name))
                .collect();
        let mut involved: Vec<usize> = self.entries.iter().filter_map(|entry| Some(entry.span.as_ref()?.0)).collect();
        involved.dedup();
        let spans = counted(self.spans, "span");
        match (counts.is_empty(), involved.len()) {
            (true, _) => format!("{contracts}: no finding in {spans}"),
            (false, 0) => format!("{contracts}: {}, {spans} checked", counts.join(", ")),
            (false, some) => format!("{contracts}: {} in {some} of {spans}", counts.join(", ")),
        }
    }
}

fn counted(count: usize, what: &str) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}

impl fmt::Display for Summary<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.header())?;
        let mut told = None;
        for (i, entry) in self.entries.iter().take(self.most).enumerate() {
            let number = entry.span.as_ref().map(|(number, _)| *number);
            // Findings of one span follow each other: the first tells of the span.
            let panel = entry.panel(number.is_some() && number == told);
            told = number.or(told);
            write!(f, "{}{panel}", if i == 0 { "\n\n" } else { "\n" })?;
        }
        match self.entries.len().saturating_sub(self.most) {
            0 => Ok(()),
            more => write!(f, "\n… and {more} more"),
        }
    }
}

impl Entry<'_> {
    fn panel(&self, span_is_told: bool) -> Panel {
        let Finding { kind, level, message, observed, help, .. } = self.finding;
        let severity = match level {
            Level::Violation => "error",
            Level::Improvement => "warning",
            _ => "note",
        };
        let span = self.span.iter().filter(|_| !span_is_told).map(|(_, line)| line.to_string());
        let observed = pairs(observed.iter().map(|(key, value)| (key.clone().into_owned(), value.clone())));
        Panel {
            title: format!("{severity}[{kind}]: {message}"),
            place: self.place.clone(),
            lines: span.chain(observed).chain(self.notes.iter().cloned()).collect(),
            help: help.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use llm_span_contract::{FindingKind, Outcome};

    use super::*;
    use crate::report::{Ending, Required};

    fn span() -> SpanLine<'static> {
        SpanLine {
            name: "llm.completion",
            ending: Ending::Closed(Outcome::Ok),
            elapsed: Some(Duration::from_millis(41)),
            required: Some(Required { recorded: 7, of: 8, by: None }),
        }
    }

    fn entry(finding: &Finding) -> Entry<'_> {
        Entry { finding, place: Some("src/chat.rs:17 complete".into()), span: Some((1, span())), notes: &[] }
    }

    #[test]
    fn a_report_says_what_is_wrong_where_and_what_to_do() {
        let missing = Finding::new(FindingKind::MissingAttribute, "amtp", "`llm.tokens.completion` was never recorded")
            .help("the response carried no usage");
        let broken = Finding::new(FindingKind::BrokenRelation, "amtp", "`llm.tokens.total` is 190, prompt + completion is 192")
            .shown_by("llm.tokens.prompt", &128.into())
            .shown_by("llm.tokens.completion", &64.into())
            .help("record prompt and completion; the total is derived");
        let entries = vec![entry(&missing), entry(&broken)];
        let summary = Summary { contracts: vec!["amtp"], spans: 3, entries, most: 20 };
        let text = "\
contract amtp: 2 violations in 1 of 3 spans

error[missing-attribute]: `llm.tokens.completion` was never recorded
   ╭▸ src/chat.rs:17 complete
   │ span llm.completion closed ok after 41 ms with 7 of 8 required attributes
   ╰ help: the response carried no usage
error[broken-relation]: `llm.tokens.total` is 190, prompt + completion is 192
   ╭▸ src/chat.rs:17 complete
   │ llm.tokens.prompt = 128   llm.tokens.completion = 64
   ╰ help: record prompt and completion; the total is derived";
        assert_eq!(summary.to_string(), text);
    }

    #[test]
    fn what_is_beyond_the_cap_is_counted() {
        let finding = Finding::new(FindingKind::UnknownAttribute, "amtp", "unknown").help("rename it");
        let entries = (0..32).map(|_| entry(&finding)).collect();
        let text = Summary { contracts: vec!["amtp"], spans: 3, entries, most: 20 }.to_string();
        assert!(text.starts_with("contract amtp: 32 improvements in 1 of 3 spans\n\nwarning[unknown-attribute]: unknown\n"));
        assert!(text.ends_with("\n… and 12 more"));
        assert_eq!(text.matches("warning[").count(), 20);
    }

    #[test]
    fn nothing_found_is_said_too() {
        let summary = Summary { contracts: vec!["amtp", "gen_ai"], spans: 1, entries: Vec::new(), most: 20 };
        assert_eq!(summary.to_string(), "contracts amtp, gen_ai: no finding in 1 span");
    }
}
