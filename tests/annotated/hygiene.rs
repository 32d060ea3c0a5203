//! Names of the user's, and code in which little is in scope.

#![no_implicit_prelude]

use ::llm_span::llm_span;
use ::std::{assert, assert_eq, prelude::rust_2024::test};

use crate::recorder::record;

/// Shadows what an expansion could lean on.
mod core {}
mod std {}
#[allow(dead_code, reason = "to be in the way")]
mod in_the_way {
    pub(crate) struct Some;
    pub(crate) struct None;
    pub(crate) struct Box;
    pub(crate) struct Result;
    pub(crate) trait Future {}
}
#[allow(unused_imports, reason = "to be in the way")]
use in_the_way::*;

#[llm_span(operation = "chat", provider = "openai", model = call, usage = |response| (*response, *response), fields(tenant.id = start, x = "y"))]
fn shadowed(call: &str, start: u8, site: u8, p: u8, u: u8, r: u8) -> ::core::result::Result<u8, ()> {
    let usage = call.len();
    let (prepared, future, response) = (site, p, u);
    assert!(usage > 0);
    ::core::result::Result::Ok(prepared + future + response + r)
}

#[llm_span(operation = "chat", provider = "openai", model = call, usage = none)]
async fn shadowed_async(call: &str, returned: u8) -> ::core::option::Option<u8> {
    let call = call.len();
    assert!(call > 0);
    ::core::option::Option::Some(returned)
}

#[llm_span(operation = "chat", provider = "openai", model = future, usage = none)]
fn shadowed_future(future: &str, prepared: u8) -> impl ::core::future::Future<Output = u8> + use<> {
    let _ = future;
    async move { prepared }
}

#[llm_span(operation = "chat", provider = "openai", model = future, usage = none)]
fn shadowed_box(future: &str, prepared: u8) -> ::core::pin::Pin<::std::boxed::Box<dyn ::core::future::Future<Output = u8>>> {
    let call = prepared;
    let _ = future;
    ::std::boxed::Box::pin(async move { call })
}

#[test]
fn names_of_the_users_are_not_hidden_and_hide_nothing() {
    let (spans, _guard) = record();
    assert_eq!(shadowed("m", 1, 2, 3, 4, 5), ::core::result::Result::Ok(14));
    assert_eq!(spans.only().tokens(), (14, 14, 28));
    let runtime = ::tokio::runtime::Builder::new_current_thread().build();
    let runtime = runtime.unwrap();
    assert_eq!(runtime.block_on(shadowed_async("m", 5)), ::core::option::Option::Some(5));
    assert_eq!(runtime.block_on(shadowed_future("m", 6)), 6);
    assert_eq!(runtime.block_on(shadowed_box("m", 7)), 7);
    assert_eq!(spans.spans().len(), 4);
}

macro_rules! chat {
    ($name:ident, $model:expr, $key:ident = $value:expr, $ret:ty, $body:block) => {
        #[llm_span(operation = "chat", provider = "openai", model = $model, usage = none, fields(tenant.$key = $value))]
        fn $name(_request: &str) -> $ret $body
    };
}

chat!(of_a_macro, "a", id = 5, u8, { 5 });
chat!(of_an_expression, 1 + 1, id = ::core::option::Option::Some(5_u8), ::core::result::Result<u8, ()>, { ::core::result::Result::Ok(5) });

#[test]
fn a_function_can_come_from_a_macro() {
    let (spans, _guard) = record();
    of_a_macro("x");
    let _ = of_an_expression("x");
    let all = spans.spans();
    assert_eq!((all[0].text("llm.model"), all[0].int("tenant.id")), ("a", 5));
    assert_eq!((all[1].text("llm.model"), all[1].int("tenant.id"), all[1].outcome()), ("2", 5, "ok"));
}
