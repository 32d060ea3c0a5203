//! One process of the gateway, from its start to its end.

use std::{error::Error, path::Path, sync::Arc, time::Instant};

use llm_span::pipeline::Guard;
use llm_span_examples::{endpoint::Endpoint, provider::Provider as Embedded};

use crate::{
    activity::Activity,
    admission::{auth::Keys, rate_limit::Limiter},
    app::App,
    arguments::{Arguments, StoreChoice},
    provider::{InstrumentedProvider, OpenAi},
    queue::{Queue, QueueSettings},
    routes::{Admission, router},
    server::{self, Stopping},
    store::{ConversationStore, InstrumentedStore, MemoryStore, SqliteStore},
    workers::{Leadership, Worker, lead},
};

/// Serves until it is told to stop. Requests under way, and what is queued, have the grace time together.
pub(crate) async fn run(
    arguments: &Arguments,
    worker: Option<Worker>,
    telemetry: &Guard,
    stopping: Stopping,
) -> Result<(), Box<dyn Error>> {
    if let Some(worker) = worker {
        worker.announce(telemetry.settings());
    }
    let (app, _embedded) = app(arguments, worker).await?;
    let admission = admission(arguments)?;
    let leadership = Leadership { shared: shared(arguments, worker).map(Path::to_owned), worker: number(worker) };
    let (activity, cleaner) = (Arc::clone(&app.activity), Arc::clone(&app.activity));
    let leads = tokio::spawn(lead(
        leadership,
        telemetry.gauges(),
        move || activity.counts(),
        move || cleaner.clean_up(),
        Arc::clone(&app.store),
    ));
    let listener = server::bind(worker.map_or(arguments.listen, |worker| worker.listen), worker.is_some())?;
    tracing::info!(address = %listener.local_addr()?, worker = worker.map(|worker| worker.number), "listening");

    let router = router(Arc::clone(&app), admission, telemetry);
    let ended = server::serve(listener, router, stopping, arguments.grace).await?;
    let began = Instant::now();
    app.queue.end(ended.left).await;
    tracing::info!(after = ?began.elapsed(), "stopped: background responses have ended");
    leads.abort();
    Ok(())
}

/// What the handlers share; and the embedded provider, where no other is named.
async fn app(arguments: &Arguments, worker: Option<Worker>) -> Result<(Arc<App>, Option<Embedded>), Box<dyn Error>> {
    let endpoint = Endpoint::from_env().await?.with_trace_context();
    let provider = InstrumentedProvider::new(OpenAi::new(endpoint.client));
    let store: Arc<dyn ConversationStore> = match &arguments.store {
        StoreChoice::Memory => Arc::new(InstrumentedStore::new(MemoryStore::default())),
        StoreChoice::Sqlite(file) => Arc::new(InstrumentedStore::new(SqliteStore::open(file)?)),
    };
    let activity = match shared(arguments, worker) {
        Some(file) => Activity::shared(file, number(worker), arguments.session_idle)?,
        None => Activity::of_process(arguments.session_idle),
    };
    let at_once = usize::from(arguments.queue_at_once);
    let settings = QueueSettings { room: arguments.queue_room, at_once, time_limit: arguments.time_limit };
    let queue = Queue::start(settings, &activity);
    let app = App { provider: Arc::new(provider), store, activity, queue, time_limit: arguments.time_limit };
    Ok((Arc::new(app), endpoint.embedded))
}

fn admission(arguments: &Arguments) -> Result<Admission, Box<dyn Error>> {
    let keys = Arc::new(arguments.api_keys.as_deref().map(Keys::read).transpose()?.unwrap_or_default());
    let limiter = Limiter::new(arguments.rate_limit, arguments.rate_burst).knowing(Arc::clone(&keys));
    Ok(Admission { keys, limiter: Arc::new(limiter), body_limit: arguments.body_limit })
}

/// The file in which several workers see what is active in the others: the store's own.
fn shared(arguments: &Arguments, worker: Option<Worker>) -> Option<&Path> {
    match &arguments.store {
        StoreChoice::Sqlite(file) if worker.is_some() => Some(file),
        _ => None,
    }
}

fn number(worker: Option<Worker>) -> u32 {
    worker.map_or(1, |worker| worker.number)
}
