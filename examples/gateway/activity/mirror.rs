//! Keeps a file and this process's activity in step: a thread, a few times a second.

use std::{
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex, PoisonError,
        mpsc::{Receiver, RecvTimeoutError, Sender, channel},
    },
    thread,
    time::Duration,
};

use rusqlite::Error;
use tracing::{info, warn};

use super::{
    Counts, Open,
    file::{Changes, File, Seen, Writer, is_busy},
    state::State,
};

/// How often the file is looked at.
const TURN: Duration = Duration::from_millis(250);
/// After so many milliseconds a worker tells again what it has open.
const HEARTBEAT: i64 = 1000;
/// A worker that was not heard of for so many milliseconds is dead.
pub(super) const DEAD: i64 = 5000;
/// After an error so many milliseconds pass.
const RETRY: i64 = 1000;
/// What the file has told counts for so many milliseconds.
const FRESH: i64 = 3000;
/// So long an activity that ends waits for its thread to say goodbye.
const GOODBYE: Duration = Duration::from_secs(1);

/// The thread, as its activity sees it.
pub(super) struct Mirrored {
    others: Arc<Mutex<Option<Others>>>,
    state: Arc<State>,
    /// Dropped to end it.
    until: Option<Sender<()>>,
    ended: Mutex<Receiver<()>>,
}

/// What the file tells.
#[derive(Clone, Copy, Debug)]
struct Others {
    /// Of all workers together.
    sessions: u64,
    models: u64,
    /// Of the others.
    sampling: u64,
    futures: u64,
    at: i64,
}

impl Mirrored {
    pub(super) fn start(path: &Path, worker: u32, state: &Arc<State>) -> Result<Self, String> {
        let mut mirror = Mirror::new(path, worker, state);
        let at = path.display();
        mirror.turn().or_else(|error| if is_busy(&error) { Ok(()) } else { Err(error) }).map_err(|error| {
            format!("cannot keep the workers' activity in {at}: {error}; expected a SQLite file, or a path in a folder that can be written")
        })?;
        let others = Arc::clone(&mirror.others);
        let (until, wait) = channel();
        let (tell, ended) = channel::<()>();
        let run = move || {
            mirror.run(&wait);
            drop(mirror);
            drop(tell);
        };
        thread::Builder::new()
            .name("activity".into())
            .spawn(run)
            .map_err(|error| format!("cannot start the thread that keeps the workers' activity in {at}: {error}"))?;
        Ok(Self { others, state: Arc::clone(state), until: Some(until), ended: Mutex::new(ended) })
    }

    pub(super) fn with_others(&self, own: Counts) -> Counts {
        let others = *self.others.lock().unwrap_or_else(PoisonError::into_inner);
        others.map_or(own, |others| others.and(own, self.state.now()))
    }
}

impl Drop for Mirrored {
    fn drop(&mut self) {
        self.until = None;
        // Ended, or too slow: either way it is no matter of who drops it.
        let ended = self.ended.get_mut().unwrap_or_else(PoisonError::into_inner);
        let _ = ended.recv_timeout(GOODBYE);
    }
}

impl Others {
    /// A file that can't be read for a while tells nothing: then this process knows only of itself.
    fn and(self, own: Counts, now: i64) -> Counts {
        if now.saturating_sub(self.at) > FRESH {
            return own;
        }
        Counts {
            sessions: own.sessions.max(self.sessions),
            models: own.models.max(self.models),
            sampling_sessions: own.sampling_sessions.saturating_add(self.sampling),
            futures: own.futures.saturating_add(self.futures),
        }
    }
}

/// What the thread has.
pub(super) struct Mirror {
    path: PathBuf,
    writer: Writer,
    state: Arc<State>,
    others: Arc<Mutex<Option<Others>>>,
    file: Option<File>,
    /// What the file has of it, and since when.
    open: [(Open, u64, i64); 2],
    retry_at: i64,
    is_failing: bool,
}

impl Mirror {
    pub(super) fn new(path: &Path, worker: u32, state: &Arc<State>) -> Self {
        Self {
            path: path.to_owned(),
            writer: Writer { instance: uuid::Uuid::new_v4().to_string(), worker },
            state: Arc::clone(state),
            others: Arc::default(),
            file: None,
            open: [(Open::Sampling, 0, 0), (Open::Future, 0, 0)],
            retry_at: i64::MIN,
            is_failing: false,
        }
    }

    fn run(&mut self, until: &Receiver<()>) {
        while until.recv_timeout(TURN) == Err(RecvTimeoutError::Timeout) {
            if self.state.now() >= self.retry_at {
                let ended = self.turn();
                self.tell(ended);
            }
        }
        let ended = self.goodbye();
        self.tell(ended);
    }

    /// Once, not at each turn.
    fn tell(&mut self, ended: Result<(), Error>) {
        match ended {
            Ok(()) if self.is_failing => {
                self.is_failing = false;
                info!(file = %self.path.display(), "the workers' activity is kept again");
            }
            Ok(()) => {}
            Err(error) => {
                self.retry_at = self.state.now().saturating_add(RETRY);
                if !is_busy(&error) {
                    self.file = None;
                }
                if !std::mem::replace(&mut self.is_failing, true) {
                    warn!(file = %self.path.display(), %error, "the workers' activity can't be kept; it is tried again");
                }
            }
        }
    }

    /// Writes what has changed, and reads what others have written.
    pub(super) fn turn(&mut self) -> Result<(), Error> {
        let mut file = self.opened()?;
        let ended = self.exchange(&mut file);
        self.file = Some(file);
        ended
    }

    fn opened(&mut self) -> Result<File, Error> {
        if let Some(file) = self.file.take() {
            return Ok(file);
        }
        let file = File::open(&self.path)?;
        // It may be another one than before.
        self.state.sessions.tell_again();
        self.state.models.tell_again();
        for (_, number, at) in &mut self.open {
            (*number, *at) = (0, 0);
        }
        Ok(file)
    }

    fn exchange(&mut self, file: &mut File) -> Result<(), Error> {
        let now = self.state.now();
        let open = self.open.map(|(open, ..)| (open, self.state.open(open)));
        self.write(file, &open, false)?;
        let alive_since = now.saturating_sub(DEAD);
        if self.state.takes_clean_up() {
            let seen = [(Seen::Session, self.state.sessions.since()), (Seen::Model, self.state.models.since())];
            file.clean_up(&seen, alive_since).inspect_err(|_| self.state.ask_to_clean_up())?;
        }
        let others = Others {
            sessions: file.seen(Seen::Session, self.state.sessions.since())?,
            models: file.seen(Seen::Model, self.state.models.since())?,
            sampling: file.open_elsewhere(&self.writer, Open::Sampling, alive_since)?,
            futures: file.open_elsewhere(&self.writer, Open::Future, alive_since)?,
            at: now,
        };
        *self.others.lock().unwrap_or_else(PoisonError::into_inner) = Some(others);
        Ok(())
    }

    fn write(&mut self, file: &mut File, open: &[(Open, u64); 2], is_end: bool) -> Result<(), Error> {
        let now = self.state.now();
        let heard = [(Seen::Session, &self.state.sessions), (Seen::Model, &self.state.models)];
        let seen = heard.map(|(kind, heard)| (kind, heard.untold(is_end)));
        let is_due = |(_, had, at): &(Open, u64, i64), number: u64| *had != number || (number > 0 && now - at >= HEARTBEAT);
        let due = self.open.iter().zip(open).filter(|(had, (_, number))| is_due(had, *number)).map(|(_, open)| *open).collect();
        let seen = seen.into_iter().filter(|(_, hearings)| !hearings.is_empty()).collect();
        let changes = Changes { seen, open: due, now };
        if changes.seen.is_empty() && changes.open.is_empty() {
            return Ok(());
        }
        file.write(&self.writer, &changes)?;
        for (kind, hearings) in &changes.seen {
            heard.iter().filter(|(of, _)| of == kind).for_each(|(_, heard)| heard.told(hearings));
        }
        for (kind, number) in changes.open {
            self.open.iter_mut().filter(|(of, ..)| *of == kind).for_each(|had| *had = (kind, number, now));
        }
        Ok(())
    }

    /// What it had open is closed; what it has heard of stays until it is idle.
    pub(super) fn goodbye(&mut self) -> Result<(), Error> {
        let Some(mut file) = self.file.take() else { return Ok(()) };
        let none = self.open.map(|(open, ..)| (open, 0));
        self.write(&mut file, &none, true)
    }
}

#[cfg(test)]
impl Mirror {
    /// As a gauge would tell it.
    pub(super) fn counts(&self) -> Counts {
        let others = *self.others.lock().unwrap_or_else(PoisonError::into_inner);
        let own = self.state.counts();
        others.map_or(own, |others| others.and(own, self.state.now()))
    }
}
