//! Calls without the attribute: around a future, a closure, a stream, or between two lines of synchronous code.

mod guard;
mod operations;
mod request;
mod returned;
mod run;
mod site;
mod streams;

pub use guard::CallGuard;
pub use operations::{agent, call, tool, workflow};
pub use request::TextList;
pub use returned::Returned;

use std::{borrow::Cow, panic::Location};

use llm_span_contract::Operation;

use super::{
    Call,
    private::{Ids, Parent, Start},
    site::Site,
};
use request::Parameters;

/// A call that has not started yet; made by [`call`], [`tool`], [`agent`], [`workflow`].
#[derive(Debug)]
#[must_use = "a call starts when it is run"]
pub struct CallBuilder<'a> {
    site: &'static Site,
    provider: Option<Cow<'a, str>>,
    model: Option<Cow<'a, str>>,
    conversation: Option<Cow<'a, str>>,
    session: Option<Cow<'a, str>>,
    user: Option<Cow<'a, str>>,
    parameters: Parameters<'a>,
    sums: bool,
    parent: Parent,
    location: &'static Location<'static>,
}

impl<'a> CallBuilder<'a> {
    fn new(operation: Operation, location: &'static Location<'static>) -> Self {
        Self {
            site: site::of(operation),
            provider: None,
            model: None,
            conversation: None,
            session: None,
            user: None,
            parameters: Parameters::default(),
            sums: false,
            parent: Parent::Current,
            location,
        }
    }

    /// With another parent than the current span; `None` for none.
    pub fn parent(mut self, parent: impl Into<Option<tracing::Id>>) -> Self {
        self.parent = Parent::Explicit(parent.into());
        self
    }

    /// Who serves the model, in either spelling. An agent with a provider is a client's, one without runs in this process.
    pub fn provider(mut self, provider: impl Into<Cow<'a, str>>) -> Self {
        self.provider = Some(provider.into());
        self
    }

    /// The model asked for.
    pub fn model(mut self, model: impl Into<Cow<'a, str>>) -> Self {
        self.model = Some(model.into());
        self
    }

    /// The model is told in the body, by [`record_model`](crate::record_model).
    pub fn model_in_body(mut self) -> Self {
        self.model = None;
        self
    }

    /// The conversation it belongs to, `gen_ai.conversation.id`; calls below carry it too.
    pub fn conversation(mut self, id: impl Into<Cow<'a, str>>) -> Self {
        self.conversation = Some(id.into());
        self
    }

    /// The user's session, `session.id`; calls below carry it too.
    pub fn session(mut self, id: impl Into<Cow<'a, str>>) -> Self {
        self.session = Some(id.into());
        self
    }

    /// The user, `user.id`; calls below carry it too.
    pub fn user(mut self, id: impl Into<Cow<'a, str>>) -> Self {
        self.user = Some(id.into());
        self
    }

    /// The call carries the sum of what the calls below it use: of an agent, a workflow, a request's root. It is never counted
    /// again.
    pub fn sum_of_children(mut self) -> Self {
        self.sums = true;
        self
    }

    fn start(self) -> Call {
        if !self.site.enabled() {
            return self.site.skip();
        }
        let line = i64::from(self.location.line());
        let file = self.location.file();
        self.site.start(Start {
            provider: self.provider.as_deref(),
            model: self.model.as_deref(),
            ids: Ids { conversation: self.conversation.as_deref(), session: self.session.as_deref(), user: self.user.as_deref() },
            extra: &self.parameters.fields(&file, &line),
            content: &[],
            sums: self.sums,
            parent: self.parent,
        })
    }
}
