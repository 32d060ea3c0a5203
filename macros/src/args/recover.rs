//! Goes on after a mistake: one faulty argument must not hide the others'.

use proc_macro2::{TokenStream, TokenTree};
use syn::{Token, ext::IdentExt as _, parse::ParseStream};

/// Skips to the comma before what looks like the next argument, or to the end.
pub(crate) fn to_next_argument(input: ParseStream<'_>) {
    while !input.is_empty() && !at_next_argument(input) {
        let _ = input.parse::<TokenTree>();
    }
}

fn at_next_argument(input: ParseStream<'_>) -> bool {
    input.peek(Token![,]) && (input.peek2(syn::Ident::peek_any) || input.peek2(syn::LitStr))
}

/// Skips the value of a key that is not known: `= expression`, `(…)`, or nothing.
pub(crate) fn past_value(input: ParseStream<'_>) {
    if input.parse::<Option<Token![=]>>().is_ok_and(|equals| equals.is_some()) {
        if input.parse::<syn::Expr>().is_err() {
            to_next_argument(input);
        }
    } else {
        to_next_argument(input);
    }
}

/// Everything that is left, so that the parser has no reason to complain of it.
pub(crate) fn rest(input: ParseStream<'_>) {
    let _ = input.parse::<TokenStream>();
}
