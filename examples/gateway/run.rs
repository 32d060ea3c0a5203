//! One process of the gateway, from its start to its end.

use std::{error::Error, num::NonZeroU32, path::Path, sync::Arc, time::Instant};

use llm_span::pipeline::Guard;
use llm_span_examples::{endpoint::Endpoint, provider::Provider as Embedded};

use crate::{
    activity::Activity,
    admission::{auth::Keys, rate_limit::Limiter},
    api::Models,
    app::App,
    arguments::{Arguments, StoreChoice},
    provider::{InstrumentedProvider, OpenAi},
    queue::{Queue, QueueSettings},
    routes::{Admission, router},
    server::{self, Stopping},
    store::{ConversationStore, InstrumentedStore, MemoryStore, SqliteStore, StoreError},
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
    let router = router(Arc::clone(&app), admission, telemetry)?;
    let listener = server::bind(worker.map_or(arguments.listen, |worker| worker.listen), worker.is_some())?;
    let leadership = Leadership { shared: shared(arguments, worker).map(Path::to_owned), worker: number(worker) };
    let (activity, cleaner) = (Arc::clone(&app.activity), Arc::clone(&app.activity));
    let leads = tokio::spawn(lead(
        leadership,
        stopping.clone(),
        telemetry.gauges(),
        move || activity.counts(),
        move || cleaner.clean_up(),
        Arc::clone(&app.store),
    ));
    tracing::info!(address = %listener.local_addr()?, worker = worker.map(|worker| worker.number), "listening");

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
    let is_embedded = endpoint.embedded.is_some();
    tracing::info!(provider = if is_embedded { "embedded" } else { "OPENAI_BASE_URL" }, "calls of models go there");
    let provider = InstrumentedProvider::new(OpenAi::new(endpoint.client));
    let store: Arc<dyn ConversationStore> = match &arguments.store {
        StoreChoice::Memory => Arc::new(InstrumentedStore::new(MemoryStore::default())),
        StoreChoice::Sqlite(file) => {
            let store = SqliteStore::open(file)?;
            if worker.is_none() {
                give_up_unfinished(&store)?;
            }
            Arc::new(InstrumentedStore::new(store))
        }
    };
    let activity = match shared(arguments, worker) {
        Some(file) => Activity::shared(file, number(worker), arguments.session_idle)?,
        None => Activity::of_process(arguments.session_idle),
    };
    let at_once = usize::from(arguments.queue_at_once);
    let settings = QueueSettings { room: arguments.queue_room, at_once, time_limit: arguments.time_limit };
    let queue = Queue::start(settings, &activity);
    let app =
        App { provider: Arc::new(provider), models: Models::default(), store, activity, queue, time_limit: arguments.time_limit };
    Ok((Arc::new(app), endpoint.embedded))
}

/// What a process before this one has left unfinished nobody works on any more. Whoever calls it has the file alone: workers don't.
pub(crate) fn give_up_unfinished(store: &SqliteStore) -> Result<(), StoreError> {
    let given_up = store.fail_unfinished()?;
    if given_up > 0 {
        tracing::warn!(given_up, "background responses were left unfinished by a process that has died");
    }
    Ok(())
}

fn admission(arguments: &Arguments) -> Result<Admission, Box<dyn Error>> {
    let keys = Arc::new(arguments.api_keys.as_deref().map(Keys::read).transpose()?.unwrap_or_default());
    // Each worker sees its share of a client's requests.
    let share = |number: NonZeroU32| NonZeroU32::new(number.get().div_ceil(arguments.workers)).unwrap_or(number);
    let limiter = Limiter::new(share(arguments.rate_limit), share(arguments.rate_burst)).knowing(Arc::clone(&keys));
    Ok(Admission { keys, limiter: Arc::new(limiter), body_limit: arguments.body_limit, trusts: !arguments.untrusted })
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
