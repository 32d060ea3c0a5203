//! The ways to run a stream as a call.

use futures_util::{
    Stream,
    stream::{self, BoxStream},
};
use llm_span::{OpenCall, Operation, Report, call, llm_span};

use super::{
    Chunks,
    script::{Broken, Chunk, Script},
};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    Annotated,
    AnnotatedBox,
    AnnotatedIterator,
    AnnotatedBoxedIterator,
    Builder,
    BuilderWith,
    BuilderIterator,
    /// A type of its own, which feeds an open call.
    Open,
}

impl Way {
    pub(super) const ALL: [Self; 8] = [
        Self::Annotated,
        Self::AnnotatedBox,
        Self::AnnotatedIterator,
        Self::AnnotatedBoxedIterator,
        Self::Builder,
        Self::BuilderWith,
        Self::BuilderIterator,
        Self::Open,
    ];

    /// Iterators wait where streams are pending.
    pub(super) fn waits(self) -> bool {
        matches!(self, Self::AnnotatedIterator | Self::AnnotatedBoxedIterator | Self::BuilderIterator | Self::Open)
    }

    pub(super) fn start(self, script: Script) -> Chunks {
        let call = || call(Operation::Chat, "openai", "gpt-4o");
        match self {
            Self::Annotated => Box::pin(annotated(script)),
            Self::AnnotatedBox => annotated_box(script).unwrap(),
            Self::AnnotatedIterator => Box::pin(stream::iter(annotated_iterator(script))),
            Self::AnnotatedBoxedIterator => Box::pin(stream::iter(annotated_boxed_iterator(script).unwrap())),
            Self::Builder => Box::pin(call().stream(script)),
            Self::BuilderWith => Box::pin(call().stream_with(script, |chunk| owned(Report::of(chunk)))),
            Self::BuilderIterator => Box::pin(stream::iter(call().iterator(script))),
            Self::Open => Box::pin(stream::iter(Own { script, call: Some(call().open()), failed: false })),
        }
    }
}

#[llm_span(operation = "chat", provider = "openai", model = "gpt-4o")]
fn annotated(script: Script) -> impl Stream<Item = Result<Chunk, Broken>> + Send {
    script
}

#[llm_span(operation = "chat", provider = "openai", model = "gpt-4o")]
fn annotated_box(script: Script) -> Result<BoxStream<'static, Result<Chunk, Broken>>, Broken> {
    Ok(Box::pin(script))
}

#[llm_span(operation = "chat", provider = "openai", model = "gpt-4o")]
fn annotated_iterator(script: Script) -> impl Iterator<Item = Result<Chunk, Broken>> + Send {
    script
}

#[llm_span(operation = "chat", provider = "openai", model = "gpt-4o")]
fn annotated_boxed_iterator(script: Script) -> Option<Box<dyn Iterator<Item = Result<Chunk, Broken>> + Send>> {
    Some(Box::new(script))
}

fn owned(report: Report<'_>) -> Report<'static> {
    let mut owned = Report::default();
    owned.update(report);
    owned
}

/// A stream that keeps its own type, and holds its call open.
struct Own {
    script: Script,
    call: Option<OpenCall>,
    failed: bool,
}

impl Iterator for Own {
    type Item = Result<Chunk, Broken>;

    fn next(&mut self) -> Option<Self::Item> {
        // Held here, so that a panic ends it.
        let Some(mut call) = self.call.take() else { return Iterator::next(&mut self.script) };
        let item = call.in_scope(|| Iterator::next(&mut self.script));
        match &item {
            Some(Ok(chunk)) if chunk.told.panics => call.record_chunk(()),
            Some(Ok(chunk)) => call.record_chunk(Report::of(chunk)),
            Some(Err(Broken)) => self.failed = true,
            None => {
                if self.failed {
                    call.fail(&Broken);
                } else {
                    call.succeed(());
                }
                return None;
            }
        }
        self.call = Some(call);
        item
    }
}

impl Drop for Own {
    fn drop(&mut self) {
        if let Some(call) = self.call.take().filter(|_| self.failed) {
            call.fail(&Broken);
        }
    }
}
