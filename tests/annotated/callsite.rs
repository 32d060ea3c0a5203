//! What stands in the callsite's metadata, and whose child the span is.

use llm_span::llm_span;
use tracing::{Level, Span};

use crate::recorder::{level, record};

#[llm_span(operation = "chat", provider = "openai", model = "m", usage = none)]
fn by_default() {}
const BY_DEFAULT_LINE: u32 = line!() - 1;

#[test]
fn the_callsite_is_the_function() {
    let (spans, _guard) = record();
    by_default();
    let metadata = spans.only().metadata;
    assert_eq!((metadata.name(), metadata.target(), *metadata.level()), ("llm.completion", module_path!(), Level::INFO));
    assert_eq!(
        (metadata.file(), metadata.line(), metadata.module_path()),
        (Some(file!()), Some(BY_DEFAULT_LINE), Some(module_path!()))
    );
    let declared: Vec<_> = metadata.fields().iter().map(|field| field.name()).collect();
    assert_eq!(declared, llm_span::contract::stamp::FIELDS);
}

const TARGET: &str = "my::target";

#[llm_span(operation = "chat", provider = "openai", model = "m", usage = none, name = "my name", target = "my target", level = "debug")]
fn by_literal() {}

#[llm_span(operation = "chat", provider = "openai", model = "m", usage = none, target = TARGET, level = Level::WARN)]
fn by_path() {}

#[llm_span(operation = "chat", provider = "openai", model = "m", usage = none, level = 1)]
fn by_number() {}

#[test]
fn name_target_and_level_can_be_set() {
    let (spans, _guard) = record();
    by_literal();
    by_path();
    by_number();
    let all = spans.spans();
    assert_eq!((all[0].metadata.name(), all[0].metadata.target(), level(&all[0])), ("my name", "my target", Level::DEBUG));
    assert_eq!((all[1].metadata.target(), level(&all[1])), (TARGET, Level::WARN));
    assert_eq!(level(&all[2]), Level::TRACE);
    assert!(all.iter().all(|span| !span.has("otel.name")));
}

#[llm_span(operation = "text_completion", provider = "openai", model = "davinci", usage = none, name = conventional)]
async fn conventional() {}

#[llm_span(operation = "chat", provider = "openai", model = in_body, usage = none, name = conventional)]
fn conventional_later() {
    llm_span::record_model("late");
}

#[tokio::test]
async fn the_conventions_name_is_exported_by_a_word() {
    let (spans, _guard) = record();
    conventional().await;
    conventional_later();
    let all = spans.spans();
    assert_eq!((all[0].metadata.name(), all[0].text("otel.name")), ("text_completion", "text_completion davinci"));
    assert_eq!((all[1].metadata.name(), all[1].text("otel.name")), ("chat", "chat late"));
}

#[llm_span(operation = "chat", provider = "openai", model = "m", usage = none, parent = parent)]
fn with_parent(parent: &Span) {}

#[llm_span(operation = "chat", provider = "openai", model = "m", usage = none, parent = None)]
async fn without_parent() {}

#[llm_span(operation = "chat", provider = "openai", model = "m", usage = none, follows_from = causes)]
fn caused(causes: &[tracing::Id]) {}

#[llm_span(operation = "chat", provider = "openai", model = "m", usage = none, parent = parent, follows_from = [cause])]
fn later(parent: &Span, cause: &Span) -> impl Future<Output = ()> + use<> {
    async {}
}

#[tokio::test]
async fn the_parent_is_the_current_span_or_what_is_said() {
    let (spans, _guard) = record();
    let outer = tracing::info_span!("outer");
    let other = tracing::info_span!("other");
    outer.in_scope(by_default);
    outer.in_scope(|| with_parent(&other));
    let orphan = outer.in_scope(without_parent);
    orphan.await;
    by_default();
    later(&other, &outer).await;
    let all = spans.spans();
    let parents: Vec<_> = all.iter().skip(2).map(|span| span.parent).collect();
    assert_eq!(parents, [Some("outer"), Some("other"), None, None, Some("other")]);
    assert_eq!(all[6].follows, ["outer"]);
}

#[test]
fn causes_are_followed_from() {
    let (spans, _guard) = record();
    let causes = [tracing::info_span!("a"), tracing::info_span!("b")];
    caused(&causes.iter().filter_map(Span::id).collect::<Vec<_>>());
    assert_eq!(spans.of_model("m").follows, ["a", "b"]);
}

/// Where the crate is known by another name.
mod renamed {
    pub(crate) mod inner {
        pub(crate) use ::llm_span;
    }
}

#[renamed::inner::llm_span::llm_span(operation = "chat", provider = "openai", model = "m", usage = none, crate = renamed::inner::llm_span)]
fn by_other_path() {}

#[llm_span(operation = "chat", provider = "openai", model = "m", usage = none, crate = "crate::callsite::renamed::inner::llm_span")]
fn by_quoted_path() {}

#[test]
fn the_crate_can_have_another_path() {
    let (spans, _guard) = record();
    by_other_path();
    by_quoted_path();
    assert_eq!(spans.spans().len(), 2);
}
