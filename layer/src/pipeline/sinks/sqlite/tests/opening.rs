//! What is opened, what is refused.

use std::{
    fs,
    time::{Duration, Instant},
};

use rusqlite::Connection;

use super::{
    super::{bounds::Bounds, file},
    support::{Bench, open, span},
};
use crate::{
    pipeline::{settings::SqliteSettings, worker::Sink as _},
    store::{
        Store,
        schema::{self, Kind},
    },
};

/// What the opening says of a file, without the folder that it stands in.
fn refusal(prepare: impl FnOnce(&SqliteSettings)) -> String {
    let folder = tempfile::tempdir().unwrap();
    let settings = SqliteSettings::new(folder.path().join("telemetry.db"));
    prepare(&settings);
    let before = fs::read(&settings.path).ok();
    let why = open(&settings, "chat").err().expect("it is refused");
    assert_eq!(fs::read(&settings.path).ok(), before, "it is left as it is");
    why.replace(&folder.path().display().to_string(), "…")
}

#[test]
fn the_file_and_its_folder_are_made() {
    let folder = tempfile::tempdir().unwrap();
    let settings = SqliteSettings::new(folder.path().join("a/b/telemetry.db"));
    drop(open(&settings, "chat").unwrap());
    let connection = Connection::open(&settings.path).unwrap();
    assert_eq!(schema::kind(&connection).unwrap(), Kind::Ours(schema::VERSION));
    let mode: String = connection.pragma_query_value(None, "journal_mode", |row| row.get(0)).unwrap();
    assert_eq!(mode, "wal");
    drop(open(&settings, "chat").unwrap());
}

#[test]
fn what_is_no_database_is_left_as_it_is() {
    let why = refusal(|settings| fs::write(&settings.path, "my diary, which is no database at all").unwrap());
    assert_eq!(why, "…/telemetry.db is no SQLite database, and is left as it is: move it away, or give another path");
}

#[test]
fn another_programs_database_is_left_as_it_is() {
    let why = refusal(|settings| Connection::open(&settings.path).unwrap().execute_batch("CREATE TABLE traces (mine)").unwrap());
    assert_eq!(why, "…/telemetry.db is another program's database, and is left as it is: give another path");
}

#[test]
fn a_file_of_a_later_release_is_left_as_it_is() {
    let why = refusal(|settings| {
        drop(open(settings, "chat").unwrap());
        let connection = Connection::open(&settings.path).unwrap();
        connection.pragma_update(None, "user_version", 7).unwrap();
        let error = Store::open(&settings.path).unwrap_err().to_string();
        assert!(error.ends_with("was written by a later release of llm-span; read it with that release"), "{error}");
    });
    assert_eq!(
        why,
        "…/telemetry.db has version 7 of the tables, from a later release; this one knows up to 1: update llm-span, or give another path"
    );
}

#[test]
fn an_older_file_is_brought_to_the_present_version_with_what_it_has() {
    let mut bench = Bench::new();
    bench.write([span(1, 1, 0, 0)]).unwrap();
    let mut connection = bench.sql();
    let next = [schema::MIGRATIONS, &["ALTER TABLE traces ADD COLUMN note TEXT"]].concat();
    schema::migrate(&mut connection, &next).unwrap();
    schema::migrate(&mut connection, &next).unwrap();
    assert_eq!(bench.number("SELECT count(*) FROM traces WHERE note IS NULL"), 1);
    assert_eq!(bench.number("PRAGMA user_version"), 2);
    let broken = [&next[..], &["CREATE TABLE half (a)", "nonsense"]].concat();
    schema::migrate(&mut connection, &broken).unwrap_err();
    assert_eq!(bench.number("PRAGMA user_version"), 2, "all or nothing");
    assert_eq!(bench.number("SELECT count(*) FROM sqlite_schema WHERE name = 'half'"), 0);
}

#[test]
fn paths_that_are_no_files_are_refused() {
    let why = refusal(|settings| fs::create_dir(&settings.path).unwrap());
    assert_eq!(why, "…/telemetry.db is a folder: give the path of a file");
    let why = open(&SqliteSettings::new(":memory:"), "chat").err().unwrap();
    assert_eq!(why, "a database in memory would be lost at the end of the program: give the path of a file");
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("file"), "").unwrap();
    let why = open(&SqliteSettings::new(folder.path().join("file/telemetry.db")), "chat").err().unwrap();
    assert!(why.contains("file can't be made: ") && why.ends_with("; make it, or give another path"), "{why}");
}

#[cfg(unix)]
#[test]
fn a_pipe_is_refused_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("telemetry.db");
    assert!(std::process::Command::new("mkfifo").arg(&path).status().unwrap().success());
    let (told, hears) = std::sync::mpsc::channel();
    let settings = SqliteSettings::new(&path);
    // Whoever opens it waits for somebody at its other end.
    std::thread::spawn(move || {
        let written = open(&settings, "chat").err().unwrap();
        told.send((written, Store::open(&settings.path).unwrap_err().to_string())).unwrap();
    });
    let (written, read) = hears.recv_timeout(Duration::from_secs(20)).expect("an answer");
    assert!(
        written.ends_with("telemetry.db is no regular file but a pipe, socket or device: give the path of a file"),
        "{written}"
    );
    assert!(read.contains("it is a pipe, socket or device"), "{read}");
    let why = open(&SqliteSettings::new("/dev/null"), "chat").err().unwrap();
    assert!(why.starts_with("/dev/null is no regular file"), "{why}");
}

#[cfg(unix)]
#[test]
fn a_new_file_is_its_owners_alone() {
    use std::os::unix::fs::PermissionsExt as _;
    let mut bench = Bench::new();
    bench.write([span(1, 1, 0, 0)]).unwrap();
    for name in ["telemetry.db", "telemetry.db-wal", "telemetry.db-shm"] {
        let mode = fs::metadata(bench.folder.path().join(name)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{name}");
    }
    fs::set_permissions(bench.path(), fs::Permissions::from_mode(0o640)).unwrap();
    drop(open(&bench.settings, "chat").unwrap());
    assert_eq!(fs::metadata(bench.path()).unwrap().permissions().mode() & 0o777, 0o640, "one that is there is left as it is");
}

/// A file system without shared memory is the same to SQLite as this way of locking.
#[cfg(unix)]
#[test]
fn a_file_that_can_not_be_read_while_it_is_written_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("telemetry.db");
    let mut connection = Connection::open_with_flags_and_vfs(&path, file::FLAGS, c"unix-dotfile").unwrap();
    let bounds = Bounds::within(16_000_000);
    let Err(file::Refusal::Told(why)) = file::prepare(&mut connection, &path, &bounds) else { panic!("it is refused") };
    assert!(why.contains("stays in SQLite's journal mode `delete`: its file system has no shared memory"), "{why}");
    assert!(why.ends_with("give a path on a local disk"), "{why}");
}

#[test]
fn a_file_that_is_locked_at_the_start_is_opened_later() {
    let mut bench = Bench::new();
    let other = bench.sql();
    other.execute_batch("BEGIN EXCLUSIVE").unwrap();
    let begun = Instant::now();
    bench.sink = open(&bench.settings, "chat").unwrap();
    assert!(begun.elapsed() < Duration::from_secs(2), "{:?}", begun.elapsed());
    bench.sink.rest();
    let (told, hears) = std::sync::mpsc::channel();
    let holder = std::thread::spawn(move || {
        hears.recv().unwrap();
        std::thread::sleep(Duration::from_secs(1));
        other.execute_batch("COMMIT").unwrap();
    });
    told.send(()).unwrap();
    bench.write([span(1, 1, 0, 0)]).unwrap();
    holder.join().unwrap();
    assert_eq!(bench.number("SELECT count(*) FROM spans"), 1);
}

#[test]
fn a_name_is_a_file_and_no_uri() {
    let folder = tempfile::tempdir().unwrap();
    let settings = SqliteSettings::new(folder.path().join("file:x?mode=memory"));
    drop(open(&settings, "chat").unwrap());
    assert!(settings.path.is_file());
    Store::open(&settings.path).unwrap();
}

#[test]
fn a_bound_that_leaves_no_room_is_refused() {
    let mut settings = SqliteSettings::new("telemetry.db");
    settings.max_bytes = Some(4_096);
    let why = open(&settings, "chat").err().unwrap();
    assert_eq!(why, "`max_bytes` is 4096: the file of telemetry needs at least 16000000 bytes to be of use");
}

#[test]
fn many_open_one_file_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let settings = SqliteSettings::new(folder.path().join("telemetry.db"));
    std::thread::scope(|scope| {
        let opened: Vec<_> = (0..8).map(|_| scope.spawn(|| open(&settings, "chat").map(drop))).collect();
        for opened in opened {
            assert_eq!(opened.join().unwrap(), Ok(()));
        }
    });
}
