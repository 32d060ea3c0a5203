//! Arguments and item → model: the rules of the attribute and of the contract.

mod attributes;
mod callsite;
mod constant;
mod content;
mod fields;
pub(crate) mod fits;
mod function;
pub(crate) mod kind;
mod operation;
mod stream;
mod text;
mod usage;
mod value;

use proc_macro2::TokenStream;

use crate::{
    args::{self, Args},
    disguise::renamed,
    errors::Errors,
    model::Model,
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
    let kind = kind::given(&mut args, operation, &mut errors);
    let has_provider = args.is_written("provider");
    let effective = operation.map(|operation| kind::of(operation, kind, has_provider));
    let provider = text::provider(&mut args, operation, place, &mut errors);
    let requested = text::model(&mut args, operation, place, &mut errors);
    let conversation = text::id(&mut args.conversation, "conversation", &mut errors);
    let session = text::id(&mut args.session, "session", &mut errors);
    let user = text::id(&mut args.user, "user", &mut errors);
    let name = callsite::name(&mut args, &mut errors);
    let level = callsite::level(&mut args, &mut errors);
    let target = callsite::target(&mut args, &mut errors);
    let fields_key = args.fields.key();
    let extra = attributes::checked(&mut args, operation, effective, place, &mut errors);
    let mut extra = fields::checked(&mut args, extra, &mut errors);
    let (content, output) = content::checked(&mut args, operation, &mut extra, &mut errors);
    fields::not_too_many(fields_key, &extra, &mut errors);
    let usage = usage::checked(&mut args, operation, &mut errors);
    let estimate = usage::estimate(&mut args, operation, &mut errors);
    callsite::no_words(&args, &mut errors);
    if let (Some(function), Some(shape)) = (&function, &shape) {
        stream::check(&function.signature, shape, &mut errors);
    }

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
            kind,
            provider: provider?,
            requested: requested?,
            conversation,
            session,
            user,
            usage,
            estimate,
            content,
            output,
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

#[cfg(test)]
mod tests;
