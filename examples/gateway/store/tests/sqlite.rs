use std::{path::PathBuf, sync::Arc};

use rusqlite::Connection;
use tempfile::TempDir;

use super::*;

fn place() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("conversations.db");
    (folder, path)
}

fn told(opened: Result<SqliteStore, StoreError>) -> String {
    opened.err().expect("it was opened").to_string()
}

#[tokio::test]
async fn what_was_kept_is_there_after_a_restart() {
    let (_folder, path) = place();
    let store = SqliteStore::open(&path).unwrap();
    store.create(conversation("resp_1")).await.unwrap();
    drop(store);
    let store = SqliteStore::open(&path).unwrap();
    assert_eq!(store.get(None, "resp_1").await, Ok(conversation("resp_1")));
}

/// As two processes have it: each store has connections of its own.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_stores_share_a_file() {
    let (_folder, path) = place();
    let opened: Vec<_> = std::thread::scope(|threads| {
        let opening: Vec<_> = (0..2).map(|_| threads.spawn(|| SqliteStore::open(&path))).collect();
        opening.into_iter().map(|opening| Arc::new(opening.join().unwrap().unwrap())).collect()
    });
    opened[0].create(Conversation { messages: Vec::new(), ..conversation("resp_0") }).await.unwrap();
    let work: Vec<_> = (1..=40_usize)
        .map(|number| {
            let store = Arc::clone(&opened[number % 2]);
            tokio::spawn(async move {
                store.append("resp_0", addition("More.")).await?;
                store.create(conversation(&format!("resp_{number}"))).await
            })
        })
        .collect();
    for done in work {
        done.await.unwrap().unwrap();
    }
    for store in &opened {
        assert_eq!(store.count().await, Ok(41));
        assert_eq!(store.get(None, "resp_0").await.unwrap().messages.len(), 40);
        assert_eq!(store.create(conversation("resp_1")).await, Err(StoreError::Exists));
    }
}

#[tokio::test]
async fn an_operation_that_nobody_waits_for_is_ended_and_blocks_no_other() {
    let (_folder, path) = place();
    let store = SqliteStore::open(&path).unwrap();
    for number in 0..20 {
        let id = format!("resp_{number}");
        drop(futures_util::poll!(store.create(conversation(&id))));
    }
    // Those that had their turn are there whole, and the next one has its turn.
    store.create(conversation("resp_20")).await.unwrap();
    for kept in store.list(None, None, 100).await.unwrap() {
        assert_eq!(kept.messages.len(), 2);
    }
}

#[cfg(unix)]
#[tokio::test]
async fn a_new_file_is_its_owners_alone() {
    use std::os::unix::fs::PermissionsExt as _;
    let (folder, _) = place();
    let path = folder.path().join("new/conversations.db");
    let store = SqliteStore::open(&path).unwrap();
    store.create(conversation("resp_1")).await.unwrap();
    for name in ["conversations.db", "conversations.db-wal"] {
        let mode = std::fs::metadata(path.with_file_name(name)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{name}");
    }
}

#[test]
fn what_is_not_ours_is_left_as_it_is() {
    let (_folder, path) = place();
    let other = Connection::open(&path).unwrap();
    other.execute_batch("CREATE TABLE theirs (a)").unwrap();
    assert!(told(SqliteStore::open(&path)).contains("another program's database"));
    let tables: i64 = other.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0)).unwrap();
    assert_eq!(tables, 1);
    let mode: String = other.query_row("PRAGMA journal_mode", [], |row| row.get(0)).unwrap();
    assert_eq!(mode, "delete");
}

#[test]
fn what_cannot_be_opened_is_said_with_its_place() {
    let (folder, path) = place();
    drop(SqliteStore::open(&path).unwrap());
    Connection::open(&path).unwrap().pragma_update(None, "user_version", 7).unwrap();
    assert!(told(SqliteStore::open(&path)).contains("conversations.db is of a later release: update the gateway"));

    let text = folder.path().join("notes.txt");
    std::fs::write(&text, "What is tracing? ".repeat(100)).unwrap();
    let why = told(SqliteStore::open(&text));
    assert!(why.contains("notes.txt is no SQLite database") && !why.contains("tracing"), "{why}");

    assert!(told(SqliteStore::open(folder.path())).contains("can't be written"));
}

#[tokio::test]
async fn a_failure_of_the_backend_tells_no_contents() {
    let (_folder, path) = place();
    let store = SqliteStore::open(&path).unwrap();
    store.create(conversation("resp_1")).await.unwrap();
    let other = Connection::open(&path).unwrap();
    other.execute("UPDATE messages SET role = 'tracing'", []).unwrap();
    let why = store.get(None, "resp_1").await.unwrap_err();
    assert!(matches!(&why, StoreError::Backend(why) if why.contains("can't be read") && !why.contains("tracing")), "{why}");

    other.execute_batch("DROP TABLE messages").unwrap();
    let why = store.create(conversation("resp_2")).await.unwrap_err();
    assert!(matches!(&why, StoreError::Backend(why) if why.starts_with("SQLite: ") && !why.contains("tracing")), "{why}");
    assert_eq!(store.count().await, Ok(1), "half of a conversation was kept");
}

#[tokio::test]
async fn a_file_of_before_there_were_owners_is_brought_up_to_date() {
    let (_folder, path) = place();
    let old = Connection::open(&path).unwrap();
    old.execute_batch(include_str!("../sqlite/schema.sql")).unwrap();
    old.execute_batch("PRAGMA application_id = 0x67776376; PRAGMA user_version = 1").unwrap();
    let row =
        "INSERT INTO conversations (id, model, created_at, status, background) VALUES ('resp_1', 'gpt-4o', 1, 'completed', 0)";
    old.execute(row, []).unwrap();
    drop(old);
    let store = SqliteStore::open(&path).unwrap();
    assert_eq!(store.get(None, "resp_1").await.unwrap().owner, None);
    assert_eq!(store.get(Some("front"), "resp_1").await, Err(StoreError::NotFound));
    let own = Conversation { owner: Some("front".into()), ..conversation("resp_2") };
    store.create(own.clone()).await.unwrap();
    drop(store);
    assert_eq!(SqliteStore::open(&path).unwrap().list(Some("front"), None, 10).await, Ok(vec![own]));
}

#[tokio::test]
async fn what_a_crash_has_left_unfinished_has_failed_and_says_why() {
    let (_folder, path) = place();
    let store = SqliteStore::open(&path).unwrap();
    for status in Status::ALL {
        let error = (status == Status::Failed).then(|| "it took too long".to_owned());
        store.create(Conversation { status, error, ..conversation(status.as_str()) }).await.unwrap();
    }
    drop(store);
    let store = SqliteStore::open(&path).unwrap();
    assert_eq!(store.fail_unfinished(), Ok(2));
    for status in Status::ALL {
        let Conversation { status: now, error, messages, .. } = store.get(None, status.as_str()).await.unwrap();
        assert_eq!(messages.len(), 2);
        match status {
            Status::Queued | Status::InProgress => assert!(now == Status::Failed && error.unwrap().contains("try again")),
            Status::Failed => assert_eq!((now, error.as_deref()), (status, Some("it took too long"))),
            _ => assert_eq!((now, error), (status, None)),
        }
    }
    assert_eq!(store.fail_unfinished(), Ok(0));
}
