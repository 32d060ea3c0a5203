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

/// Methods for all types, which come before those of a type that only dereferences to it.
mod blankets {
    macro_rules! blankets {
        ($($method:ident)*) => {$(
            #[allow(dead_code, non_camel_case_types, reason = "to be in the way")]
            pub(crate) trait $method {
                fn $method(&self) -> &Self {
                    self
                }
            }

            impl<T: ?::core::marker::Sized> $method for T {}
        )*};
    }

    blankets! { split inner there arrived arrived_now settle failure stream iterator text text_or_none value word as_value named watch }
}

mod under_blankets {
    use ::llm_span::llm_span;
    use ::std::{assert_eq, prelude::rust_2024::*};

    #[allow(unused_imports, reason = "to be in the way")]
    use super::blankets::*;
    use crate::recorder::record;

    /// Patterns know constants, whatever their names' hygiene.
    #[allow(dead_code, non_upper_case_globals, reason = "to be in the way")]
    const text: u8 = 1;

    struct Counts {
        prompt_tokens: u32,
        completion_tokens: u32,
    }

    struct Choice {
        finish_reason: Option<&'static str>,
    }

    struct Answer {
        usage: Option<Counts>,
        id: String,
        choices: [Choice; 1],
    }

    #[llm_span(
        operation = "chat", provider = "openai", model = model, usage = openai(id, finish_reasons), conversation = id,
        input = model, output = |r| &r.id, error_type = |e| *e, fields(tenant.id = id, tenant.size = 5_u8),
    )]
    fn whole(model: &str, id: Option<&'static str>) -> Result<Option<Answer>, &'static str> {
        let usage = Some(Counts { prompt_tokens: 1, completion_tokens: 2 });
        Ok(Some(Answer { usage, id: String::from(model), choices: [Choice { finish_reason: id }] }))
    }

    #[llm_span(operation = "chat", provider = "openai", model = "m", usage = |c| (*c, 0_u8), output = |_| "x")]
    fn items() -> Option<impl Iterator<Item = u8>> {
        Some([1, 2].into_iter())
    }

    #[llm_span(operation = "chat", provider = "openai", model = "m", usage = |c| (*c, 0_u8))]
    fn boxed() -> Box<dyn Iterator<Item = Result<u8, ()>>> {
        Box::new([Ok(1), Ok(2)].into_iter())
    }

    #[test]
    fn methods_for_all_types_are_not_taken_for_ours() {
        let (spans, _guard) = record();
        assert_eq!(whole("m", Some("x")).map(|answer| answer.map(|answer| answer.id)), Ok(Some(String::from("m"))));
        assert_eq!(items().map(Iterator::count), Some(2));
        assert_eq!(boxed().count(), 2);
        let all = spans.spans();
        assert_eq!((all[0].tokens(), all[1].tokens(), all[2].tokens()), ((1, 2, 3), (2, 0, 2), (2, 0, 2)));
    }
}
