//! What a block gives, and which of it a method takes: what fits its operation, and what it does not say itself.

use llm_span_contract::{Argument, Operation, OperationSet, SpanKind};
use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};
use quote::quote;
use syn::Lit;

use super::Attribute;
use crate::{
    args::{Args, UsageArg, Written, literal},
    errors::Errors,
    valid::{fits, kind},
};

/// The arguments of a block.
pub(super) struct Defaults {
    args: Args,
    given: Vec<Default>,
}

struct Default {
    written: Written,
    /// Whether any method could take it.
    fits: bool,
}

impl Defaults {
    pub(super) fn parse(arguments: TokenStream, errors: &mut Errors) -> Option<Self> {
        let args = Args::parse(arguments.clone(), errors);
        let given = Written::all(arguments).ok()?;
        Some(Self { args, given: given.into_iter().map(|written| Default { written, fits: false }).collect() })
    }

    /// A method's attribute with what it takes. What is wrong in it is told when it is expanded itself.
    pub(super) fn given_to(&mut self, attribute: &Attribute) -> TokenStream {
        let own = attribute.arguments.stream();
        let mut told_later = Errors::default();
        let mut args = Args::parse(own.clone(), &mut told_later);
        let _ = told_later.finish(None::<()>);
        let method = Method::of(&mut args, &self.args);

        let (mut taken, mut fields) = (Vec::new(), Vec::new());
        for default in &mut self.given {
            let name = default.written.key.text();
            if name == "fields" {
                default.fits = true;
                fields.extend(
                    default.written.fields.iter().filter(|(key, _)| !method.has_key(key)).map(|(_, field)| field.clone()),
                );
                continue;
            }
            let fits = method.fits(name, self.args.usage.get());
            default.fits |= fits || args.is_written(name);
            let has_key = Argument::named(name).is_some_and(|argument| method.has_key(argument.key));
            if fits && !args.is_written(name) && !has_key {
                taken.push(default.written.tokens.clone());
            }
        }
        attribute.with(merged(own, taken, &fields))
    }

    /// Tells of what no method can take.
    pub(super) fn idle(&self, errors: &mut Errors) {
        for Default { written, .. } in self.given.iter().filter(|default| !default.fits) {
            let name = written.key.text();
            let of_usage = |operation| takes_usage(operation, self.args.usage.get());
            let fitting = match name {
                "server_address" | "server_port" | "kind" => "calls that leave the process".to_owned(),
                "usage" => {
                    fits::listed(OperationSet::of(&Operation::ALL.into_iter().filter(|o| of_usage(*o)).collect::<Vec<_>>()))
                }
                name => fits::listed(fits::operations(name)),
            };
            errors.at(&written.key, format_args!("`{name}` is for {fitting}, of which there are none in this block; remove it"));
        }
    }
}

/// What is known of a method's call.
struct Method {
    /// `None`: nothing, all fits, and its own attribute tells what is wrong.
    operation: Option<Operation>,
    has_provider: bool,
    kind: Option<SpanKind>,
    default_kind: Option<SpanKind>,
    /// The keys that it sets, by an argument or among its fields.
    keys: Vec<String>,
}

impl Method {
    fn of(own: &mut Args, defaults: &Args) -> Self {
        let operation = if own.is_written("operation") { own.operation.get() } else { defaults.operation.get() };
        let operation = text(operation).and_then(|text| Operation::from_name(&text));
        let kind_of = |args: &Args| text(args.kind.get()).and_then(|text| kind::named(&text));
        let (kind, default_kind) = (kind_of(own), kind_of(defaults));
        let fields = own.fields.take().map(|fields| fields.value).unwrap_or_default();
        let keys = fields.iter().map(|field| field.key.text().to_owned());
        let arguments = own.attributes.iter().map(|given| given.argument.key.to_owned());
        Self {
            operation,
            has_provider: own.is_written("provider")
                || (defaults.provider.get().is_some() && operation != Some(Operation::InvokeAgent)),
            kind,
            default_kind,
            keys: keys.chain(arguments).collect(),
        }
    }

    fn has_key(&self, key: &str) -> bool {
        self.keys.iter().any(|own| own == key)
    }

    /// Whether a default is for this call.
    fn fits(&self, name: &str, usage: Option<&UsageArg>) -> bool {
        let Some(operation) = self.operation else { return true };
        let is_internal = || {
            let given = self.kind.or(self.default_kind.filter(|kind| self.takes_kind(operation, *kind)));
            kind::of(operation, given, self.has_provider) == SpanKind::Internal
        };
        fits::operations(name).contains(operation)
            && match name {
                "usage" => takes_usage(operation, usage),
                // What a block says of its models: an agent beside them is run in this process, unless it says itself who runs it.
                "provider" | "model" => operation != Operation::InvokeAgent,
                "kind" => self.default_kind.is_none_or(|kind| self.takes_kind(operation, kind)),
                "server_address" | "server_port" => !is_internal(),
                _ => true,
            }
    }

    fn takes_kind(&self, operation: Operation, given: SpanKind) -> bool {
        given == SpanKind::Internal || kind::of(operation, None, self.has_provider) == SpanKind::Client
    }
}

/// Readers of a response are for models, sums for what makes calls of models.
fn takes_usage(operation: Operation, usage: Option<&UsageArg>) -> bool {
    let is_model_call = OperationSet::MODEL_CALLS.contains(operation);
    if !fits::operations("usage").contains(operation) {
        return false;
    }
    match usage {
        Some(UsageArg::Children) => !is_model_call,
        Some(UsageArg::InBody | UsageArg::None) | None => true,
        Some(_) => is_model_call,
    }
}

fn text(given: Option<&syn::Expr>) -> Option<String> {
    match given.and_then(literal) {
        Some(Lit::Str(text)) => Some(text.value()),
        _ => None,
    }
}

/// The method's own arguments, then those it takes.
fn merged(own: TokenStream, mut taken: Vec<TokenStream>, fields: &[TokenStream]) -> TokenStream {
    let mut own: Vec<TokenTree> = own.into_iter().collect();
    if !fields.is_empty() {
        match own_fields(&own) {
            Some((at, group)) => own[at] = extended(&group, fields).into(),
            None => taken.push(quote!(fields(#(#fields),*))),
        }
    }
    let comma = (!own.is_empty() && !taken.is_empty() && !ends_in_comma(&own)).then(|| quote!(,));
    quote!(#(#own)* #comma #(#taken),*)
}

/// The parentheses of `fields(…)`, where it stands as an argument.
fn own_fields(own: &[TokenTree]) -> Option<(usize, Group)> {
    own.iter().enumerate().find_map(|(i, token)| {
        let TokenTree::Group(group) = token else { return None };
        let named = i > 0 && matches!(&own[i - 1], TokenTree::Ident(name) if name == "fields");
        let begins = i < 2 || is_comma(&own[i - 2]);
        (named && begins && group.delimiter() == Delimiter::Parenthesis).then(|| (i, group.clone()))
    })
}

fn extended(group: &Group, fields: &[TokenStream]) -> Group {
    let own: Vec<TokenTree> = group.stream().into_iter().collect();
    let comma = (!own.is_empty() && !ends_in_comma(&own)).then(|| quote!(,));
    let mut extended = Group::new(Delimiter::Parenthesis, quote!(#(#own)* #comma #(#fields),*));
    extended.set_span(group.span());
    extended
}

fn ends_in_comma(tokens: &[TokenTree]) -> bool {
    tokens.last().is_some_and(is_comma)
}

pub(super) fn is_comma(token: &TokenTree) -> bool {
    matches!(token, TokenTree::Punct(mark) if mark.as_char() == ',')
}
