//! Arguments and item → model: the rules of the attribute and of the contract.

mod callsite;
mod fields;
mod function;
mod operation;
mod text;

use proc_macro2::TokenStream;

use crate::{
    args::{self, Args, UsageArg},
    disguise::renamed,
    errors::Errors,
    model::{Model, Usage},
    shape::Shape,
};

/// The model, or every error that there is.
pub(crate) fn model(arguments: TokenStream, item: &TokenStream) -> Result<Model, Vec<syn::Error>> {
    let mut errors = Errors::default();
    let function = function::parse(item, &mut errors);
    let place = function.as_ref().map(|function| &function.signature.ident);
    let shape = function.as_ref().and_then(|function| Some(Shape::of(&function.signature, function.body.as_ref()?)));
    let arguments = if let Some(Shape::Disguised(..)) = shape { renamed(arguments) } else { arguments };
    let mut args = Args::parse(arguments, &mut errors);

    let operation = operation::required(&mut args, place, &mut errors);
    let provider = text::provider(&mut args, place, &mut errors);
    let requested = text::model(&mut args, place, &mut errors);
    let name = callsite::name(&mut args, &mut errors);
    let level = callsite::level(&mut args, &mut errors);
    let target = callsite::target(&mut args, &mut errors);
    let extra = fields::checked(&mut args, &mut errors);
    let usage = usage(&mut args);
    callsite::no_words(&args, &mut errors);

    let model = (|| {
        let function = function?;
        Some(Model {
            krate: args::krate(&args),
            shape: shape?,
            attributes: function.attributes,
            visibility: function.visibility,
            signature: function.signature,
            body: function.body?,
            operation: operation?,
            provider: provider?,
            requested: requested?,
            usage,
            error_type: args.error_type.take().map(|given| given.value),
            name,
            extra,
            level,
            target,
            parent: args.parent.take().map(|given| given.value),
            follows_from: args.follows_from.take().map(|given| given.value),
        })
    })();
    errors.finish(model)
}

fn usage(args: &mut Args) -> Usage {
    match args.usage.take().map(|given| given.value) {
        None => Usage::Reported,
        Some(UsageArg::Closure(closure)) => Usage::Closure(closure),
        Some(UsageArg::Function(path)) => Usage::Function(path),
        Some(UsageArg::Preset { preset, span, parts }) => Usage::Preset { preset, span, parts },
        Some(UsageArg::InBody | UsageArg::None) => Usage::Unreported,
    }
}
