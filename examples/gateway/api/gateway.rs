//! The gateway, as a handler gets it.

use std::{convert::Infallible, ops::Deref, sync::Arc};

use axum::{extract::FromRequestParts, http::request::Parts};
use llm_span::{Correlation, propagation::RequestId};

use crate::{admission::auth::Client, app::App};

/// What the handlers share, and who asks; every handler takes it, and so every request counts for its session.
pub(super) struct Gateway {
    pub(super) app: Arc<App>,
    /// Whose key has let the request in; `None` where there are no keys.
    client: Option<Client>,
    /// What the request is called in logs.
    pub(super) request_id: Option<RequestId>,
}

impl Gateway {
    /// Who owns what the request keeps, and sees no more than that.
    pub(super) fn owner(&self) -> Option<&str> {
        self.client.as_ref().map(|client| &*client.0)
    }
}

impl FromRequestParts<Arc<App>> for Gateway {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Infallible> {
        if let Some(id) = Correlation::current().session_id() {
            app.activity.session(id);
        }
        let (client, request_id) = (parts.extensions.get().cloned(), parts.extensions.get().cloned());
        Ok(Self { app: Arc::clone(app), client, request_id })
    }
}

impl Deref for Gateway {
    type Target = Arc<App>;

    fn deref(&self) -> &Arc<App> {
        &self.app
    }
}
