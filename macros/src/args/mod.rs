//! The arguments of the attribute as they were written: syntax and duplicates, no rules of the contract.
//!
//! Parsed by hand: a dotted key is no `syn::Path`, and after a mistake the next argument is still read.

mod fields;
mod key;
mod keyless;
mod names;
mod reading;
mod recover;
mod slot;
mod usage;
mod value;
mod written;

pub(crate) use fields::{FieldArg, Sigil};
pub(crate) use key::Key;
pub(crate) use reading::Reading;
pub(crate) use slot::Slot;
pub(crate) use usage::{Part, Preset, UsageArg};
pub(crate) use value::{literal, ungroup, word};
pub(crate) use written::Written;

use llm_span_contract::Argument;
use proc_macro2::TokenStream;
use quote::{ToTokens, quote};
use syn::{
    Expr, LitStr, Token,
    parse::{ParseStream, Parser},
};

use crate::errors::Errors;

/// What was written, each argument at most once.
#[derive(Default)]
pub(crate) struct Args {
    pub(crate) operation: Slot<Expr>,
    pub(crate) provider: Slot<Expr>,
    pub(crate) model: Slot<Expr>,
    pub(crate) usage: Slot<UsageArg>,
    pub(crate) estimate: Slot<Reading>,
    pub(crate) name: Slot<Expr>,
    pub(crate) kind: Slot<Expr>,
    pub(crate) conversation: Slot<Expr>,
    pub(crate) session: Slot<Expr>,
    pub(crate) user: Slot<Expr>,
    pub(crate) input: Slot<Expr>,
    pub(crate) output: Slot<Reading>,
    pub(crate) system_instructions: Slot<Expr>,
    pub(crate) tool_definitions: Slot<Expr>,
    /// Those that stand for an attribute each, in the order written.
    pub(crate) attributes: Vec<AttributeArg>,
    pub(crate) fields: Slot<Vec<FieldArg>>,
    pub(crate) level: Slot<Expr>,
    pub(crate) target: Slot<Expr>,
    pub(crate) parent: Slot<Expr>,
    pub(crate) follows_from: Slot<Expr>,
    pub(crate) error_type: Slot<Expr>,
    pub(crate) path: Slot<syn::Path>,
    /// Every name that was written, be its value faulty.
    written: Vec<String>,
    /// Names that were given with a faulty value: given all the same, so that they are not missed as well.
    faulty: Vec<String>,
    /// Texts without a key.
    keyless: Vec<LitStr>,
}

/// An argument that stands for an attribute, such as `temperature`.
pub(crate) struct AttributeArg {
    pub(crate) argument: &'static Argument,
    pub(crate) key: TokenStream,
    pub(crate) value: Expr,
}

impl Args {
    /// Reads all of them; what is wrong goes to `errors`, what is right is there.
    pub(crate) fn parse(tokens: TokenStream, errors: &mut Errors) -> Self {
        let mut args = Self::default();
        let all = |input: ParseStream<'_>| {
            while !input.is_empty() {
                if let Err(error) = args.argument(input, errors) {
                    errors.push(error);
                    recover::to_next_argument(input);
                }
                if !input.is_empty() && input.parse::<Option<Token![,]>>()?.is_none() {
                    errors.push(input.error("expected `,` between arguments"));
                    recover::to_next_argument(input);
                    input.parse::<Option<Token![,]>>()?;
                }
            }
            Ok(())
        };
        if let Err(error) = all.parse2(tokens) {
            errors.push(error);
        }
        args.name_keyless(errors);
        args
    }

    /// Whether the argument was given, be it faulty.
    pub(crate) fn tried(&self, name: &str) -> bool {
        self.faulty.iter().any(|faulty| faulty == name)
    }

    /// Whether the argument stands there, well or badly.
    pub(crate) fn is_written(&self, name: &str) -> bool {
        self.tried(name) || self.written.iter().any(|written| written == name)
    }

    fn argument(&mut self, input: ParseStream<'_>, errors: &mut Errors) -> syn::Result<()> {
        if let Some(text) = keyless::parse(input)? {
            self.keyless.push(text);
            return Ok(());
        }
        let key: Key = input.parse()?;
        let name = key.text();
        self.written.push(name.to_owned());
        let read = self.value(&key, input, errors);
        if read.is_err() && names::is_name(name) {
            self.faulty.push(name.to_owned());
        }
        read
    }

    fn value(&mut self, key: &Key, input: ParseStream<'_>, errors: &mut Errors) -> syn::Result<()> {
        match key.text() {
            "operation" => self.operation.set(key, value::expression(key, input)?, errors),
            "provider" => self.provider.set(key, value::expression(key, input)?, errors),
            "model" => self.model.set(key, value::expression(key, input)?, errors),
            "usage" => self.usage.set(key, usage::parse(key, input)?, errors),
            "estimate" => self.estimate.set(key, Reading::parse(key, input)?, errors),
            "name" => self.name.set(key, value::expression(key, input)?, errors),
            "kind" => self.kind.set(key, value::expression(key, input)?, errors),
            "conversation" => self.conversation.set(key, value::expression(key, input)?, errors),
            "session" => self.session.set(key, value::expression(key, input)?, errors),
            "user" => self.user.set(key, value::expression(key, input)?, errors),
            "input" => self.input.set(key, value::expression(key, input)?, errors),
            "output" => self.output.set(key, Reading::parse(key, input)?, errors),
            "system_instructions" => self.system_instructions.set(key, value::expression(key, input)?, errors),
            "tool_definitions" => self.tool_definitions.set(key, value::expression(key, input)?, errors),
            "fields" => self.fields.set(key, fields::parse(key, input, errors)?, errors),
            "level" => self.level.set(key, value::expression(key, input)?, errors),
            "target" => self.target.set(key, value::expression(key, input)?, errors),
            "parent" => self.parent.set(key, value::expression(key, input)?, errors),
            "follows_from" => self.follows_from.set(key, value::expression(key, input)?, errors),
            "error_type" => self.error_type.set(key, value::expression(key, input)?, errors),
            "crate" => self.path.set(key, value::path(key, input)?, errors),
            name => match Argument::named(name) {
                Some(argument) => self.attribute(argument, key, value::expression(key, input)?, errors),
                None => self.unknown(key, input, errors),
            },
        }
        Ok(())
    }

    fn attribute(&mut self, argument: &'static Argument, key: &Key, value: Expr, errors: &mut Errors) {
        if self.attributes.iter().any(|other| other.argument.name == argument.name) {
            errors.at(key, slot::duplicate(key));
        } else {
            self.attributes.push(AttributeArg { argument, key: key.to_token_stream(), value });
        }
    }

    /// An argument that there is not. The one it was meant for is not missed as well.
    fn unknown(&mut self, key: &Key, input: ParseStream<'_>, errors: &mut Errors) {
        let name = key.text();
        recover::past_value(input);
        match names::meant(name) {
            Some(meant) => {
                self.faulty.push(meant.to_owned());
                errors.at(key, format_args!("unknown argument `{name}`; did you mean `{meant}`?"));
            }
            None => errors.at(key, names::unknown(key)),
        }
    }
}

/// The path of the run time: `::llm_span`, or what `crate = …` says.
pub(crate) fn krate(args: &Args) -> TokenStream {
    args.path.get().map_or_else(|| quote!(::llm_span), |path| quote!(#path))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(arguments: &str) -> (Args, Vec<String>) {
        let mut errors = Errors::default();
        let args = Args::parse(arguments.parse().unwrap(), &mut errors);
        let found = errors.finish(None::<()>).unwrap_err();
        (args, found.iter().map(ToString::to_string).collect())
    }

    #[test]
    fn commas_inside_of_values_do_not_part_arguments() {
        let (args, errors) = parsed("usage = |a, b| f::<A, B>(a, b), model = m(1, 2), operation = \"chat\",");
        assert!(errors.is_empty(), "{errors:?}");
        assert!(args.usage.get().is_some() && args.model.get().is_some() && args.operation.get().is_some());
    }

    #[test]
    fn after_a_mistake_the_next_argument_is_read() {
        let (args, errors) =
            parsed("provider = + , model = \"m\" level = 1, colour = red(1, 2), usage = , fields(a = , b = 1), name = \"n\"");
        let expected =
            ["expected an expression", "expected `,`", "unknown argument `colour`", "`usage` has no value", "`a` has no value"];
        assert_eq!(errors.len(), expected.len(), "{errors:?}");
        for (error, start) in errors.iter().zip(expected) {
            assert!(error.starts_with(start), "{error}");
        }
        assert!(args.tried("provider") && args.tried("usage"));
        assert!(args.model.get().is_some() && args.name.get().is_some());
        assert_eq!(args.fields.get().map(Vec::len), Some(1));
    }

    #[test]
    fn an_argument_meant_is_not_missed_as_well() {
        let (args, errors) = parsed("provder = \"openai\"");
        assert_eq!(errors, ["unknown argument `provder`; did you mean `provider`?"]);
        assert!(args.tried("provider"));
    }

    #[test]
    fn a_text_without_a_key_is_told_the_one_it_was_meant_for() {
        let (args, errors) = parsed("\"gpt-4o\", \"chat\", provider = \"openai\", \"debug\"");
        let expected = [
            "`\"chat\"` has no key; write `operation = \"chat\"`",
            "`\"gpt-4o\"` has no key; write `model = \"gpt-4o\"`",
            "`\"debug\"` has no key; write `key = \"debug\"`",
        ];
        assert_eq!(errors, expected);
        assert!(args.tried("model") && args.tried("operation"));
    }

    #[test]
    fn the_first_of_two_counts() {
        let (args, errors) = parsed("level = 1, level = 2");
        assert_eq!(errors, ["duplicate argument `level`; it can be given once"]);
        assert_eq!(args.level.get().map(|level| quote!(#level).to_string()).as_deref(), Some("1"));
    }
}
