//! How much the file may take, and how that is divided.

use rusqlite::Connection;

use crate::pipeline::settings::SqliteSettings;

use super::rows::Row;

/// Of a page, as SQLite has them by default.
pub(super) const PAGE: u64 = 4_096;
/// Below it a transaction has room for a few rows only, which makes writing slow and heavy for the disk.
const LEAST: u64 = 16_000_000;
/// A row changes so many pages at most, its own text aside: of its table and of its indexes, which lie anywhere.
const PAGES_A_ROW: u64 = 6;
/// So much is rewritten between two checkpoints where the file has no bound: SQLite's default.
const LOG: u64 = 4 << 20;
/// So long the log may become where the file has no bound: while a reader holds it open, all that is written stays there.
const LONGEST: u64 = 1 << 30;

/// How much the file may take. A bound is divided between the database and its log (the file `-wal`), both of which stay below their part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Bounds {
    /// Pages of the database.
    pub(super) pages: Option<u64>,
    /// Bytes of the log after which it is moved into the database.
    pub(super) log: u64,
    /// Bytes of the log beyond which nothing is written until it was emptied.
    pub(super) longest_log: u64,
    /// Bytes that one transaction may add to the log.
    transaction: u64,
}

impl Bounds {
    pub(super) fn of(settings: &SqliteSettings) -> Result<Self, String> {
        match settings.max_bytes {
            None => Ok(Self { pages: None, log: LOG, longest_log: LONGEST, transaction: u64::MAX }),
            Some(bytes) if bytes < LEAST => {
                Err(format!("`max_bytes` is {bytes}: the file of telemetry needs at least {LEAST} bytes to be of use"))
            }
            Some(bytes) => Ok(Self::within(bytes)),
        }
    }

    /// The log is at most as long as it is let grow, and a transaction; its index (the file `-shm`) takes the rest.
    pub(super) fn within(bytes: u64) -> Self {
        let log = (bytes / 3).min(32 << 20);
        Self { pages: Some((bytes - log) / PAGE), log: log / 2, longest_log: log / 8 * 5, transaction: log / 4 }
    }

    /// How many rows one transaction may write or delete.
    pub(super) fn rows(&self) -> u64 {
        (self.transaction / (PAGES_A_ROW * PAGE)).clamp(1, 500)
    }

    /// How many pages so many rows may need, with texts of so many bytes.
    pub(super) fn needed(rows: u64, bytes: u64) -> u64 {
        rows.saturating_mul(PAGES_A_ROW).saturating_add(bytes.saturating_mul(2) / PAGE)
    }

    /// Has SQLite refuse to let the database grow further. It does not do so while that is larger.
    pub(super) fn apply(&self, connection: &Connection) -> rusqlite::Result<()> {
        let Some(pages) = self.pages else { return Ok(()) };
        let pages = i64::try_from(pages).unwrap_or(i64::MAX);
        connection.pragma_update_and_check(None, "max_page_count", pages, |_| Ok(()))
    }

    /// How many pages one transaction may move.
    pub(super) fn moves(&self) -> u64 {
        (self.transaction / (3 * PAGE)).clamp(1, 256)
    }

    /// The batch as what each transaction writes: all of it at once, where there is no bound or a wide one.
    pub(super) fn transactions<'r>(&self, mut rows: &'r [Row]) -> Vec<&'r [Row]> {
        let mut transactions = Vec::new();
        while !rows.is_empty() {
            let mut size = 0_u64;
            let fits = rows.iter().take_while(|row| {
                size = size.saturating_add(row.size() + PAGES_A_ROW * PAGE);
                size <= self.transaction
            });
            let (first, rest) = rows.split_at(fits.count().max(1));
            transactions.push(first);
            rows = rest;
        }
        transactions
    }
}
