//! The console's form, as a whole.

use std::collections::HashMap;

use crate::process::written;

#[test]
fn requests_read_as_lines_that_are_told_apart() {
    let (stdout, _) = written("requests");
    insta::assert_snapshot!(replaced(&stdout));
}

/// Times, durations and ids replaced, ids of one trace and of one span alike; without the line that tells what is set up.
pub(crate) fn replaced(text: &str) -> String {
    let mut ids = Ids::default();
    let lines = text.lines().filter(|line| !line.contains("telemetry started"));
    lines.map(|line| line_replaced(line, &mut ids) + "\n").collect()
}

#[derive(Default)]
struct Ids {
    traces: HashMap<String, String>,
    spans: HashMap<String, String>,
}

impl Ids {
    /// The last digits tell a trace.
    fn trace(&mut self, id: &str) -> String {
        let next = format!("T{}", self.traces.len() + 1);
        self.traces.entry(id[id.len() - 8..].to_owned()).or_insert(next).clone()
    }

    fn span(&mut self, id: &str) -> String {
        let next = format!("S{}", self.spans.len() + 1);
        self.spans.entry(id.to_owned()).or_insert(next).clone()
    }
}

fn line_replaced(line: &str, ids: &mut Ids) -> String {
    if line.starts_with("    ") {
        return line.to_owned();
    }
    line.split(' ').map(|word| word_replaced(word, ids)).collect::<Vec<_>>().join(" ")
}

fn word_replaced(word: &str, ids: &mut Ids) -> String {
    let is_time = word.len() == 12 && word.chars().all(|c| c.is_ascii_digit() || c == ':' || c == '.');
    if is_time {
        return "TIME".to_owned();
    }
    if word.starts_with('(') && word.ends_with("ms)") {
        return "(N ms)".to_owned();
    }
    if let Some(id) = word.strip_prefix("trace_id=") {
        assert_eq!(id.len(), 32, "{word}");
        return format!("trace_id=…{}", ids.trace(id));
    }
    if let Some(id) = word.strip_prefix("parent=") {
        return format!("parent={}", ids.span(id));
    }
    match word.split_once(':') {
        Some((trace, span)) if trace.len() == 8 && span.len() == 4 => format!("{}:{}", ids.trace(trace), ids.span(span)),
        _ => word.to_owned(),
    }
}
