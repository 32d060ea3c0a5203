//! The documented responses, see `fixtures/README.md`.

use llm_span::{Report, WireFormat};
use serde_json::Value;

/// A file below `fixtures/`: a response, or the events of a stream.
macro_rules! fixture {
    ($name:literal) => {
        crate::fixture::Fixture { name: $name, text: include_str!(concat!("fixtures/", $name)) }
    };
}
pub(crate) use fixture;

#[derive(Clone, Copy, Debug)]
pub(crate) struct Fixture {
    pub(crate) name: &'static str,
    pub(crate) text: &'static str,
}

impl Fixture {
    /// The response, or the events in their order: server-sent (`.sse`), or one a line (`.jsonl`).
    pub(crate) fn values(self) -> Vec<Value> {
        let parse = |text: &str| serde_json::from_str(text).unwrap_or_else(|error| panic!("{}: {error}: {text}", self.name));
        let values: Vec<_> = match self.name.rsplit_once('.').unwrap().1 {
            "json" => vec![parse(self.text)],
            "jsonl" => self.text.lines().map(parse).collect(),
            _ => self.data().map(parse).collect(),
        };
        assert!(!values.is_empty(), "{}: nothing in it", self.name);
        values
    }

    fn data(self) -> impl Iterator<Item = &'static str> {
        let data = self.text.lines().filter_map(|line| line.strip_prefix("data:"));
        data.map(str::trim).filter(|data| *data != "[DONE]")
    }

    /// All that it tells.
    pub(crate) fn read(self, format: WireFormat) -> Report<'static> {
        let mut report = Report::default();
        for value in self.values() {
            report.update(format.read(&value));
        }
        report
    }
}
