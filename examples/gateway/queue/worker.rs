//! Who works on the tasks.

use std::time::Duration;

use tokio::{sync::watch, time::timeout};
use tracing::Span;

use super::{
    Waiting,
    caught::caught,
    task::{Ended, GivenUp, Queued, Task, give_up},
};

/// How long it may take to give up what is left when the queue ends; each task half of it.
pub(super) const GIVING_UP: Duration = Duration::from_secs(4);

pub(super) struct Worker {
    pub(super) waiting: Waiting,
    pub(super) time_limit: Duration,
    pub(super) is_ending: watch::Receiver<bool>,
}

impl Worker {
    /// Until there is nothing left and nothing comes.
    pub(super) async fn run(self) {
        while let Some(queued) = self.next().await {
            if *self.is_ending.borrow() {
                queued.give_up_unstarted().await;
            } else {
                self.take_up(queued).await;
            }
        }
    }

    async fn next(&self) -> Option<Queued> {
        self.waiting.lock().await.recv().await
    }

    async fn take_up(&self, queued: Queued) {
        let Queued { task, span, carried, lease } = queued;
        carried.run_in(span.clone(), self.execute(task, span)).await;
        drop(lease);
    }

    async fn execute(&self, task: Task, span: Span) {
        let Task { kind, work, given_up, .. } = task;
        let mut is_ending = self.is_ending.clone();
        let ended = tokio::select! {
            biased;
            ended = timeout(self.time_limit, caught(work)) => match ended {
                Ok(Ok(Ok(()))) => Ended::Done,
                Ok(Ok(Err(error))) => Ended::Failed(error),
                Ok(Err(_)) => Ended::GivenUp(GivenUp::Panicked),
                Err(_) => Ended::GivenUp(GivenUp::TimedOut),
            },
            () = ending(&mut is_ending) => Ended::GivenUp(GivenUp::Ending),
        };
        ended.tell(&span, kind);
        if let Ended::GivenUp(why) = ended {
            give_up(given_up, why).await;
        }
    }
}

async fn ending(is_ending: &mut watch::Receiver<bool>) {
    if is_ending.wait_for(|is_ending| *is_ending).await.is_err() {
        // The queue was dropped: what it had is done.
        std::future::pending::<()>().await;
    }
}
