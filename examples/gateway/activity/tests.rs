//! Workers that share a file. Their clock is the test's, and their turns too; but for those that have threads.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::{
    path::PathBuf,
    sync::atomic::{AtomicI64, Ordering},
    thread,
    time::Instant,
};

use rusqlite::Connection;
use tempfile::TempDir;

use super::{
    mirror::{DEAD, Mirror},
    *,
};

const IDLE: Duration = Duration::from_secs(60);

struct Workers {
    folder: TempDir,
    now: Arc<AtomicI64>,
}

impl Workers {
    fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap(), now: Arc::new(AtomicI64::new(1_000_000)) }
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("conversations.sqlite")
    }

    fn worker(&self, number: u32) -> (Arc<Activity>, Mirror) {
        let now = Arc::clone(&self.now);
        let activity = Activity::with(IDLE, Arc::new(move || now.load(Ordering::Relaxed)));
        let mirror = Mirror::new(&self.path(), number, &activity.state);
        (activity, mirror)
    }

    fn pass(&self, milliseconds: i64) {
        self.now.fetch_add(milliseconds, Ordering::Relaxed);
    }

    fn rows(&self, table: &str) -> u64 {
        let query = format!("SELECT count(*) FROM {table}");
        let rows: i64 = Connection::open(self.path()).unwrap().query_row(&query, [], |row| row.get(0)).unwrap();
        rows.unsigned_abs()
    }
}

fn counts(sessions: u64, models: u64, sampling_sessions: u64, futures: u64) -> Counts {
    Counts { sessions, models, sampling_sessions, futures }
}

fn turn<const N: usize>(mirrors: [&mut Mirror; N]) {
    for mirror in mirrors {
        mirror.turn().unwrap();
    }
}

#[test]
fn a_process_counts_what_it_has_and_what_it_was_told_lately() {
    let workers = Workers::new();
    let (activity, _) = workers.worker(0);
    activity.session("s-1");
    activity.session("s-2");
    activity.model("gpt-4o");
    let (one, two, future) = (activity.sampling(), activity.sampling(), activity.future());
    assert_eq!(activity.counts(), counts(2, 1, 2, 1));
    drop((one, future));
    workers.pass(59_999);
    activity.session("s-1");
    workers.pass(1);
    assert_eq!(activity.counts(), counts(1, 0, 1, 0));
    drop(two);
    assert_eq!(activity.counts(), counts(1, 0, 0, 0));
}

#[test]
fn workers_see_each_others_and_count_no_session_twice() {
    let workers = Workers::new();
    let ((one, mut first), (two, mut second)) = (workers.worker(0), workers.worker(1));
    for session in ["both", "one"] {
        one.session(session);
    }
    for session in ["both", "two"] {
        two.session(session);
    }
    one.model("gpt-4o");
    two.model("gpt-4o");
    let _leases = (one.sampling(), two.sampling(), two.sampling(), two.future());
    turn([&mut first, &mut second]);
    turn([&mut first]);
    assert_eq!([first.counts(), second.counts()], [counts(3, 1, 3, 1); 2]);
}

#[test]
fn what_ends_or_is_idle_is_gone_for_all() {
    let workers = Workers::new();
    let ((one, mut first), (two, mut second)) = (workers.worker(0), workers.worker(1));
    one.session("s-1");
    let lease = one.future();
    turn([&mut first, &mut second]);
    assert_eq!(second.counts(), counts(1, 0, 0, 1));
    drop(lease);
    two.session("s-2");
    workers.pass(30_000);
    one.session("s-1");
    turn([&mut first, &mut second]);
    assert_eq!(second.counts(), counts(2, 0, 0, 0));
    workers.pass(31_000);
    turn([&mut first, &mut second]);
    assert_eq!([first.counts(), second.counts()], [counts(1, 0, 0, 0); 2]);
}

#[test]
fn a_dead_worker_is_not_counted_and_cleaned_up() {
    let workers = Workers::new();
    let ((one, mut first), (two, mut second)) = (workers.worker(0), workers.worker(1));
    let _open = (two.sampling(), two.future());
    two.session("s-2");
    turn([&mut second, &mut first]);
    assert_eq!(first.counts(), counts(1, 0, 1, 1));
    // It lives: its heartbeat is heard even though nothing changes.
    for _ in 0..6 {
        workers.pass(DEAD / 4);
        turn([&mut second, &mut first]);
        assert_eq!(first.counts(), counts(1, 0, 1, 1));
    }
    workers.pass(DEAD + 1);
    turn([&mut first]);
    assert_eq!(first.counts(), counts(1, 0, 0, 0));
    assert_eq!((workers.rows("activity_open"), workers.rows("activity_seen")), (2, 1));
    first.counts();
    one.clean_up();
    turn([&mut first]);
    assert_eq!((workers.rows("activity_open"), workers.rows("activity_seen")), (0, 1));
    workers.pass(60_000);
    one.clean_up();
    turn([&mut first]);
    assert_eq!(workers.rows("activity_seen"), 0);
    // It was but asleep.
    turn([&mut second, &mut first]);
    assert_eq!(first.counts(), counts(0, 0, 1, 1));
}

#[test]
fn a_worker_that_says_goodbye_leaves_nothing_open() {
    let workers = Workers::new();
    let ((_, mut first), (two, mut second)) = (workers.worker(0), workers.worker(1));
    let _lease = two.sampling();
    turn([&mut second, &mut first]);
    two.session("last");
    second.goodbye().unwrap();
    assert_eq!(workers.rows("activity_open"), 0);
    turn([&mut first]);
    assert_eq!(first.counts(), counts(1, 0, 0, 0));
}

#[test]
fn nothing_is_written_where_nothing_changes() {
    let workers = Workers::new();
    let (activity, mut mirror) = workers.worker(0);
    activity.session("s-1");
    turn([&mut mirror]);
    let reader = Connection::open(workers.path()).unwrap();
    let version = || -> i64 { reader.query_row("PRAGMA data_version", [], |row| row.get(0)).unwrap() };
    let before = version();
    for _ in 0..20 {
        workers.pass(250);
        activity.session("s-1");
        turn([&mut mirror]);
    }
    assert_eq!(version(), before);
    workers.pass(2000);
    activity.session("s-1");
    turn([&mut mirror]);
    assert_ne!(version(), before);
}

#[test]
fn no_id_is_in_the_file() {
    let workers = Workers::new();
    let (activity, mut mirror) = workers.worker(0);
    activity.session("jane.doe@example.org");
    turn([&mut mirror]);
    drop(mirror);
    assert_eq!(workers.rows("activity_seen"), 1);
    for file in std::fs::read_dir(workers.folder.path()).unwrap() {
        let bytes = std::fs::read(file.unwrap().path()).unwrap();
        assert!(!bytes.windows(8).any(|part| part == b"jane.doe"));
    }
}

#[test]
fn a_file_that_fails_leaves_each_with_its_own_counts_and_is_tried_again() {
    let workers = Workers::new();
    let ((one, mut first), (two, mut second)) = (workers.worker(0), workers.worker(1));
    two.session("s-2");
    one.session("s-1");
    turn([&mut second, &mut first]);
    assert_eq!(first.counts(), counts(2, 0, 0, 0));
    // Others hold it.
    let other = Connection::open(workers.path()).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    one.session("s-3");
    assert!(first.turn().is_err());
    workers.pass(3001);
    assert_eq!(first.counts(), counts(2, 0, 0, 0));
    other.execute_batch("ROLLBACK").unwrap();
    turn([&mut first]);
    assert_eq!(first.counts(), counts(3, 0, 0, 0));
}

/// Until it is so; it is within a second or two.
fn wait_for(what: &str, is_so: impl Fn() -> bool) {
    let begun = Instant::now();
    while !is_so() {
        assert!(begun.elapsed() < Duration::from_secs(20), "{what}");
        thread::yield_now();
        thread::park_timeout(Duration::from_millis(5));
    }
}

#[test]
fn threads_keep_the_file_in_step_and_end_with_their_activity() {
    let workers = Workers::new();
    let shared = |worker| Activity::shared(&workers.path(), worker, IDLE).unwrap();
    let (one, two) = (shared(0), shared(1));
    one.session("s-1");
    two.session("s-2");
    let lease = two.sampling();
    wait_for("both are seen by both", || [&one, &two].iter().all(|activity| activity.counts() == counts(2, 0, 1, 0)));
    let state = Arc::downgrade(&two.state);
    drop(two);
    assert_eq!(one.counts().sampling_sessions, 1, "the lease keeps it");
    drop(lease);
    // The thread has had it, too.
    assert!(state.upgrade().is_none());
    assert_eq!(workers.rows("activity_open"), 0);
    wait_for("what was open is closed", || one.counts() == counts(2, 0, 0, 0));
}

#[test]
fn a_file_that_can_not_be_opened_is_told_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let shared = |path: PathBuf| Activity::shared(&path, 0, IDLE).map(|_| ()).unwrap_err();
    let error = shared(folder.path().join("missing").join("file.sqlite"));
    assert!(error.contains("file.sqlite") && error.contains("expected a SQLite file"), "{error}");
    let text = folder.path().join("notes.txt");
    std::fs::write(&text, "no database, but long enough to be taken for the header of one".repeat(4)).unwrap();
    assert!(shared(text).contains("notes.txt"));
}
