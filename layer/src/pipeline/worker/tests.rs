//! A sink that is slow, stuck, broken, or well.

use std::{
    sync::{
        Arc, Mutex,
        mpsc::{Receiver, Sender, channel},
    },
    time::{Duration, Instant},
};

use tracing::{Dispatch, subscriber::NoSubscriber};
use tracing_subscriber::layer::SubscriberExt as _;

use super::*;
use crate::pipeline::settings::QueueSettings;

const LONG: Duration = Duration::from_secs(60);

fn settings(capacity: usize, batch: usize, delay: Duration) -> QueueSettings {
    QueueSettings { capacity, batch, delay }
}

fn soon() -> Instant {
    Instant::now() + LONG
}

/// A number weighs as many MiB.
impl Weigh for u32 {
    fn weight(&self) -> usize {
        (*self as usize) << 20
    }
}

/// Writes what it is told to: each batch waits for a word.
struct Told {
    words: Receiver<Word>,
    written: Sender<Vec<u32>>,
}

enum Word {
    Write,
    Fail,
    Panic,
    /// Goes on for as long as it may.
    Hang,
}

impl Sink for Told {
    type Item = u32;

    fn write(&mut self, batch: Vec<u32>, patience: &Patience) -> Result<(), Failure> {
        let lost = batch.len();
        let _ = self.written.send(batch);
        match self.words.recv() {
            Ok(Word::Fail) => Err(Failure { lost, why: "no room".into() }),
            Ok(Word::Panic) => panic!("as told"),
            Ok(Word::Hang) => {
                while patience.wait(LONG) {}
                Err(Failure { lost, why: "the time is over".into() })
            }
            Ok(Word::Write) | Err(_) => Ok(()),
        }
    }
}

fn worker(settings: QueueSettings, teller: Teller) -> (Worker<u32>, Sender<Word>, Receiver<Vec<u32>>) {
    let (word, words) = channel();
    let (written, batches) = channel();
    (Worker::start("test", settings, Told { words, written }, teller).expect("a thread"), word, batches)
}

#[test]
fn a_batch_is_written_when_it_is_full() {
    let (worker, word, batches) = worker(settings(10, 3, LONG), Teller::default());
    (0..4).for_each(|item| assert!(worker.queue().push(item)));
    assert_eq!(batches.recv(), Ok(vec![0, 1, 2]), "the fourth waits for others");
    drop(word);
    assert!(worker.flush(soon()), "or for somebody who wants it now");
    assert_eq!(batches.recv(), Ok(vec![3]));
}

#[test]
fn a_batch_is_written_when_its_time_has_come() {
    let (worker, word, batches) = worker(settings(10, 10, Duration::from_millis(1)), Teller::default());
    drop(word);
    worker.queue().push(7);
    assert_eq!(batches.recv_timeout(LONG), Ok(vec![7]));
}

#[test]
fn what_has_no_room_is_dropped_and_counted_and_nobody_waits() {
    let (worker, word, batches) = worker(settings(2, 1, Duration::ZERO), Teller::default());
    worker.queue().push(0);
    assert_eq!(batches.recv(), Ok(vec![0]), "the sink is at it, and stuck");
    let taken = (1..100).filter(|item| worker.queue().push(*item)).count();
    assert_eq!((taken, worker.losses()), (2, Losses { dropped: 97, failed: 0 }));
    assert!(!worker.flush(Instant::now()), "not by then");
    drop(word);
    assert!(worker.flush(soon()));
    assert_eq!(batches.try_iter().collect::<Vec<_>>(), [[1], [2]]);
}

#[test]
fn memory_is_bounded_whatever_the_capacity_is() {
    let (worker, word, batches) = worker(settings(1_000, 1, Duration::ZERO), Teller::default());
    worker.queue().push(0);
    assert_eq!(batches.recv(), Ok(vec![0]), "the sink is at it");
    let taken = [100, 1, 40].map(|weight| worker.queue().push(weight));
    assert_eq!(taken, [true, false, false], "one is taken in whatever it weighs, and nothing beside it");
    drop(word);
    assert!(worker.flush(soon()));
    assert!(worker.queue().push(40), "there is room again");
}

#[test]
fn there_is_room_for_what_the_pipeline_tells_where_there_is_none_for_others() {
    let (worker, word, batches) = worker(settings(1, 1, Duration::ZERO), Teller::default());
    worker.queue().push(0);
    assert_eq!(batches.recv(), Ok(vec![0]), "the sink is at it");
    assert!(worker.queue().push(1) && !worker.queue().push(2));
    worker.queue().push_own(3);
    drop(word);
    worker.close(soon());
    worker.queue().push_own(4);
    assert!(worker.wait(soon()) && worker.queue().has_ended());
    assert_eq!(batches.try_iter().collect::<Vec<_>>(), [[1], [3]]);
    assert_eq!(worker.losses(), Losses { dropped: 1, failed: 0 }, "what it tells is no loss");
}

#[test]
fn a_failure_and_a_panic_cost_their_batch_only() {
    let (worker, word, batches) = worker(settings(10, 1, Duration::ZERO), Teller::default());
    for (item, told) in [(0, Word::Fail), (1, Word::Panic), (2, Word::Write)] {
        worker.queue().push(item);
        word.send(told).expect("it lives");
    }
    assert!(worker.flush(soon()));
    assert_eq!(worker.losses(), Losses { dropped: 0, failed: 2 });
    assert_eq!(batches.try_iter().count(), 3);
}

#[test]
fn the_end_writes_what_waits_and_takes_no_more() {
    let (worker, word, batches) = worker(settings(10, 2, LONG), Teller::default());
    drop(word);
    (0..3).for_each(|item| assert!(worker.queue().push(item)));
    worker.close(soon());
    assert!(worker.wait(soon()));
    assert_eq!(batches.try_iter().collect::<Vec<_>>().concat(), [0, 1, 2]);
    assert!(!worker.queue().push(3));
    assert_eq!(worker.losses(), Losses { dropped: 1, failed: 0 });
}

#[test]
fn a_sink_that_goes_on_trying_ends_at_the_deadline() {
    let (worker, word, _batches) = worker(settings(10, 1, Duration::ZERO), Teller::default());
    worker.queue().push(0);
    word.send(Word::Hang).expect("it lives");
    drop(word);
    worker.close(Instant::now() + Duration::from_millis(20));
    assert!(worker.wait(soon()));
    assert_eq!(worker.losses().failed, 1);
}

#[test]
fn whoever_waits_for_a_sink_that_is_stuck_waits_no_longer_than_it_may() {
    let (worker, _word, batches) = worker(settings(10, 1, Duration::ZERO), Teller::default());
    worker.queue().push(0);
    assert_eq!(batches.recv(), Ok(vec![0]));
    let end = Instant::now() + Duration::from_millis(20);
    worker.close(end);
    assert!(!worker.wait(end));
}

/// The log lines that a teller makes.
fn told() -> (Teller, Dispatch, Arc<Mutex<Vec<u8>>>) {
    let out = Arc::new(Mutex::new(Vec::new()));
    let writer = Arc::clone(&out);
    let logs = crate::JsonLogs::new(move || Shared(Arc::clone(&writer)));
    let dispatch = Dispatch::new(tracing_subscriber::registry().with(logs));
    let teller = Teller::default();
    teller.tell_to(&dispatch);
    (teller, dispatch, out)
}

struct Shared(Arc<Mutex<Vec<u8>>>);

impl std::io::Write for Shared {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().expect("no panic").extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// The lines that were told so far.
fn lines(out: &Mutex<Vec<u8>>) -> Vec<serde_json::Value> {
    let text = String::from_utf8(out.lock().expect("no panic").clone()).expect("text");
    text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
}

#[test]
fn drops_are_told_once_while_the_sink_is_stuck() {
    let _keeper = Dispatch::new(NoSubscriber::new());
    let (teller, _dispatch, out) = told();
    let (worker, _word, batches) = worker(settings(1, 1, Duration::ZERO), teller);
    worker.queue().push(0);
    assert_eq!(batches.recv(), Ok(vec![0]), "it is stuck");
    assert!((1..100).any(|item| !worker.queue().push(item)));
    while lines(&out).is_empty() {
        std::thread::yield_now();
    }
    let lines = lines(&out);
    let expected = "the sink is too slow: what has no room in its queue is dropped and counted; this is told once";
    assert_eq!((lines.len(), &lines[0]["msg"], &lines[0]["level"]), (1, &expected.into(), &"WARN".into()));
}

#[test]
fn what_is_wrong_is_told_once_and_once_when_it_is_well_again() {
    // A second dispatcher, so that no callsite is switched off for one that is scoped.
    let _keeper = Dispatch::new(NoSubscriber::new());
    let (teller, _dispatch, out) = told();
    let (worker, word, _batches) = worker(settings(10, 1, Duration::ZERO), teller);
    for told in [Word::Fail, Word::Fail, Word::Write, Word::Write, Word::Fail] {
        worker.queue().push(0);
        word.send(told).expect("it lives");
        assert!(worker.flush(soon()));
    }
    worker.close(soon());
    assert!(worker.wait(soon()));
    let lines = lines(&out);
    let messages: Vec<&str> = lines.iter().map(|line| line["msg"].as_str().expect("a message")).collect();
    let failed = "telemetry could not be written, 1 item is lost: no room";
    assert_eq!(messages, [failed, "telemetry is written again", failed]);
    assert!(lines.iter().all(|line| line["sink"] == "test" && line["target"] == "llm_span::pipeline"), "{lines:?}");
}
