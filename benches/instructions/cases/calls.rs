//! Where nobody listens.

use std::hint::black_box;

use llm_span::propagation::ServerLayer;
use tower_layer::Layer as _;

use super::work::Work;
use crate::counted::{
    annotated::{self as call, ready},
    http::{Handler, serve},
};

fn model() -> &'static str {
    black_box("gpt-4o")
}

pub(super) fn bare() -> Work {
    let model = model();
    Work::new((), move || call::bare(model, black_box(128)))
}

pub(super) fn instrumented() -> Work {
    let model = model();
    Work::new((), move || call::instrumented(model, black_box(128)))
}

pub(super) fn annotated() -> Work {
    let model = model();
    Work::new((), move || call::annotated(model, black_box(128)))
}

pub(super) fn bare_async() -> Work {
    let model = model();
    Work::new((), move || ready(call::bare_async(model, black_box(128))))
}

pub(super) fn instrumented_async() -> Work {
    let model = model();
    Work::new((), move || ready(call::instrumented_async(model, black_box(128))))
}

pub(super) fn annotated_async() -> Work {
    let model = model();
    Work::new((), move || ready(call::annotated_async(model, black_box(128))))
}

/// The request is made within the case, too.
pub(super) fn request_through_the_layer() -> Work {
    let mut service = ServerLayer::new().layer(Handler);
    assert!(serve(&mut service), "the request is answered");
    Work::new((), move || serve(&mut service))
}
