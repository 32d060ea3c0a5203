//! Places in a program where calls are made, as many as wanted: a `static` each can't be written ten thousand times.

use std::{hint::black_box, sync::OnceLock};

use llm_span::contract::stamp::{FIELDS, Field};
use tracing::{
    Callsite, Level, Metadata, Span,
    callsite::{self, Identifier},
    field::{FieldSet, Value},
    metadata::Kind,
    subscriber::Interest,
};

/// A callsite that is made while the program runs, with the fields of an annotated function.
pub(super) struct MadeSite(OnceLock<Metadata<'static>>);

impl Callsite for MadeSite {
    /// Its spans are made whatever the interest is: it is part of what the macros cost, not of the span.
    fn set_interest(&self, _: Interest) {}

    #[allow(clippy::expect_used, reason = "it is set before anybody learns of the callsite")]
    fn metadata(&self) -> &Metadata<'_> {
        self.0.get().expect("a callsite has metadata")
    }
}

impl MadeSite {
    /// It stays for the process, as callsites do.
    pub(super) fn new() -> &'static Self {
        let site: &'static Self = Box::leak(Box::new(Self(OnceLock::new())));
        let fields = FieldSet::new(&FIELDS, Identifier(site));
        let place = (Some("flat.rs"), Some(1), Some("flat"));
        site.0
            .get_or_init(|| Metadata::new("llm.completion", "flat", Level::INFO, place.0, place.1, place.2, fields, Kind::SPAN));
        callsite::register(site);
        site
    }

    /// A call as an annotated function makes it: a span with what is known, and one record at its end.
    #[inline(never)]
    pub(super) fn call(&'static self) {
        let metadata = Callsite::metadata(self);
        let known: [(Field, &dyn Value); 8] = [
            (Field::Provider, &"openai"),
            (Field::Model, &"gpt-4o"),
            (Field::RequestType, &"chat"),
            (Field::System, &"openai"),
            (Field::RequestModel, &"gpt-4o"),
            (Field::OperationName, &"chat"),
            (Field::ProviderName, &"openai"),
            (Field::OtelKind, &"client"),
        ];
        let span = Span::new(metadata, &metadata.fields().value_set_all(&values(known)));
        span.in_scope(|| black_box(()));
        let late: [(Field, &dyn Value); 9] = [
            (Field::TokensPrompt, &128_i64),
            (Field::TokensCompletion, &64_i64),
            (Field::TokensTotal, &192_i64),
            (Field::InputTokens, &128_i64),
            (Field::OutputTokens, &64_i64),
            (Field::ResponseModel, &"gpt-4o-2024-08-06"),
            (Field::ResponseId, &"chatcmpl-000000000001"),
            (Field::FinishReasons, &r#"["stop"]"#),
            (Field::Outcome, &"ok"),
        ];
        span.record_all(&metadata.fields().value_set_all(&values(late)));
    }
}

/// By position; the others are absent.
fn values<const N: usize>(set: [(Field, &dyn Value); N]) -> [Option<&dyn Value>; FIELDS.len()] {
    let mut values = [None; FIELDS.len()];
    for (field, value) in set {
        values[field as usize] = Some(value);
    }
    values
}
