//! What kind of function is annotated: how its body is run depends on it.

use proc_macro2::Group;
use quote::quote;
use syn::{
    AssocType, GenericArgument, PathArguments, PathSegment, ReturnType, Signature, Type, TypeParamBound, punctuated::Punctuated,
};

use crate::disguise::Disguise;

/// How the body runs, and what it gives back in the end.
pub(crate) enum Shape {
    /// It runs when the function is called.
    Sync,
    /// It is an `async fn`.
    Async,
    /// It returns a future, `impl Future<Output = T>`.
    Future(Type),
    /// It returns a boxed future, `Pin<Box<dyn Future<Output = T>>>` or its alias of the `futures` crate.
    Boxed(Type),
    /// It was an `async fn` before `#[async_trait]` boxed its future.
    Disguised(Type, Disguise),
}

impl Shape {
    pub(crate) fn of(signature: &Signature, body: &Group) -> Self {
        if signature.asyncness.is_some() {
            return Self::Async;
        }
        let ReturnType::Type(_, returned) = &signature.output else { return Self::Sync };
        match bare(returned) {
            Type::ImplTrait(future) => output(&future.bounds).map_or(Self::Sync, Self::Future),
            Type::Path(path) => match path.path.segments.last().and_then(boxed) {
                None => Self::Sync,
                Some(output) => match Disguise::of(body) {
                    Some(disguise) => Self::Disguised(output, disguise),
                    None => Self::Boxed(output),
                },
            },
            _ => Self::Sync,
        }
    }
}

/// A type without the groups that macros put around it.
pub(crate) fn bare(ty: &Type) -> &Type {
    match ty {
        Type::Group(group) => bare(&group.elem),
        Type::Paren(paren) => bare(&paren.elem),
        other => other,
    }
}

fn boxed(segment: &PathSegment) -> Option<Type> {
    let name = segment.ident.to_string();
    match name.as_str() {
        "BoxFuture" | "LocalBoxFuture" => types(segment).next().cloned(),
        "Pin" => {
            let Type::Path(inner) = bare(types(segment).next()?) else { return None };
            let inner = inner.path.segments.last().filter(|segment| segment.ident == "Box")?;
            let Type::TraitObject(future) = bare(types(inner).next()?) else { return None };
            output(&future.bounds)
        }
        _ => None,
    }
}

/// The type arguments of a path's segment.
pub(crate) fn types(segment: &PathSegment) -> impl Iterator<Item = &Type> {
    let arguments = match &segment.arguments {
        PathArguments::AngleBracketed(arguments) => Some(arguments.args.iter()),
        _ => None,
    };
    arguments.into_iter().flatten().filter_map(|argument| match argument {
        GenericArgument::Type(ty) => Some(ty),
        _ => None,
    })
}

/// `T` of `Future<Output = T>` among some bounds.
fn output<P>(bounds: &Punctuated<TypeParamBound, P>) -> Option<Type> {
    bounds.iter().find_map(|bound| {
        let TypeParamBound::Trait(bound) = bound else { return None };
        let future = bound.path.segments.last().filter(|segment| segment.ident == "Future")?;
        let PathArguments::AngleBracketed(arguments) = &future.arguments else { return None };
        arguments.args.iter().find_map(|argument| match argument {
            GenericArgument::AssocType(AssocType { ident, ty, .. }) if ident == "Output" => Some(ty.clone()),
            _ => None,
        })
    })
}

/// A return type as it can be written on a closure or a `let`: `impl Trait` is left to inference.
pub(crate) fn inferable(ty: &Type) -> Type {
    let mut ty = ty.clone();
    infer(&mut ty);
    ty
}

fn infer(ty: &mut Type) {
    match ty {
        Type::ImplTrait(_) => *ty = Type::Verbatim(quote!(_)),
        Type::Group(inner) => infer(&mut inner.elem),
        Type::Paren(inner) => infer(&mut inner.elem),
        Type::Reference(inner) => infer(&mut inner.elem),
        Type::Slice(inner) => infer(&mut inner.elem),
        Type::Array(inner) => infer(&mut inner.elem),
        Type::Tuple(inner) => inner.elems.iter_mut().for_each(infer),
        Type::Path(path) => path.path.segments.iter_mut().for_each(infer_arguments),
        _ => {}
    }
}

fn infer_arguments(segment: &mut PathSegment) {
    if let PathArguments::AngleBracketed(arguments) = &mut segment.arguments {
        for argument in &mut arguments.args {
            if let GenericArgument::Type(ty) = argument {
                infer(ty);
            }
        }
    }
}

/// What is inside the layers of `Result` and `Option`, as far as the name tells; the place to speak of a response's type.
pub(crate) fn response(ty: &Type) -> &Type {
    let ty = bare(ty);
    let Type::Path(path) = ty else { return ty };
    let Some(last) = path.path.segments.last() else { return ty };
    let layered = last.ident.to_string().ends_with("Result") || last.ident == "Option";
    if layered { types(last).next().map_or(ty, response) } else { ty }
}

/// Whether it is `!`.
pub(crate) fn is_never(ty: &Type) -> bool {
    matches!(bare(ty), Type::Never(_))
}

#[cfg(test)]
mod tests {
    use quote::ToTokens;

    use super::*;

    fn shape(function: &str) -> &'static str {
        let function: crate::item::Function = syn::parse_str(function).unwrap();
        match Shape::of(&function.signature, &function.body.unwrap()) {
            Shape::Sync => "sync",
            Shape::Async => "async",
            Shape::Future(_) => "future",
            Shape::Boxed(_) => "boxed",
            Shape::Disguised(..) => "disguised",
        }
    }

    #[test]
    fn a_function_is_run_by_what_it_returns() {
        assert_eq!(shape("fn f() {}"), "sync");
        assert_eq!(shape("fn f() -> Result<Box<dyn Future<Output = u8>>, E> {}"), "sync");
        assert_eq!(shape("async fn f() -> u8 {}"), "async");
        assert_eq!(shape("fn f() -> impl Send + std::future::Future<Output = u8> + 'static {}"), "future");
        assert_eq!(shape("fn f() -> impl Iterator<Item = u8> {}"), "sync");
        assert_eq!(shape("fn f() -> std::pin::Pin<Box<dyn Future<Output = u8> + Send>> {}"), "boxed");
        assert_eq!(shape("fn f() -> futures::future::BoxFuture<'static, u8> {}"), "boxed");
        assert_eq!(shape("fn f() -> LocalBoxFuture<'_, u8> {}"), "boxed");
        assert_eq!(shape("fn f() -> Pin<Box<dyn Stream<Item = u8>>> {}"), "sync");
    }

    #[test]
    fn what_async_trait_makes_is_an_async_fn() {
        let body = "Box::pin(async move { let x = x; let __ret: u8 = { x }; __ret })";
        assert_eq!(shape(&format!("fn f(x: u8) -> Pin<Box<dyn Future<Output = u8> + 'async_trait>> {{ {body} }}")), "disguised");
        assert_eq!(shape("fn f() -> Pin<Box<dyn Future<Output = u8>>> { Box::pin(async move { 5 }) }"), "boxed");
    }

    #[test]
    fn impl_trait_is_left_to_inference() {
        let ty: Type = syn::parse_str("Result<(impl Iterator<Item = u8>, &[impl Send]), Error>").unwrap();
        let expected: Type = syn::parse_str("Result<(_, &[_]), Error>").unwrap();
        assert_eq!(inferable(&ty).to_token_stream().to_string(), expected.to_token_stream().to_string());
    }

    #[test]
    fn a_response_is_inside_its_layers() {
        let named = |ty: &str| response(&syn::parse_str(ty).unwrap()).to_token_stream().to_string();
        assert_eq!(named("Result<Answer, Error>"), "Answer");
        assert_eq!(named("io::Result<Answer>"), "Answer");
        assert_eq!(named("Option<Vec<u8>>"), "Vec < u8 >");
        assert_eq!(named("Answer"), "Answer");
        assert_eq!(named("Result<Option<Result<Answer, Error>>, Elapsed>"), "Answer");
    }
}
