//! Which of the workers looks after what all have together: one of them cleans up, and tells the gauges of what they share.

mod gauges;
mod lock;

use std::{path::PathBuf, sync::Arc, time::Duration};

use llm_span::Gauges;
use tokio::{
    task::spawn_blocking,
    time::{MissedTickBehavior, interval},
};

use crate::{activity::Counts, server::Stopping, store::ConversationStore};

use gauges::{Conversations, register_gauges};
use lock::Lock;

/// How often one who is not the leader tries to be, and the leader cleans up.
const TRY: Duration = Duration::from_secs(1);

/// How often conversations are counted.
const COUNT: Duration = Duration::from_millis(500);

/// Who may lead.
pub(crate) struct Leadership {
    /// The file that the workers share; without one this process is alone.
    pub(crate) shared: Option<PathBuf>,
    /// Which of the workers this is; 1 where it is alone.
    pub(crate) worker: u32,
}

impl Leadership {
    /// Waits until this worker leads. It does until its process ends, or what is returned is dropped.
    async fn won(&self) -> Option<Lock> {
        let Some(shared) = &self.shared else { return None };
        let mut tries = interval(TRY);
        tries.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut is_failing = false;
        loop {
            tries.tick().await;
            match Lock::try_of(shared) {
                Ok(Some(lock)) => return Some(lock),
                Ok(None) => is_failing = false,
                Err(error) if std::mem::replace(&mut is_failing, true) => tracing::debug!(error, "no leader's lock yet"),
                Err(error) => tracing::warn!(error, "this worker can't be the cleanup leader; it is tried on"),
            }
        }
    }
}

/// Leads as soon as it may, for ever: tells the gauges, and cleans up. Gauges of workers that do not lead are not told. Who is to stop does not try to
/// lead any more, though who leads may have ended before it.
pub(crate) async fn lead(
    leadership: Leadership,
    mut stopping: Stopping,
    gauges: Gauges,
    counts: impl Fn() -> Counts + Clone + Send + Sync + 'static,
    clean_up: impl Fn() + Clone + Send + 'static,
    store: Arc<dyn ConversationStore>,
) {
    let _lock = tokio::select! {
        biased;
        lock = leadership.won() => lock,
        _ = stopping.asked() => return,
    };
    tracing::info!(worker = leadership.worker, "became cleanup leader");
    let conversations = Conversations::default();
    count(&conversations, &*store).await;
    register_gauges(&gauges, counts, store.backend(), &conversations);
    let (mut counts, mut cleans) = (interval(COUNT), interval(TRY));
    for ticks in [&mut counts, &mut cleans] {
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    }
    loop {
        tokio::select! {
            _ = counts.tick() => count(&conversations, &*store).await,
            // It may wait for a file. If it panics, it is tried again.
            _ = cleans.tick() => drop(spawn_blocking(clean_up.clone()).await),
        }
    }
}

/// What can't be counted stays as it was counted last.
async fn count(conversations: &Conversations, store: &dyn ConversationStore) {
    match store.count().await {
        Ok(count) => conversations.set(count),
        Err(error) => tracing::debug!(%error, "conversations can't be counted"),
    }
}

#[cfg(test)]
mod tests;
