//! The chunks that the tests stream, and streams of them.

use futures_util::{Stream, stream};
use llm_span::{ReportUsage, Response, Usage};

/// A part of a response; the last one tells the usage.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Chunk {
    pub(crate) text: &'static str,
    pub(crate) usage: Option<(u32, u32)>,
    pub(crate) reason: Option<&'static str>,
}

impl ReportUsage for Chunk {
    fn usage(&self) -> Option<Usage> {
        self.usage.map(|(prompt, completion)| Usage::new(prompt, completion))
    }

    fn response(&self) -> Response<'_> {
        let response = Response::default().model("gpt-4o-2024-08-06").id("chatcmpl-1");
        self.reason.into_iter().fold(response, |response, reason| response.finish_reason_of(0, reason))
    }
}

pub(crate) fn text(text: &'static str) -> Chunk {
    Chunk { text, ..Chunk::default() }
}

pub(crate) fn usage(prompt: u32, completion: u32) -> Chunk {
    Chunk { usage: Some((prompt, completion)), ..Chunk::default() }
}

/// Two chunks of text, one that says why it stops, and one with the usage alone, as OpenAI's API sends them.
pub(crate) fn answer() -> Vec<Chunk> {
    vec![text("Hel"), text("lo"), Chunk { reason: Some("stop"), ..Chunk::default() }, usage(128, 64)]
}

pub(crate) fn chunks() -> impl Stream<Item = Chunk> + Send + Sync + 'static {
    stream::iter(answer())
}

/// An error of a provider's.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Overloaded;

impl Overloaded {
    pub(crate) fn code(self) -> &'static str {
        match self {
            Self => "overloaded",
        }
    }
}

pub(crate) fn tried() -> impl Stream<Item = Result<Chunk, Overloaded>> + Send + Sync + 'static {
    stream::iter(answer().into_iter().map(Ok))
}
