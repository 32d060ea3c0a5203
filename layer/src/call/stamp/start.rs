//! What is set when a call starts.

use std::time::Instant;

use llm_span_contract::{
    Operation, SpanKind, provider,
    stamp::{FIELDS, Field},
};
use tracing::field::Value;

use super::{
    starting, text,
    value::{Stamps, with_values},
};
use crate::{
    call::{
        Call,
        beside::{Beside, correlation},
        site::{Naming, Parent, Site},
    },
    content,
    correlation::Correlation,
};

/// What is known of a call when it starts.
pub struct Start<'a> {
    /// Who serves the model, in either spelling.
    pub provider: Option<&'a str>,
    /// The model asked for; `None` where the body tells.
    pub model: Option<&'a str>,
    /// What the call belongs to.
    pub ids: Ids<'a>,
    /// The user's own fields, in the order they were declared.
    pub extra: &'a [Option<&'a dyn Value>],
    /// Texts that are captured: the field among the user's own, and what goes there.
    pub content: &'a [(usize, String)],
    /// Whether its usage is the sum of what the calls below it use; so it is, too, where the site says so.
    pub sums: bool,
    /// Whose child the span is.
    pub parent: Parent,
}

/// What a call belongs to, as far as the call itself says it.
#[derive(Clone, Copy, Debug, Default)]
pub struct Ids<'a> {
    /// The conversation.
    pub conversation: Option<&'a str>,
    /// The user's session.
    pub session: Option<&'a str>,
    /// The user.
    pub user: Option<&'a str>,
}

/// What a call tells when it starts, as far as it may differ from other calls of its callsite.
#[derive(Clone, Copy)]
#[cfg_attr(not(feature = "layer"), expect(dead_code, reason = "without a layer nobody asks"))]
pub(crate) struct Tells<'a> {
    pub(crate) provider: Option<&'a str>,
    pub(crate) model: Option<&'a str>,
    pub(crate) ids: Ids<'a>,
    /// Its own fields, by their positions among these.
    pub(crate) extra: &'a [Option<&'a dyn Value>],
    /// Whether there are texts that are captured among its own fields, too.
    pub(crate) shows_content: bool,
}

impl<'a> Ids<'a> {
    #[cfg(feature = "layer")]
    pub(super) fn is_empty(&self) -> bool {
        [self.conversation, self.session, self.user].iter().all(Option::is_none)
    }

    fn of(correlation: &'a Correlation) -> Self {
        Self { conversation: correlation.conversation_id(), session: correlation.session_id(), user: correlation.user_id() }
    }
}

impl Site {
    /// Starts a call: creates its span with all that is known.
    pub fn start(&'static self, start: Start<'_>) -> Call {
        let Start { provider, model, ids, extra, content, sums, parent } = start;
        let names = provider.map(|provider| (provider::name(provider), provider::system(provider)));
        let (name, system) = (names.map(|(name, _)| name), names.map(|(_, system)| system));
        let operation = self.operation;
        let is_model_call = operation.counts_tokens();
        let conventional = self.conventional_name(model, extra);
        let correlation = correlation(ids);
        let ids = correlation.as_ref().map_or_else(Ids::default, Ids::of);
        let captures = content::mode();

        let mut stamps = Stamps::<12>::new();
        stamps.set(Field::ProviderName, name);
        stamps.set(Field::RequestModel, model);
        // Of a span with any of these the AMTP contract demands them all: agents and tools are no model calls.
        if is_model_call {
            stamps.set(Field::Provider, name);
            stamps.set(Field::System, system);
            stamps.set(Field::Model, model);
            stamps.set(Field::RequestType, operation.request_type());
        }
        stamps.set(Field::OperationName, Some(operation.name()));
        stamps.set(Field::OtelKind, Some(self.kind(provider.is_some()).name()));
        stamps.set(Field::OtelName, conventional.as_deref());
        stamps.set(Field::ConversationId, ids.conversation);
        stamps.set(Field::SessionId, ids.session);
        stamps.set(Field::UserId, ids.user);
        let own = extra.iter().enumerate().filter_map(|(field, value)| Some((field, (*value)?)));
        let shown = if captures.on_span() { content } else { &[] };
        let texts = shown.iter().map(|(field, text)| (*field, text as &dyn Value));
        let started = Instant::now();
        let tells = Tells { provider, model, ids, extra, shows_content: !shown.is_empty() };
        let (span, heard) = starting(self, started, &tells, || {
            with_values(self, stamps.as_slice(), own.chain(texts), |values| self.span(values, parent))
        });
        for (field, text) in content.iter().filter(|_| captures.in_event()) {
            content::emit(&span, self.own_key(*field), text);
        }
        Call::open(self, span, heard, started, || Beside::of(self, sums, correlation, name, model))
    }

    /// A call that nobody listens to.
    #[inline]
    pub fn skip(&'static self) -> Call {
        Call::disabled()
    }

    /// The span's kind. An agent that no provider runs is run in this process.
    fn kind(&self, has_provider: bool) -> SpanKind {
        let of_operation = match self.operation {
            Operation::InvokeAgent if !has_provider => SpanKind::Internal,
            operation => operation.span_kind(),
        };
        self.kind.unwrap_or(of_operation)
    }

    /// What the exported span is named, where it is not named as the span itself.
    fn conventional_name(&self, model: Option<&str>, extra: &[Option<&dyn Value>]) -> Option<String> {
        let name = |subject: &str| format!("{} {subject}", self.operation.name());
        match self.naming {
            Naming::Plain => None,
            Naming::Model => model.map(name),
            Naming::Field(field) => {
                let position = self.metadata().fields().iter().nth(FIELDS.len() + field)?;
                text::of(&position, (*extra.get(field)?)?).as_deref().map(name)
            }
        }
    }
}
