//! What the attribute's closures read when the body has returned.

use proc_macro2::{Ident, TokenStream, TokenTree};
use quote::ToTokens;
use syn::{
    Expr, ExprClosure, ExprPath, Macro, PatIdent,
    ext::IdentExt as _,
    visit::{self, Visit},
};

use crate::{
    args::Reading,
    model::{Model, Usage},
};

/// The variables that the attribute's closures read when the body has returned.
#[derive(Default)]
pub(super) struct Reads(Vec<String>);

impl Reads {
    pub(super) fn at_the_end(model: &Model) -> Self {
        let usage = match &model.usage {
            Usage::Closure(closure) => Some(closure.to_token_stream()),
            Usage::Function(path) => Some(path.to_token_stream()),
            Usage::Reported | Usage::Preset { .. } | Usage::Children | Usage::Unreported => None,
        };
        let readings = [model.estimate.as_ref(), model.output.as_ref().map(|output| &output.reading)];
        let readings = readings.into_iter().flatten().map(|reading| match reading {
            Reading::Closure(closure) => closure.to_token_stream(),
            Reading::Function(path) => path.to_token_stream(),
        });
        let error = model.error_type.as_ref().map(ToTokens::to_token_stream);
        let mut reads = Self::default();
        for expression in readings.chain(usage).chain(error) {
            if let Ok(expression) = syn::parse2::<Expr>(expression) {
                reads.visit_expr(&expression);
            }
        }
        reads
    }

    /// Whether that is one of them.
    pub(super) fn names(&self, name: &Ident) -> bool {
        self.0.contains(&name.unraw().to_string())
    }

    fn add_words(&mut self, tokens: TokenStream) {
        for token in tokens {
            match token {
                TokenTree::Ident(word) => self.0.push(word.unraw().to_string()),
                TokenTree::Group(group) => self.add_words(group.stream()),
                // It may be a format, which names variables.
                TokenTree::Literal(text) => {
                    let text = text.to_string();
                    let opened = text.split('{').skip(1).filter_map(|rest| rest.split(['}', ':']).next());
                    self.0.extend(opened.map(|name| name.trim().to_owned()));
                }
                TokenTree::Punct(_) => {}
            }
        }
    }
}

impl Visit<'_> for Reads {
    fn visit_expr_path(&mut self, path: &ExprPath) {
        self.0.extend(path.path.get_ident().map(|name| name.unraw().to_string()));
    }

    /// Not what it calls its parameters.
    fn visit_expr_closure(&mut self, closure: &ExprClosure) {
        let (mut bound, mut inside) = (Bound::default(), Self::default());
        closure.inputs.iter().for_each(|parameter| bound.visit_pat(parameter));
        inside.visit_expr(&closure.body);
        self.0.extend(inside.0.into_iter().filter(|name| !bound.0.contains(name)));
    }

    fn visit_macro(&mut self, called: &Macro) {
        self.add_words(called.tokens.clone());
    }
}

/// What a closure calls its parameters.
#[derive(Default)]
struct Bound(Vec<String>);

impl Visit<'_> for Bound {
    fn visit_pat_ident(&mut self, pattern: &PatIdent) {
        self.0.push(pattern.ident.unraw().to_string());
        visit::visit_pat_ident(self, pattern);
    }
}
