//! What of a return type is a stream of chunks, as far as it is written: `impl Stream`, `impl Iterator`, in layers of `Result` and
//! `Option`.
//!
//! Boxed ones are told by their type, under whatever alias, when the generated code is compiled.

use syn::{
    AssocType, GenericArgument, Ident, PathArguments, PathSegment, Type, TypeImplTrait, TypeParamBound, TypeTraitObject,
    visit::Visit,
};

use crate::shape::{bare, types};

/// An `impl Stream` or `impl Iterator`.
pub(crate) struct ImplStream {
    pub(crate) items: Items,
    /// From the outside to the inside.
    pub(crate) layers: Vec<Layer>,
    /// What is written as its item.
    pub(crate) item: Option<Type>,
    /// A bound that no call can keep: `Clone`, `DoubleEndedIterator`.
    pub(crate) too_much: Option<Ident>,
}

/// How its items are asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Items {
    Stream,
    Iterator,
}

/// What stands around it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Layer {
    Result,
    Option,
}

/// More layers are not taken off.
const MAX_LAYERS: usize = 3;

impl ImplStream {
    /// The stream in a return type.
    pub(crate) fn of(output: &Type) -> Option<Self> {
        let mut layers = Vec::new();
        let mut ty = bare(output);
        loop {
            match ty {
                Type::ImplTrait(stream) => {
                    let (items, bound) = stream.bounds.iter().find_map(items)?;
                    let item = item(bound).cloned();
                    return Some(Self { items, layers, item, too_much: stream.bounds.iter().find_map(too_much) });
                }
                _ if layers.len() == MAX_LAYERS => return None,
                _ => {
                    let (kind, inside) = layer(ty)?;
                    layers.push(kind);
                    ty = bare(inside);
                }
            }
        }
    }
}

/// Whether a boxed stream or iterator is written, perhaps in layers: what is read from its chunks outlives the function.
pub(crate) fn is_box(output: &Type) -> bool {
    if let Some((_, inside)) = layer(output) {
        return is_box(inside);
    }
    match bare(output) {
        Type::TraitObject(object) => object.bounds.iter().any(|bound| items(bound).is_some()),
        Type::Path(path) => path.path.segments.last().is_some_and(|last| match last.ident.to_string().as_str() {
            "BoxStream" | "LocalBoxStream" => true,
            "Pin" | "Box" => types(last).next().is_some_and(is_box),
            _ => false,
        }),
        _ => false,
    }
}

/// A layer, as far as the name tells, and what is in it.
fn layer(ty: &Type) -> Option<(Layer, &Type)> {
    let Type::Path(path) = bare(ty) else { return None };
    let last = path.path.segments.last()?;
    let kind = match last.ident.to_string().as_str() {
        "Option" => Layer::Option,
        name if name.ends_with("Result") => Layer::Result,
        _ => return None,
    };
    Some((kind, types(last).next()?))
}

fn items(bound: &TypeParamBound) -> Option<(Items, &PathSegment)> {
    let TypeParamBound::Trait(bound) = bound else { return None };
    let last = bound.path.segments.last()?;
    let items = match last.ident.to_string().as_str() {
        "Stream" | "FusedStream" | "TryStream" => Items::Stream,
        "Iterator" | "ExactSizeIterator" | "FusedIterator" | "DoubleEndedIterator" => Items::Iterator,
        _ => return None,
    };
    Some((items, last))
}

fn too_much(bound: &TypeParamBound) -> Option<Ident> {
    let TypeParamBound::Trait(bound) = bound else { return None };
    let last = &bound.path.segments.last()?.ident;
    ["Clone", "Copy", "DoubleEndedIterator"].iter().any(|name| last == name).then(|| last.clone())
}

/// `T` of `Item = T`.
fn item(bound: &PathSegment) -> Option<&Type> {
    let PathArguments::AngleBracketed(arguments) = &bound.arguments else { return None };
    arguments.args.iter().find_map(|argument| match argument {
        GenericArgument::AssocType(AssocType { ident, ty, .. }) if ident == "Item" => Some(ty),
        _ => None,
    })
}

/// What in a return type is written as a stream or an iterator, wherever it stands.
#[derive(Default)]
pub(crate) struct Mentioned {
    /// `Stream` in `impl Stream` or `dyn Stream`; `BoxStream`.
    pub(crate) stream: Option<Ident>,
    /// `impl Stream`, `impl Iterator`.
    pub(crate) opaque: Option<TypeImplTrait>,
}

impl Mentioned {
    pub(crate) fn in_type(output: &Type) -> Self {
        let mut mentioned = Self::default();
        mentioned.visit_type(output);
        mentioned
    }

    fn bounds<'b>(&mut self, bounds: impl IntoIterator<Item = &'b TypeParamBound>) -> bool {
        let found = bounds.into_iter().find_map(items);
        if let Some((Items::Stream, segment)) = found {
            self.stream.get_or_insert_with(|| segment.ident.clone());
        }
        found.is_some()
    }
}

impl<'ast> Visit<'ast> for Mentioned {
    fn visit_type_impl_trait(&mut self, ty: &'ast TypeImplTrait) {
        if self.bounds(&ty.bounds) {
            self.opaque.get_or_insert_with(|| ty.clone());
        }
        syn::visit::visit_type_impl_trait(self, ty);
    }

    fn visit_type_trait_object(&mut self, ty: &'ast TypeTraitObject) {
        self.bounds(&ty.bounds);
        syn::visit::visit_type_trait_object(self, ty);
    }

    fn visit_path_segment(&mut self, segment: &'ast PathSegment) {
        if segment.ident == "BoxStream" || segment.ident == "LocalBoxStream" {
            self.stream.get_or_insert_with(|| segment.ident.clone());
        }
        syn::visit::visit_path_segment(self, segment);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stream(ty: &str) -> Option<(Items, Vec<Layer>)> {
        ImplStream::of(&syn::parse_str(ty).unwrap()).map(|stream| (stream.items, stream.layers))
    }

    #[test]
    fn a_stream_is_found_inside_its_layers() {
        use Layer::{Option, Result};
        assert_eq!(stream("impl Stream<Item = u8>"), Some((Items::Stream, vec![])));
        assert_eq!(stream("impl futures::Stream<Item = io::Result<u8>> + Send"), Some((Items::Stream, vec![])));
        assert_eq!(stream("Result<Option<impl Stream<Item = u8>>, E>"), Some((Items::Stream, vec![Result, Option])));
        assert_eq!(stream("impl Send + Iterator<Item = Result<u8, E>>"), Some((Items::Iterator, vec![])));
        assert_eq!(stream("Result<Answer, E>"), None);
        assert_eq!(stream("(impl Stream<Item = u8>, u8)"), None);
    }

    #[test]
    fn a_boxed_stream_is_found_inside_its_layers() {
        let is_box = |ty: &str| is_box(&syn::parse_str(ty).unwrap());
        assert!(is_box("BoxStream<'static, u8>"));
        assert!(is_box("io::Result<Option<Pin<Box<dyn Send + futures::Stream<Item = u8>>>>>"));
        assert!(is_box("Box<dyn Iterator<Item = u8> + '_>"));
        assert!(!is_box("Pin<Box<dyn Future<Output = u8>>>"));
        assert!(!is_box("Box<Answer>"));
    }

    #[test]
    fn a_stream_is_mentioned_wherever_it_stands() {
        let stream = |ty: &str| Mentioned::in_type(&syn::parse_str(ty).unwrap()).stream.map(|name| name.to_string());
        assert_eq!(stream("(impl Stream<Item = u8>, u8)").as_deref(), Some("Stream"));
        assert_eq!(stream("Result<BoxStream<'static, u8>, E>").as_deref(), Some("BoxStream"));
        assert_eq!(stream("Pin<Box<dyn Stream<Item = u8> + Send>>").as_deref(), Some("Stream"));
        assert_eq!(stream("Result<my::Stream, TcpStream>"), None);
    }
}
