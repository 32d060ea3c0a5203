//! A queue of tasks with one worker. A task's span begins when it is queued and is first entered when the worker takes it up: so its wait and
//! its execution can be told apart.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use tokio::sync::{mpsc, oneshot};
use tracing::{Instrument as _, Span, field::Empty, info_span};

/// Where the tasks run: a label of the queue's metrics.
pub(super) const DEPLOYMENT: &str = "Sampler";
/// A task that takes longer is given up.
const LIMIT: Duration = Duration::from_millis(100);
/// So many tasks a session may queue.
const BUDGET: usize = 3;
/// So many tasks may wait.
const ROOM: usize = 64;

/// The tasks that wait, and what is active.
#[derive(Debug)]
pub(super) struct Queue {
    tasks: mpsc::Sender<Task>,
    /// What each session has queued.
    sessions: Mutex<HashMap<String, usize>>,
    active: Arc<Active>,
}

/// What is active now: read by gauges, since it outlives the spans.
#[derive(Debug, Default)]
pub(super) struct Active {
    pub(super) sessions: AtomicUsize,
    pub(super) sampling_sessions: AtomicUsize,
    pub(super) models: AtomicUsize,
    pub(super) futures: AtomicUsize,
}

/// What is to be done, for how long it will take (it is only waited), and whether it will fail.
#[derive(Clone, Copy, Debug)]
pub(super) enum Kind {
    Sample,
    Train,
    Endless,
}

struct Task {
    kind: Kind,
    span: Span,
    done: oneshot::Sender<&'static str>,
}

/// The session has queued as much as it may.
#[derive(Debug)]
pub(super) struct RateLimited;

impl Queue {
    /// Starts the worker, which ends with the queue.
    pub(super) fn start() -> Self {
        let (tasks, mut queued) = mpsc::channel::<Task>(ROOM);
        let active = Arc::new(Active::default());
        let seen = Arc::clone(&active);
        tokio::spawn(async move {
            seen.models.store(1, Ordering::Relaxed);
            while let Some(task) = queued.recv().await {
                seen.sampling_sessions.store(1, Ordering::Relaxed);
                let Task { kind, span, done } = task;
                let status = execute(kind, &span).await;
                // Whoever has asked may be gone.
                drop(span);
                let _ = done.send(status);
                seen.sampling_sessions.store(0, Ordering::Relaxed);
            }
        });
        Self { tasks, sessions: Mutex::default(), active }
    }

    /// Waits until a task is done, and tells how it ended.
    pub(super) async fn run(&self, session: &str, kind: Kind) -> Result<&'static str, RateLimited> {
        self.admit(session)?;
        let span = info_span!(
            "twinkle.task",
            twinkle.deployment = DEPLOYMENT,
            twinkle.task_type = kind.name(),
            twinkle.session_id = session,
            twinkle.task.status = Empty,
            error.type = Empty,
        );
        let (done, ended) = oneshot::channel();
        let _unresolved = Unresolved::new(&self.active);
        // The worker lives as long as the queue.
        let _ = self.tasks.send(Task { kind, span, done }).await;
        Ok(ended.await.unwrap_or("failed"))
    }

    pub(super) fn active(&self) -> &Arc<Active> {
        &self.active
    }

    fn admit(&self, session: &str) -> Result<(), RateLimited> {
        let mut sessions = self.sessions.lock().unwrap_or_else(PoisonError::into_inner);
        let queued = sessions.entry(session.to_owned()).or_default();
        if *queued == BUDGET {
            return Err(RateLimited);
        }
        *queued += 1;
        self.active.sessions.store(sessions.len(), Ordering::Relaxed);
        Ok(())
    }

    /// Ends a session: what it has queued is forgotten.
    pub(super) fn close(&self, session: &str) {
        let mut sessions = self.sessions.lock().unwrap_or_else(PoisonError::into_inner);
        sessions.remove(session);
        self.active.sessions.store(sessions.len(), Ordering::Relaxed);
    }
}

async fn execute(kind: Kind, span: &Span) -> &'static str {
    let ended = tokio::time::timeout(LIMIT, kind.work()).instrument(span.clone()).await;
    let status = match ended {
        Ok(Ok(())) => "completed",
        Ok(Err(error)) => {
            span.record("error.type", error);
            "failed"
        }
        Err(_) => {
            span.record("error.type", "timeout");
            "timeout"
        }
    };
    span.record("twinkle.task.status", status);
    status
}

impl Kind {
    pub(super) fn of(name: &str) -> Option<Self> {
        [Self::Sample, Self::Train, Self::Endless].into_iter().find(|kind| kind.name() == name)
    }

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Sample => "sample",
            Self::Train => "train",
            Self::Endless => "endless",
        }
    }

    /// Stands for the work. Training fails, so that failures can be seen.
    async fn work(self) -> Result<(), &'static str> {
        match self {
            Self::Sample => tokio::time::sleep(Duration::from_millis(10)).await,
            Self::Train => return Err("out_of_memory"),
            Self::Endless => std::future::pending().await,
        }
        Ok(())
    }
}

/// A task somebody waits for.
struct Unresolved(Arc<Active>);

impl Unresolved {
    fn new(active: &Arc<Active>) -> Self {
        active.futures.fetch_add(1, Ordering::Relaxed);
        Self(Arc::clone(active))
    }
}

impl Drop for Unresolved {
    fn drop(&mut self) {
        self.0.futures.fetch_sub(1, Ordering::Relaxed);
    }
}
