//! A closure over the response, or a path to a function of it.

use syn::{Expr, ExprClosure, ExprPath, parse::ParseStream};

use super::{Key, value};

/// How something is read from a response, or from a chunk of it.
pub(crate) enum Reading {
    /// `|response| …`
    Closure(ExprClosure),
    /// `path::to::a_function`
    Function(ExprPath),
}

impl Reading {
    pub(super) fn parse(key: &Key, input: ParseStream<'_>) -> syn::Result<Self> {
        let given = value::expression(key, input)?;
        let is_word = value::word(&given).is_some_and(|(word, _)| ["in_body", "none"].contains(&word.as_str()));
        Self::of(&given).filter(|_| !is_word).ok_or_else(|| {
            let name = key.text();
            syn::Error::new_spanned(
                &given,
                format_args!("`{name}` takes a closure or a path to a function; write `{name} = |response| …`"),
            )
        })
    }

    /// Parentheses may stand around it.
    pub(super) fn of(given: &Expr) -> Option<Self> {
        match value::ungroup(given) {
            Expr::Closure(closure) => Some(Self::Closure(closure.clone())),
            Expr::Path(path) => Some(Self::Function(path.clone())),
            Expr::Paren(paren) => Self::of(&paren.expr),
            _ => None,
        }
    }
}
