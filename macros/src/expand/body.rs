//! The user's body, and what stands before it in the closure or the async block that it becomes.

use proc_macro2::{Delimiter, Group, Ident, TokenStream, TokenTree};
use quote::quote;
use syn::{
    Attribute, FieldPat, FnArg, Local, PatIdent, PatType, Receiver, Stmt, Type,
    ext::IdentExt as _,
    visit::{self, Visit},
};

use super::reads::Reads;
use crate::{disguise::Disguise, model::Model};

/// The body of the function.
pub(super) fn of(model: &Model) -> Group {
    let mut taken = Taken::default();
    model.signature.inputs.iter().for_each(|argument| taken.visit_fn_arg(argument));
    taken.before(model, &model.body)
}

/// The body of what was an `async fn` once, whose arguments are taken in by statements before it.
pub(super) fn in_disguise(model: &Model, disguise: &Disguise) -> Group {
    let mut taken = Taken::default();
    disguise.before.iter().filter(|statement| matches!(statement, Stmt::Local(_))).for_each(|local| taken.visit_stmt(local));
    taken.before(model, &disguise.body)
}

/// Statements before a body, which stays a block of its own: items that it begins with are not in their scope.
pub(super) fn with(statements: &TokenStream, body: &Group) -> Group {
    if statements.is_empty() {
        return body.clone();
    }
    let mut with = Group::new(Delimiter::Brace, quote!(#statements #body));
    with.set_span(body.span());
    with
}

/// Arguments that a body may set a part of, bound by value as `mut`.
///
/// A closure or an async block captures the parts of a variable that it names. A field that it sets would be set in a copy, where that
/// is `Copy`, and what the user's own `Drop` sees is the argument as it was before. So these are taken along whole.
#[derive(Default)]
struct Taken {
    names: Vec<(Conditions, Ident)>,
    /// Of what is being visited.
    conditions: Conditions,
}

/// `#[cfg(…)]`: it is there in some builds only.
type Conditions = Vec<Attribute>;

impl Taken {
    /// The body, before which those are mentioned that it names.
    ///
    /// What is read at the end, too, is left where it is: that reads what the body has left of it.
    fn before(self, model: &Model, body: &Group) -> Group {
        let reads = Reads::at_the_end(model);
        // The last one first: what is captured is dropped in that order.
        let mentioned = self.names.into_iter().rev().filter(|(_, name)| names(body.stream(), name) && !reads.names(name));
        let mentions = mentioned.map(|(conditions, name)| quote!(#(#conditions)* let _ = &#name;));
        with(&mentions.collect(), body)
    }

    fn under(&mut self, attributes: &[Attribute], visit: impl FnOnce(&mut Self)) {
        let outer = self.conditions.len();
        let is_condition = |attribute: &&Attribute| ["cfg", "cfg_attr"].iter().any(|name| attribute.path().is_ident(name));
        self.conditions.extend(attributes.iter().filter(is_condition).cloned());
        visit(self);
        self.conditions.truncate(outer);
    }
}

impl Visit<'_> for Taken {
    fn visit_receiver(&mut self, receiver: &Receiver) {
        if receiver.mutability.is_some() {
            let name = Ident::new("self", receiver.self_token.span);
            self.under(&receiver.attrs, |this| this.names.push((this.conditions.clone(), name)));
        }
    }

    fn visit_fn_arg(&mut self, argument: &FnArg) {
        match argument {
            FnArg::Receiver(receiver) => self.visit_receiver(receiver),
            FnArg::Typed(PatType { attrs, pat, .. }) => self.under(attrs, |this| this.visit_pat(pat)),
        }
    }

    fn visit_local(&mut self, Local { attrs, pat, .. }: &Local) {
        self.under(attrs, |this| this.visit_pat(pat));
    }

    fn visit_field_pat(&mut self, FieldPat { attrs, pat, .. }: &FieldPat) {
        self.under(attrs, |this| this.visit_pat(pat));
    }

    fn visit_pat_ident(&mut self, pattern: &PatIdent) {
        if pattern.mutability.is_some() && pattern.by_ref.is_none() {
            self.names.push((self.conditions.clone(), pattern.ident.clone()));
        }
        visit::visit_pat_ident(self, pattern);
    }

    /// What a type's blocks bind stays there.
    fn visit_type(&mut self, _: &Type) {}
}

/// Whether the name stands in it.
fn names(tokens: TokenStream, name: &Ident) -> bool {
    tokens.into_iter().any(|token| match token {
        TokenTree::Ident(word) => word.unraw() == name.unraw(),
        TokenTree::Group(group) => names(group.stream(), name),
        TokenTree::Punct(_) | TokenTree::Literal(_) => false,
    })
}
