//! The arguments that a body takes along, whole.
//!
//! A closure or an async block captures the parts of a variable that it names. A field that it sets would be set in a copy, and the
//! variable be dropped elsewhere than in a plain function, and as it was before.

use proc_macro2::{Delimiter, Group, Ident, TokenStream, TokenTree};
use quote::quote;
use syn::{
    Attribute, FnArg, Local, PatIdent, Receiver, Signature, Stmt, Type,
    visit::{self, Visit},
};

use super::is_named;

/// The body, which begins by mentioning the variables that it takes along: all of each is captured then, the last one first, as
/// they are dropped in that order.
///
/// What nothing in the body names stays unmentioned, so that lints tell it. What `after` names stays where it is, as that reads
/// what the body leaves of it.
pub(super) fn body(body: &Group, variables: Variables, after: &TokenStream) -> Group {
    let is_taken = |Variable { name, .. }: &Variable| {
        let taken = name.to_string().starts_with('_') || is_named(&body.stream(), name) || is_formatted(&body.stream(), name);
        taken && !is_named(after, name)
    };
    let mentions = variables.0.into_iter().rev().filter(is_taken).map(|Variable { conditions, name }| {
        // Nothing is used that the user has marked as unused.
        let allowed = name.to_string().starts_with('_').then(|| quote!(#[allow(clippy::used_underscore_binding)]));
        quote!(#(#conditions)* #allowed let _ = &#name;)
    });
    let mut statements: TokenStream = mentions.collect();
    statements.extend(body.stream());
    let mut whole = Group::new(Delimiter::Brace, statements);
    whole.set_span(body.span());
    whole
}

/// What a body may name of what stands before it, in the order in which it is bound.
#[derive(Default)]
pub(super) struct Variables(Vec<Variable>);

struct Variable {
    /// `#[cfg(…)]` of the argument, which is there for some builds only.
    conditions: Vec<Attribute>,
    name: Ident,
}

impl Variables {
    pub(super) fn of_arguments(signature: &Signature) -> Self {
        let mut variables = Self::default();
        for argument in &signature.inputs {
            let (FnArg::Receiver(Receiver { attrs, .. }) | FnArg::Typed(syn::PatType { attrs, .. })) = argument;
            let conditions: Vec<_> = attrs.iter().filter(|attribute| attribute.path().is_ident("cfg")).cloned().collect();
            let first = variables.0.len();
            variables.visit_fn_arg(argument);
            variables.0[first..].iter_mut().for_each(|variable| variable.conditions.clone_from(&conditions));
        }
        variables
    }

    /// Those of `let` statements.
    pub(super) fn of_statements(statements: &[Stmt]) -> Self {
        let mut variables = Self::default();
        for statement in statements {
            if let Stmt::Local(Local { pat, .. }) = statement {
                variables.visit_pat(pat);
            }
        }
        variables
    }

    fn add(&mut self, name: &Ident) {
        self.0.push(Variable { conditions: Vec::new(), name: name.clone() });
    }
}

impl Visit<'_> for Variables {
    fn visit_receiver(&mut self, receiver: &Receiver) {
        self.add(&Ident::new("self", receiver.self_token.span));
    }

    fn visit_pat_ident(&mut self, pattern: &PatIdent) {
        self.add(&pattern.ident);
        visit::visit_pat_ident(self, pattern);
    }

    /// What a type's blocks bind stays there.
    fn visit_type(&mut self, _: &Type) {}
}

/// Whether a text in it may be a format that names the variable, `"{name}"`.
fn is_formatted(tokens: &TokenStream, name: &Ident) -> bool {
    let opened = format!("{{{name}");
    tokens.clone().into_iter().any(|token| match token {
        TokenTree::Literal(literal) => literal.to_string().contains(&opened),
        TokenTree::Group(group) => is_formatted(&group.stream(), name),
        TokenTree::Ident(_) | TokenTree::Punct(_) => false,
    })
}
