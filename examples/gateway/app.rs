//! What the handlers share.

use std::{sync::Arc, time::Duration};

use crate::{activity::Activity, api::Models, provider::Provider, queue::Queue, store::ConversationStore};

/// What the handlers share.
pub(crate) struct App {
    pub(crate) provider: Arc<dyn Provider>,
    /// Those that the provider may be asked for.
    pub(crate) models: Models,
    pub(crate) store: Arc<dyn ConversationStore>,
    pub(crate) activity: Arc<Activity>,
    pub(crate) queue: Queue,
    /// A response that takes longer is given up.
    pub(crate) time_limit: Duration,
}
