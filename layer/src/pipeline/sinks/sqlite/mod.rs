//! A SQLite file of traces, spans, their events, log lines and metric events.
//!
//! A batch is in the file once `write` has returned: a process that is killed then loses nothing of it, since the system has it. Where the power
//! fails, what was written since the last checkpoint may be lost (`synchronous = NORMAL` in WAL mode); the file is whole in any case.

mod bounds;
mod delete;
mod file;
mod insert;
mod problem;
mod retention;
mod rows;
#[cfg(test)]
mod tests;
mod totals;

use std::time::{Duration, Instant};

use opentelemetry::Key;
use opentelemetry_sdk::Resource;

use crate::{
    pipeline::{
        event::Event,
        settings::SqliteSettings,
        worker::{Failure, Patience, Sink},
    },
    store::value,
};

use bounds::Bounds;
use file::File;
use problem::Problem;
use retention::{Retention, Room};
use rows::Row;

/// How long a batch is tried that a lock or a full disk stands against.
const PATIENCE: Duration = Duration::from_secs(10);
/// How long the start of the program waits for another process that holds the file. Then the first batch opens it.
const START: Duration = Duration::from_millis(500);
/// Between two attempts.
const PAUSE: Duration = Duration::from_millis(100);

/// Writes batches into a SQLite file.
pub(crate) struct Sqlite {
    /// `None` after a fault, and where it was locked at first: it is opened anew for the next attempt.
    file: Option<File>,
    settings: SqliteSettings,
    bounds: Bounds,
    retention: Retention,
    source: Source,
    /// The last batch was lost: the next ones are tried once only, so that the queue is not held up for nothing.
    fails: bool,
}

/// What all rows of this process come from.
pub(super) struct Source {
    service: String,
    resource: String,
}

impl Sqlite {
    /// Opens the file, or makes it; what is wrong where it can't. One that another process holds is opened later.
    pub(crate) fn open(settings: &SqliteSettings, resource: &Resource) -> Result<Self, String> {
        Self::within(Bounds::of(settings)?, settings, resource)
    }

    fn within(bounds: Bounds, settings: &SqliteSettings, resource: &Resource) -> Result<Self, String> {
        // A program may change its folder.
        let path = std::path::absolute(&settings.path).unwrap_or_else(|_| settings.path.clone());
        let settings = SqliteSettings { path, ..settings.clone() };
        let file = match File::open(&settings.path, &bounds, START) {
            Ok(file) => Some(file),
            Err(Problem::Locked(_)) => None,
            Err(problem) => return Err(problem.to_string()),
        };
        let retention = Retention::new(&settings, &bounds);
        Ok(Self { file, settings, bounds, retention, source: Source::of(resource), fails: false })
    }

    /// Writes them in one transaction; on a fault nothing of them.
    fn attempt(&mut self, rows: &[Row]) -> Result<(), Problem> {
        // Somebody may have deleted or moved it: what is written to it then is seen by nobody.
        if self.file.as_ref().is_none_or(|file| !file.is_in_place()) {
            self.file = None;
            self.file = Some(File::open(&self.settings.path, &self.bounds, Duration::ZERO)?);
        }
        let Some(file) = &mut self.file else { return Ok(()) };
        let problem = |error| Problem::of(&self.settings.path, &error);
        if !file.has_room_in_log(&self.bounds).map_err(problem)? {
            return Err(file.held(&self.bounds));
        }
        insert::all(&mut file.connection, rows, &self.source).map_err(problem)
    }

    /// Writes them, and tries again while that is worth it.
    fn persist(&mut self, rows: &[Row], patience: &Patience) -> Result<(), Problem> {
        let until = Instant::now() + PATIENCE;
        let mut is_reopened = false;
        loop {
            let Err(problem) = self.attempt(rows) else { return Ok(()) };
            let fails = self.fails;
            let waits = || !fails && Instant::now() < until && patience.wait(PAUSE);
            let again = match &problem {
                Problem::Full(_) => match self.make_room(rows) {
                    Room::Made => !patience.is_over(),
                    Room::NotBounded => waits(),
                    Room::TooLarge => {
                        return Err(Problem::Unusable("a row is larger than half of `max_bytes`: raise that".into()));
                    }
                },
                Problem::Locked(_) | Problem::Held(_) => waits(),
                // The file may have been replaced, or its disk be back.
                Problem::Broken(_) => {
                    self.file = None;
                    !std::mem::replace(&mut is_reopened, true)
                }
                Problem::Unusable(_) => false,
            };
            if !again {
                return Err(problem);
            }
        }
    }

    /// Deletes the oldest rows of a file that may grow no further.
    fn make_room(&mut self, rows: &[Row]) -> Room {
        let Some(file) = &mut self.file else { return Room::NotBounded };
        let bytes = rows.iter().map(Row::size).sum();
        self.retention.make_room(file, rows.len() as u64, bytes).unwrap_or(Room::NotBounded)
    }
}

impl Sink for Sqlite {
    type Item = Event;

    fn write(&mut self, batch: Vec<Event>, patience: &Patience) -> Result<(), Failure> {
        let rows: Vec<Row> = batch.iter().filter_map(Row::of).collect();
        let (mut lost, mut why) = (0, None);
        let mut transactions = self.bounds.transactions(&rows).into_iter();
        while let Some(rows) = transactions.next() {
            match self.persist(rows, patience) {
                Ok(()) => self.fails = false,
                Err(problem) => {
                    self.fails = true;
                    lost += rows.len();
                    // What stands against one stands against those behind it, each of which would wait.
                    if let Problem::Held(_) | Problem::Locked(_) = problem {
                        lost += transactions.by_ref().map(<[Row]>::len).sum::<usize>();
                    }
                    why.get_or_insert(problem);
                }
            }
        }
        why.map_or(Ok(()), |problem| Err(Failure { lost, why: problem.to_string() }))
    }

    fn rest(&mut self) {
        if let Some(file) = &mut self.file
            && !self.fails
        {
            // What could not be deleted now is the next time.
            let _ = self.retention.rest(file);
        }
    }
}

impl Source {
    fn of(resource: &Resource) -> Self {
        let service = resource.get(&Key::from_static_str("service.name")).map(|name| name.to_string()).unwrap_or_default();
        let members = resource.iter().map(|(key, value)| (key.as_str().to_owned(), value::of_otel(value)));
        let resource = serde_json::Value::from(members.collect::<serde_json::Map<_, _>>()).to_string();
        Self { service, resource }
    }
}
