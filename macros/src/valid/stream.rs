//! What is returned, where it is a stream: whether the call can be kept open until its end.

use syn::{ReturnType, Signature};

use crate::{
    errors::Errors,
    shape::Shape,
    stream::{ImplStream, Items, Mentioned},
};

const BY_HAND: &str = "or hold the call in a type of your own: `llm_span::call(…).open()`, and feed it chunk by chunk";

pub(crate) fn check(signature: &Signature, shape: &Shape, errors: &mut Errors) {
    let output = match (shape, &signature.output) {
        (Shape::Future(output) | Shape::Boxed(output) | Shape::Disguised(output, _), _) => output,
        (_, ReturnType::Type(_, output)) => output,
        (_, ReturnType::Default) => return,
    };
    let mentioned = Mentioned::in_type(output);
    if let Some(stream) = mentioned.stream.as_ref().filter(|_| !cfg!(feature = "stream")) {
        errors.at(
            stream,
            "functions that return a stream need the feature `stream` of this crate; write `llm-span = { …, features = [\"stream\"] }`",
        );
        return;
    }
    match (ImplStream::of(output), mentioned.opaque) {
        (Some(stream), _) => check_bounds(&stream, errors),
        (None, Some(inside)) => {
            let message = "a stream or an iterator inside of another type can't keep the call open; return it bare, or in layers written as \
                           `Result` and `Option`";
            errors.at(inside, format_args!("{message}; {BY_HAND}"));
        }
        (None, None) => {}
    }
}

fn check_bounds(stream: &ImplStream, errors: &mut Errors) {
    if let Some(bound) = &stream.too_much {
        let what = match stream.items {
            Items::Stream => "stream",
            Items::Iterator => "iterator",
        };
        errors.at(
            bound,
            format_args!("the {what} is the call, which has one course: it can't be `{bound}`; remove that bound, {BY_HAND}"),
        );
    }
}
