//! Deletes what is too old, or too much.

use std::time::{Duration, Instant, SystemTime};

use rusqlite::Connection;

use super::{
    bounds::{Bounds, PAGE},
    delete,
    file::File,
};
use crate::{pipeline::settings::SqliteSettings, store::time};

/// How long housekeeping takes at most before batches have their turn again. A step of it holds the file for a few milliseconds.
const TURN: Duration = Duration::from_millis(100);
/// How often it is looked for rows that are too old, and for a log that is too long.
const INTERVAL: Duration = Duration::from_secs(1);

/// Deletes what is too old, or too much.
pub(super) struct Retention {
    max_age: Option<Duration>,
    pub(super) bounds: Bounds,
    /// When it is to be looked again.
    pub(super) next: Instant,
}

impl Retention {
    pub(super) fn new(settings: &SqliteSettings, bounds: &Bounds) -> Self {
        Self { max_age: settings.max_age, bounds: *bounds, next: Instant::now() }
    }

    /// What is due, a little at a time.
    pub(super) fn rest(&mut self, file: &mut File) -> rusqlite::Result<()> {
        let until = Instant::now() + TURN;
        if Instant::now() >= self.next {
            self.age(file, until)?;
            if file.log_size() > self.bounds.log {
                // Where readers stand against it, another time.
                file.empty_log(Duration::ZERO)?;
            }
            // Else it goes on at once.
            if Instant::now() < until {
                self.next = Instant::now() + INTERVAL;
            }
        }
        self.size(file, until)
    }

    /// Whether there is time for a further step, and room in the log: deletions are written there as well.
    fn goes_on(&self, file: &File, until: Instant) -> bool {
        Instant::now() < until && file.log_size() <= self.bounds.longest_log
    }

    fn age(&self, file: &mut File, until: Instant) -> rusqlite::Result<()> {
        let Some(oldest) = self.max_age.and_then(|age| SystemTime::now().checked_sub(age)) else { return Ok(()) };
        while self.goes_on(file, until) && delete::ended(&mut file.connection, time::nanoseconds(oldest), self.bounds.rows())? > 0
        {
        }
        Ok(())
    }

    fn size(&self, file: &mut File, until: Instant) -> rusqlite::Result<()> {
        if let Some(pages) = self.bounds.pages
            && Usage::of(&file.connection)?.used() > pages / 10 * 9
        {
            while self.goes_on(file, until) && Usage::of(&file.connection)?.used() > pages / 10 * 8 {
                if delete::oldest(&mut file.connection, self.bounds.rows())? == 0 {
                    break;
                }
            }
        }
        self.shrink(file, until)
    }

    /// Gives pages back that are free, where they are many. A few are left for what comes.
    fn shrink(&self, file: &File, until: Instant) -> rusqlite::Result<()> {
        let connection = &file.connection;
        let before = Usage::of(connection)?;
        let is_too_large = |usage: &Usage| self.bounds.pages.is_some_and(|pages| usage.pages > pages);
        if before.free == 0 || !(is_too_large(&before) || before.free > (before.pages / 4).max(256)) {
            return Ok(());
        }
        let mut usage = before;
        while usage.free > 0 && (is_too_large(&usage) || usage.free > usage.pages / 16) && self.goes_on(file, until) {
            vacuum(connection, self.bounds.moves())?;
            usage = Usage::of(connection)?;
        }
        // Until then they are given back in the log only.
        file.empty_log(Duration::ZERO)?;
        // It could not be set as long as the file was larger.
        self.bounds.apply(connection)
    }

    /// For rows that have no room below the bound: deletes the oldest ones.
    pub(super) fn make_room(&self, file: &mut File, rows: u64, bytes: u64) -> rusqlite::Result<Room> {
        let Some(pages) = self.bounds.pages else { return Ok(Room::NotBounded) };
        if bytes / PAGE > pages / 2 {
            return Ok(Room::TooLarge);
        }
        let needed = Bounds::needed(rows, bytes).min(pages / 2);
        let mut room = Room::NotBounded;
        while Usage::of(&file.connection)?.room(pages) < needed {
            // The next attempt finds the same, and waits.
            if !file.has_room_in_log(&self.bounds)? {
                return Ok(Room::Made);
            }
            if delete::oldest(&mut file.connection, self.bounds.rows())? == 0 {
                break;
            }
            room = Room::Made;
        }
        Ok(room)
    }
}

/// What came of an attempt to make room.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Room {
    /// There is some now.
    Made,
    /// It is not the bound that stands against the rows.
    NotBounded,
    /// They are larger than the file may be.
    TooLarge,
}

/// Moves so many pages from the end of the file to free ones before them. Each is a row of the answer.
fn vacuum(connection: &Connection, pages: u64) -> rusqlite::Result<()> {
    let mut statement = connection.prepare(&format!("PRAGMA incremental_vacuum({pages})"))?;
    let mut rows = statement.query([])?;
    while rows.next()?.is_some() {}
    Ok(())
}

/// The pages of the database.
struct Usage {
    pages: u64,
    free: u64,
}

impl Usage {
    fn of(connection: &Connection) -> rusqlite::Result<Self> {
        let number = |pragma| connection.pragma_query_value(None, pragma, |row| row.get::<_, i64>(0)).map(i64::unsigned_abs);
        Ok(Self { pages: number("page_count")?, free: number("freelist_count")? })
    }

    fn used(&self) -> u64 {
        self.pages.saturating_sub(self.free)
    }

    /// Below that many pages.
    fn room(&self, pages: u64) -> u64 {
        pages.saturating_sub(self.used())
    }
}
