//! The operations of the OpenTelemetry GenAI conventions, and what each means for a span.

use std::fmt;

use crate::suggest;

/// A well-known value of `gen_ai.operation.name`.
///
/// Source: OpenTelemetry semantic conventions v1.41.1, `gen_ai.operation.name`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Operation {
    /// `chat`: a chat completion.
    Chat,
    /// `text_completion`: a completion of the legacy kind.
    TextCompletion,
    /// `generate_content`: multimodal generation, as Gemini names it.
    GenerateContent,
    /// `embeddings`: vectors of a text.
    Embeddings,
    /// `retrieval`: a search in a data source, a reranking.
    Retrieval,
    /// `create_agent`
    CreateAgent,
    /// `invoke_agent`
    InvokeAgent,
    /// `execute_tool`
    ExecuteTool,
    /// `invoke_workflow`
    InvokeWorkflow,
}

/// The kind of a span, as OpenTelemetry has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SpanKind {
    /// A call that leaves the process.
    Client,
    /// Work inside the process.
    Internal,
}

impl SpanKind {
    /// The value of `otel.kind` that `tracing-opentelemetry` reads: `client`, `internal`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Client => "client",
            Self::Internal => "internal",
        }
    }
}

impl Operation {
    /// All of them, in the order of the conventions.
    pub const ALL: [Self; 9] = [
        Self::Chat,
        Self::TextCompletion,
        Self::GenerateContent,
        Self::Embeddings,
        Self::Retrieval,
        Self::CreateAgent,
        Self::InvokeAgent,
        Self::ExecuteTool,
        Self::InvokeWorkflow,
    ];

    /// The value of `gen_ai.operation.name`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Chat => "chat",
            Self::TextCompletion => "text_completion",
            Self::GenerateContent => "generate_content",
            Self::Embeddings => "embeddings",
            Self::Retrieval => "retrieval",
            Self::CreateAgent => "create_agent",
            Self::InvokeAgent => "invoke_agent",
            Self::ExecuteTool => "execute_tool",
            Self::InvokeWorkflow => "invoke_workflow",
        }
    }

    /// The operation of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|operation| operation.name() == name)
    }

    /// Whether `name` is an operation of somebody's own (`plan`, `transcription`): none of these, and no misspelling of one.
    ///
    /// ```
    /// use llm_span_contract::Operation;
    ///
    /// assert!(Operation::is_other("transcription"));
    /// assert!(!Operation::is_other("embedings"));
    /// ```
    pub fn is_other(name: &str) -> bool {
        let names = || Self::ALL.into_iter().map(Self::name);
        !name.trim().is_empty() && !names().any(|known| known == name) && suggest::nearest(name, names()).is_none()
    }

    /// The value of the AMTP contract's `llm.request.type`, for the operations that are requests to a model.
    pub const fn request_type(self) -> Option<&'static str> {
        match self {
            Self::Chat | Self::GenerateContent => Some("chat"),
            Self::TextCompletion => Some("completion"),
            Self::Embeddings => Some("embedding"),
            Self::Retrieval => Some("rerank"),
            _ => None,
        }
    }

    /// The operation that a value of `llm.request.type` stands for.
    pub fn from_request_type(request_type: &str) -> Option<Self> {
        match request_type {
            "chat" => Some(Self::Chat),
            "completion" => Some(Self::TextCompletion),
            "embedding" => Some(Self::Embeddings),
            "rerank" => Some(Self::Retrieval),
            _ => None,
        }
    }

    /// The span's name: `llm.completion`, which the AMTP dashboards select on, for what generates text; the conventions'
    /// operation name for the others.
    pub const fn span_name(self) -> &'static str {
        match self {
            Self::Chat | Self::TextCompletion | Self::GenerateContent => "llm.completion",
            other => other.name(),
        }
    }

    /// The kind the conventions give to its span.
    pub const fn span_kind(self) -> SpanKind {
        match self {
            Self::ExecuteTool | Self::InvokeWorkflow => SpanKind::Internal,
            _ => SpanKind::Client,
        }
    }

    /// Whether its span's tokens are counted. Agents, tools and workflows repeat what the calls below them used.
    pub const fn counts_tokens(self) -> bool {
        OperationSet::MODEL_CALLS.contains(self)
    }
}

impl fmt::Display for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A set of operations.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct OperationSet(u16);

impl OperationSet {
    /// No operation.
    pub const NONE: Self = Self(0);
    /// Every operation, and spans whose operation is not known.
    pub const ALL: Self = Self(u16::MAX);
    /// What generates text: chat, text completion, content generation.
    pub const GENERATION: Self = Self::of(&[Operation::Chat, Operation::TextCompletion, Operation::GenerateContent]);
    /// Requests to a model, which have a provider, a model and tokens of their own.
    pub const MODEL_CALLS: Self = Self::GENERATION.union(Self::of(&[Operation::Embeddings, Operation::Retrieval]));

    /// The set of these operations.
    pub const fn of(operations: &[Operation]) -> Self {
        let mut bits = 0;
        let mut i = 0;
        while i < operations.len() {
            bits |= 1 << operations[i] as u16;
            i += 1;
        }
        Self(bits)
    }

    /// What is in either.
    #[must_use]
    pub const fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Whether `operation` is in the set.
    pub const fn contains(self, operation: Operation) -> bool {
        self.0 & (1 << operation as u16) != 0
    }

    /// Whether spans are meant whose operation is none of the conventions' (`transcription`): those of a set that has all requests to a
    /// model.
    pub const fn applies_to_others(self) -> bool {
        self.0 & Self::MODEL_CALLS.0 == Self::MODEL_CALLS.0
    }

    /// Whether a span of this operation is meant; one without a known operation is taken for a chat, the commonest and the strictest.
    pub const fn applies_to(self, operation: Option<Operation>) -> bool {
        match operation {
            Some(operation) => self.contains(operation),
            None => self.contains(Operation::Chat),
        }
    }
}
