//! A use of the attribute that is in order: what the expansion needs and nothing to doubt.

use llm_span_contract::{Operation, SpanKind};
use proc_macro2::{Group, Span, TokenStream};
use quote::quote;
use syn::{Attribute, Expr, ExprClosure, ExprPath, LitStr, Signature, Visibility};

use crate::{
    args::{Part, Preset, Reading},
    shape::Shape,
};

/// Everything that is known of an annotated function.
pub(crate) struct Model {
    pub(crate) attributes: Vec<Attribute>,
    pub(crate) visibility: Visibility,
    pub(crate) signature: Signature,
    pub(crate) body: Group,
    pub(crate) shape: Shape,
    /// The crate's path, `::llm_span` or what `crate = …` says.
    pub(crate) krate: TokenStream,
    pub(crate) operation: Operation,
    /// The kind that was given; `None`: the operation's, of an `invoke_agent` by whether there is a provider.
    pub(crate) kind: Option<SpanKind>,
    pub(crate) provider: Option<Text>,
    pub(crate) requested: Requested,
    /// What the call belongs to; expressions may be `Option`s.
    pub(crate) conversation: Option<Text>,
    pub(crate) session: Option<Text>,
    pub(crate) user: Option<Text>,
    pub(crate) usage: Usage,
    /// What fills in the counts that the provider left out.
    pub(crate) estimate: Option<Reading>,
    /// What is captured before the body runs, on request at run time.
    pub(crate) content: Vec<Content>,
    /// What is captured of the response.
    pub(crate) output: Option<Output>,
    pub(crate) error_type: Option<Expr>,
    pub(crate) name: Name,
    pub(crate) extra: Vec<Extra>,
    pub(crate) level: TokenStream,
    pub(crate) target: Option<Expr>,
    pub(crate) parent: Option<Expr>,
    pub(crate) follows_from: Option<Expr>,
}

impl Model {
    /// The path of what the expansion calls.
    pub(crate) fn private(&self) -> TokenStream {
        let krate = &self.krate;
        quote!(#krate::__private)
    }

    /// The field among the extra ones that the conventions append to the span's name: whom it is about. `None`: that is the
    /// model, or nobody said.
    pub(crate) fn subject(&self) -> Option<usize> {
        let key = match self.operation {
            Operation::Retrieval => "gen_ai.data_source.id",
            Operation::CreateAgent | Operation::InvokeAgent => "gen_ai.agent.name",
            Operation::ExecuteTool => "gen_ai.tool.name",
            Operation::InvokeWorkflow => "gen_ai.workflow.name",
            _ => return None,
        };
        self.extra.iter().position(|extra| extra.key == key)
    }
}

/// A text that is needed when the call starts.
pub(crate) enum Text {
    /// Known now.
    Literal(LitStr),
    /// Anything that is text when the function is called.
    Expr(Expr),
}

/// The model asked for.
pub(crate) enum Requested {
    /// Nobody says: agents, tools, workflows.
    Absent,
    /// The body says.
    InBody,
    Given(Text),
}

impl Requested {
    pub(crate) fn given(&self) -> Option<&Text> {
        match self {
            Self::Given(text) => Some(text),
            Self::Absent | Self::InBody => None,
        }
    }
}

/// A text that may be a prompt: evaluated only where it is captured.
pub(crate) struct Content {
    /// The field that it goes to, among [`Model::extra`].
    pub(crate) field: usize,
    pub(crate) text: Text,
}

/// What is captured of the response, or of a stream's chunks.
pub(crate) struct Output {
    /// The field that it goes to, among [`Model::extra`].
    pub(crate) field: usize,
    pub(crate) reading: Reading,
}

/// Where the usage is.
pub(crate) enum Usage {
    /// The response's type says, by its trait.
    Reported,
    Closure(ExprClosure),
    Function(ExprPath),
    Preset {
        preset: Preset,
        span: Span,
        parts: Vec<(Part, Span)>,
    },
    /// The sum of what the calls below have used.
    Children,
    /// The body says, or nobody does.
    Unreported,
}

/// How the span is named.
pub(crate) enum Name {
    /// As the contract names spans of the operation.
    Contract,
    /// `{operation} {model}`.
    Conventional,
    Literal(LitStr),
}

/// A field of the user's own.
pub(crate) struct Extra {
    pub(crate) key: String,
    pub(crate) value: Value,
}

/// The value of a field of the user's own.
pub(crate) enum Value {
    /// Declared, recorded later.
    Empty,
    /// A literal, as it is to be recorded.
    Literal(TokenStream),
    /// An expression, recorded so.
    Expr(Kind, Expr),
}

/// What an expression is recorded as: what the contract types it as, or what the user marked it with.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Text,
    Int,
    Double,
    Bool,
    /// A list of texts.
    List,
    /// The contract does not say.
    Any,
    Display,
    Debug,
}
