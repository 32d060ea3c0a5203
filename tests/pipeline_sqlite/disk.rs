//! A disk that is full, and has room again: a small one that a process of its own mounts for itself.

use std::{
    fs,
    path::PathBuf,
    process::{Command, Output},
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use llm_span::{
    pipeline::Guard,
    store::{SpanQuery, Store},
};
use tracing::{Dispatch, Event, Level, Subscriber, info_span};
use tracing_subscriber::layer::{Context, Layer, SubscriberExt as _};

use crate::support::{TIMEOUT, number, telemetry};

const FOLDER: &str = "PIPELINE_SQLITE_DISK";

/// What the pipeline tells of itself.
#[derive(Clone, Default)]
struct Told(Arc<Mutex<Vec<Level>>>);

impl<S: Subscriber> Layer<S> for Told {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        if event.metadata().target() == "llm_span::pipeline" {
            self.0.lock().unwrap().push(*event.metadata().level());
        }
    }
}

/// A program on the small disk.
struct Program {
    folder: PathBuf,
    guard: Guard,
    dispatch: Dispatch,
    told: Told,
}

impl Program {
    /// Without log lines: what the pipeline tells of itself would be among them, and lost like others.
    fn new(folder: PathBuf) -> Self {
        let told = Told::default();
        let (layer, guard) =
            telemetry(&folder.join("telemetry.db"), |settings| settings.logs.filter = "off".into()).build().unwrap();
        let dispatch = Dispatch::new(tracing_subscriber::registry().with(layer).with(told.clone()));
        Self { folder, guard, dispatch, told }
    }

    fn spans(&self, name: &'static str, count: usize) {
        tracing::dispatcher::with_default(&self.dispatch, || {
            for _ in 0..count {
                info_span!("span", name, text = "x".repeat(1_000)).in_scope(|| ());
            }
        });
    }

    fn lost(&self) -> u64 {
        self.guard.losses().iter().map(|(_, losses)| losses.total()).sum()
    }

    fn ballast(&self) -> PathBuf {
        self.folder.join("ballast")
    }

    /// Takes all room that is left.
    fn fill(&self) {
        use std::io::Write as _;
        let mut ballast = fs::OpenOptions::new().create(true).append(true).open(self.ballast()).unwrap();
        for size in [65_536, 4_096, 1] {
            while ballast.write_all(&vec![0; size]).is_ok() {}
        }
    }

    fn found(&self, name: &str) -> i64 {
        number(&self.folder.join("telemetry.db"), &format!("SELECT count(*) FROM spans WHERE attributes ->> 'name' = '{name}'"))
    }
}

/// Does something on a disk of 8 MB, in a process of its own; `None` in the process that begins it.
fn small_disk(test: &str) -> Option<PathBuf> {
    if let Some(folder) = std::env::var_os(FOLDER) {
        return Some(folder.into());
    }
    let folder = tempfile::tempdir().unwrap();
    let script =
        r#"mount -t tmpfs -o size=8m none "$1" || exit 77; PIPELINE_SQLITE_DISK="$1" exec "$2" --exact "$3" --nocapture"#;
    let mut run = Command::new("unshare");
    run.args(["-rm", "sh", "-c", script, "sh"]).arg(folder.path());
    let ended = match run.arg(std::env::current_exe().unwrap()).arg(test).output() {
        Ok(ended) if !is_refused(&ended) => ended,
        refused => {
            println!("skipped: this system lets no test mount a disk: {refused:?}");
            return None;
        }
    };
    let shown = String::from_utf8_lossy(&ended.stdout);
    assert!(ended.status.success() && shown.contains("1 passed"), "{shown}{}", String::from_utf8_lossy(&ended.stderr));
    None
}

fn is_refused(ended: &Output) -> bool {
    ended.status.code() == Some(77) || ended.stderr.starts_with(b"unshare: ")
}

#[test]
fn on_a_full_disk_the_program_goes_on_and_it_writes_again_when_there_is_room() {
    let name = "disk::on_a_full_disk_the_program_goes_on_and_it_writes_again_when_there_is_room";
    let Some(folder) = small_disk(name) else { return };
    let program = Program::new(folder);
    program.spans("before", 100);
    assert!(program.guard.flush(TIMEOUT));
    program.fill();
    let begun = Instant::now();
    for _ in 0..8 {
        program.spans("meanwhile", 500);
    }
    assert!(begun.elapsed() < Duration::from_secs(2), "the program does not wait: {:?}", begun.elapsed());
    assert!(program.guard.flush(TIMEOUT), "what can't be written is given up");
    program.spans("meanwhile", 500);
    assert!(program.guard.flush(Duration::from_secs(3)), "further batches are given up at once");
    let lost = program.lost();
    assert!(lost > 0);
    fs::remove_file(program.ballast()).unwrap();
    program.spans("after", 100);
    assert!(program.guard.flush(TIMEOUT));
    assert_eq!(program.lost(), lost, "nothing more is lost");
    assert_eq!((program.found("before"), program.found("after")), (100, 100));
    assert_eq!(program.found("meanwhile").unsigned_abs() + lost, 4_500, "each is written or counted");
    let count = |level| program.told.0.lock().unwrap().iter().filter(|told| **told == level).count();
    assert_eq!((count(Level::ERROR), count(Level::INFO)), (1, 1), "told once each: it fails, it is well again");
}

#[test]
fn a_disk_that_is_full_for_a_moment_loses_nothing() {
    let Some(folder) = small_disk("disk::a_disk_that_is_full_for_a_moment_loses_nothing") else { return };
    let program = Program::new(folder);
    program.spans("before", 100);
    assert!(program.guard.flush(TIMEOUT));
    program.fill();
    program.spans("meanwhile", 1_000);
    assert!(!program.guard.flush(Duration::from_secs(1)));
    fs::remove_file(program.ballast()).unwrap();
    assert!(program.guard.flush(TIMEOUT));
    assert_eq!((program.found("meanwhile"), program.lost()), (1_000, 0));
}

#[test]
fn a_folder_that_can_not_be_written_is_told_and_what_is_in_it_is_read() {
    let Some(folder) = small_disk("disk::a_folder_that_can_not_be_written_is_told_and_what_is_in_it_is_read") else { return };
    let program = Program::new(folder.clone());
    program.spans("before", 3);
    drop(program);
    let locks = Command::new("mount").args(["-o", "remount,ro"]).arg(&folder).status().unwrap();
    assert!(locks.success());
    let file = folder.join("telemetry.db");
    assert_eq!(Store::open(&file).unwrap().spans(&SpanQuery::new()).unwrap().len(), 3);
    let program = Program::new(folder);
    program.spans("after", 3);
    assert!(program.guard.flush(TIMEOUT), "the program goes on");
    assert_eq!(Store::open(&file).unwrap().spans(&SpanQuery::new()).unwrap().len(), 3);
}
