//! A use of the attribute that is in order: what the expansion needs and nothing to doubt.

use llm_span_contract::Operation;
use proc_macro2::{Group, Span, TokenStream};
use quote::quote;
use syn::{Attribute, Expr, ExprClosure, ExprPath, LitStr, Signature, Visibility};

use crate::{
    args::{Part, Preset},
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
    pub(crate) provider: Text,
    /// The model asked for; `None`: told in the body.
    pub(crate) requested: Option<Text>,
    pub(crate) usage: Usage,
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
}

/// A text that is needed when the call starts.
pub(crate) enum Text {
    /// Known now.
    Literal(LitStr),
    /// Anything that is text when the function is called.
    Expr(Expr),
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
    /// The contract does not say.
    Any,
    Display,
    Debug,
}
