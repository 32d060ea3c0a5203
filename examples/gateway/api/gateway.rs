//! The gateway, as a handler gets it.

use std::{convert::Infallible, ops::Deref, sync::Arc};

use axum::{extract::FromRequestParts, http::request::Parts};
use llm_span::Correlation;

use crate::app::App;

/// What the handlers share; every handler takes it, and so every request counts for its session.
pub(super) struct Gateway(pub(super) Arc<App>);

impl FromRequestParts<Arc<App>> for Gateway {
    type Rejection = Infallible;

    async fn from_request_parts(_: &mut Parts, app: &Arc<App>) -> Result<Self, Infallible> {
        if let Some(id) = Correlation::current().session_id() {
            app.activity.session(id);
        }
        Ok(Self(Arc::clone(app)))
    }
}

impl Deref for Gateway {
    type Target = Arc<App>;

    fn deref(&self) -> &Arc<App> {
        &self.0
    }
}
