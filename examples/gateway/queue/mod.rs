//! Background responses: a bounded queue of tasks, and who works on them.

mod caught;
mod task;
mod worker;

#[cfg(test)]
mod tests;

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use tokio::{
    sync::{mpsc, watch},
    task::JoinHandle,
    time::timeout,
};

use self::{
    task::Queued,
    worker::{GIVING_UP, Worker},
};
use crate::activity::Activity;

pub(crate) use self::task::{GivenUp, Task};

/// How much the queue takes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct QueueSettings {
    /// So many tasks may wait; at least one.
    pub(crate) room: usize,
    /// So many are worked on at a time; at least one.
    pub(crate) at_once: usize,
    /// A task that takes longer is given up.
    pub(crate) time_limit: Duration,
}

/// Tasks that wait, and those that are worked on. They are done even when the queue is dropped, as long as the runtime lives.
pub(crate) struct Queue {
    /// `None` once it ends.
    tasks: Mutex<Option<mpsc::Sender<Queued>>>,
    waiting: Waiting,
    workers: Mutex<Vec<JoinHandle<()>>>,
    /// Turns true when what is left is to be given up.
    is_ending: watch::Sender<bool>,
    activity: Arc<Activity>,
}

type Waiting = Arc<tokio::sync::Mutex<mpsc::Receiver<Queued>>>;

/// There is no room left, or the gateway ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Full;

impl Queue {
    /// Starts the workers, on the runtime of here. Each task counts as a future of the activity until it has ended.
    pub(crate) fn start(settings: QueueSettings, activity: &Arc<Activity>) -> Self {
        let (tasks, waiting) = mpsc::channel(settings.room.max(1));
        let waiting = Arc::new(tokio::sync::Mutex::new(waiting));
        let (is_ending, _) = watch::channel(false);
        let worker =
            || Worker { waiting: Arc::clone(&waiting), time_limit: settings.time_limit, is_ending: is_ending.subscribe() };
        let workers = (0..settings.at_once.max(1)).map(|_| tokio::spawn(worker().run())).collect();
        let (tasks, workers) = (Mutex::new(Some(tasks)), Mutex::new(workers));
        Self { tasks, waiting, workers, is_ending, activity: Arc::clone(activity) }
    }

    /// Queues a task, as a part of the trace that is current here. It does not wait.
    pub(crate) fn push(&self, task: Task) -> Result<(), Full> {
        let tasks = self.tasks.lock().unwrap_or_else(PoisonError::into_inner);
        // Room first: what was not queued has no span, and was never a task.
        let room = tasks.as_ref().ok_or(Full)?.try_reserve().map_err(|_| Full)?;
        room.send(Queued::new(task, self.activity.future()));
        Ok(())
    }

    /// Takes nothing more, and waits until what it has is done, so long at most; gives up the rest, which takes up to `GIVING_UP` more. A
    /// second call does not wait.
    pub(crate) async fn end(&self, within: Duration) {
        drop(self.tasks.lock().unwrap_or_else(PoisonError::into_inner).take());
        let mut workers = std::mem::take(&mut *self.workers.lock().unwrap_or_else(PoisonError::into_inner));
        if timeout(within, all(&mut workers)).await.is_ok() {
            return;
        }
        self.is_ending.send_replace(true);
        let rest = async {
            tokio::join!(self.give_up_the_rest(), all(&mut workers));
        };
        if timeout(GIVING_UP, rest).await.is_err() {
            // What does not even let itself be given up.
            workers.iter().for_each(JoinHandle::abort);
        }
    }

    async fn give_up_the_rest(&self) {
        let mut rest = Vec::new();
        while let Some(task) = self.waiting.lock().await.recv().await {
            rest.push(tokio::spawn(task.give_up_unstarted()));
        }
        all(&mut rest).await;
    }
}

/// Waits until all have ended. What has ended is not waited for again.
async fn all(handles: &mut Vec<JoinHandle<()>>) {
    while let Some(last) = handles.last_mut() {
        // An error is a panic or an abort: it has ended all the same.
        let _ = last.await;
        handles.pop();
    }
}
