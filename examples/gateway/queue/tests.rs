//! What the metrics and traces tell of tasks, and that none is lost. Time is paused: it goes on when all wait.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use opentelemetry::{SpanId, trace::Status};
use tokio::{
    sync::{Semaphore, mpsc::UnboundedSender},
    time::sleep,
};
use tracing::{Instrument as _, info_span};

use super::*;
use crate::testing::Telemetry;
use llm_span::Correlation;

const SETTINGS: QueueSettings = QueueSettings { room: 8, at_once: 1, time_limit: Duration::from_secs(60) };
const PROCESSOR: &str = r#"deployment="Processor""#;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Told {
    Done(usize),
    GivenUp(usize, GivenUp),
}

impl PartialOrd for GivenUp {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for GivenUp {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        (*self as u8).cmp(&(*other as u8))
    }
}

fn activity() -> Arc<Activity> {
    Activity::of_process(Duration::from_secs(60))
}

/// A task that tells how it has ended.
fn task(
    number: usize,
    tell: &UnboundedSender<Told>,
    work: impl Future<Output = Result<(), &'static str>> + Send + 'static,
) -> Task {
    let (done, given_up) = (tell.clone(), tell.clone());
    let work = async move {
        work.await?;
        let _ = done.send(Told::Done(number));
        Ok(())
    };
    let given_up = move |why| -> futures_util::future::BoxFuture<'static, ()> {
        let _ = given_up.send(Told::GivenUp(number, why));
        Box::pin(async {})
    };
    Task { kind: "response", request_id: None, work: Box::pin(work), given_up: Box::new(given_up) }
}

async fn seconds(seconds: u64) -> Result<(), &'static str> {
    sleep(Duration::from_secs(seconds)).await;
    Ok(())
}

fn ended(telemetry: &Telemetry, status: &str) -> Option<f64> {
    telemetry.sum("twinkle_tasks_total", &[PROCESSOR, r#"task_type="response""#, &format!("status=\"{status}\"")])
}

fn all(mut told: tokio::sync::mpsc::UnboundedReceiver<Told>) -> Vec<Told> {
    let mut all: Vec<_> = std::iter::from_fn(|| told.try_recv().ok()).collect();
    all.sort();
    all
}

#[tokio::test(start_paused = true)]
async fn depth_wait_and_execution_are_told_apart() {
    let telemetry = Telemetry::start();
    let activity = activity();
    let queue = Queue::start(SETTINGS, &activity);
    let (tell, told) = tokio::sync::mpsc::unbounded_channel();
    let gate = Arc::new(Semaphore::new(0));
    for number in 0..3 {
        let gate = Arc::clone(&gate);
        let work = async move { gate.acquire().await.map(tokio::sync::SemaphorePermit::forget).map_err(|_| "closed") };
        queue.push(task(number, &tell, work)).unwrap();
    }
    let depth = || telemetry.sum("twinkle_queue_depth", &[PROCESSOR]);
    let count =
        |name: &str| telemetry.sum(&format!("twinkle_task_{name}_seconds_count"), &[PROCESSOR, r#"task_type="response""#]);
    assert_eq!(depth(), Some(3.0));
    sleep(Duration::from_secs(1)).await;
    // One is worked on, and two wait.
    assert_eq!((depth(), ended(&telemetry, "completed")), (Some(2.0), None));
    assert_eq!(activity.counts().futures, 3);
    gate.add_permits(1);
    sleep(Duration::from_secs(1)).await;
    assert_eq!((depth(), ended(&telemetry, "completed")), (Some(1.0), Some(1.0)));
    assert_eq!(activity.counts().futures, 2);
    gate.add_permits(2);
    queue.end(Duration::from_secs(10)).await;
    assert_eq!((depth(), ended(&telemetry, "completed")), (Some(0.0), Some(3.0)));
    assert_eq!((count("wait"), count("execution")), (Some(3.0), Some(3.0)));
    assert_eq!(activity.counts().futures, 0);
    assert_eq!(all(told), (0..3).map(Told::Done).collect::<Vec<_>>());
}

#[tokio::test(start_paused = true)]
async fn a_task_completes_fails_times_out_or_panics_and_the_worker_lives_on() {
    let telemetry = Telemetry::start();
    let queue = Queue::start(SETTINGS, &activity());
    let (tell, told) = tokio::sync::mpsc::unbounded_channel();
    queue.push(task(0, &tell, async { std::panic::panic_any("in work") })).unwrap();
    queue.push(task(1, &tell, seconds(3600))).unwrap();
    queue.push(task(2, &tell, async { Err("provider_failed") })).unwrap();
    queue.push(task(3, &tell, seconds(59))).unwrap();
    let mut bad = task(4, &tell, seconds(3600));
    bad.given_up = Box::new(|_| std::panic::panic_any("in giving up"));
    queue.push(bad).unwrap();
    let mut slow = task(5, &tell, seconds(3600));
    slow.given_up = Box::new(|_| Box::pin(std::future::pending()));
    queue.push(slow).unwrap();
    queue.push(task(6, &tell, seconds(1))).unwrap();
    queue.end(Duration::from_secs(3600)).await;
    let expected = [Told::Done(3), Told::Done(6), Told::GivenUp(0, GivenUp::Panicked), Told::GivenUp(1, GivenUp::TimedOut)];
    assert_eq!(all(told), expected);
    assert_eq!(["completed", "failed", "timeout"].map(|status| ended(&telemetry, status)), [Some(2.0), Some(2.0), Some(3.0)]);
    let error = |span: &opentelemetry_sdk::trace::SpanData| {
        let of = span.attributes.iter().filter(|attribute| attribute.key.as_str() == "error.type");
        (
            of.map(|attribute| attribute.value.to_string()).collect::<Vec<_>>().join("+"),
            matches!(span.status, Status::Error { .. }),
        )
    };
    let errors: Vec<_> = telemetry.spans_named("twinkle.task").iter().map(error).collect();
    let expected = [("panic", true), ("timeout", true), ("provider_failed", true), ("", false)];
    assert_eq!(errors[..4], expected.map(|(error, is_error)| (error.to_owned(), is_error)));
}

#[tokio::test(start_paused = true)]
async fn what_has_no_room_is_no_task() {
    let telemetry = Telemetry::start();
    let activity = activity();
    let queue = Queue::start(QueueSettings { room: 2, ..SETTINGS }, &activity);
    let (tell, told) = tokio::sync::mpsc::unbounded_channel();
    let push = |number| queue.push(task(number, &tell, seconds(1)));
    assert_eq!([push(0), push(1), push(2)], [Ok(()), Ok(()), Err(Full)]);
    assert_eq!(telemetry.sum("twinkle_queue_depth", &[PROCESSOR]), Some(2.0));
    assert_eq!(activity.counts().futures, 2);
    tokio::task::yield_now().await;
    // The first has left its place.
    assert_eq!([push(3), push(4)], [Ok(()), Err(Full)]);
    queue.end(Duration::from_secs(60)).await;
    assert_eq!(push(5), Err(Full));
    assert_eq!(all(told), [Told::Done(0), Told::Done(1), Told::Done(3)]);
    assert_eq!(ended(&telemetry, "completed"), Some(3.0));
}

#[tokio::test(start_paused = true)]
async fn nothing_is_lost_at_the_end() {
    let telemetry = Telemetry::start();
    let activity = activity();
    let queue = Queue::start(QueueSettings { at_once: 2, ..SETTINGS }, &activity);
    let (tell, told) = tokio::sync::mpsc::unbounded_channel();
    for (number, takes) in [10, 30, 10, 30, 30, 1, 1, 1].into_iter().enumerate() {
        queue.push(task(number, &tell, seconds(takes))).unwrap();
    }
    let begun = tokio::time::Instant::now();
    queue.end(Duration::from_secs(25)).await;
    assert!(begun.elapsed() < Duration::from_secs(26), "{:?}", begun.elapsed());
    // 0 and 2 are done one after the other; 1 and 3 are worked on, and the others wait.
    let given_up = [1, 3, 4, 5, 6, 7].map(|number| Told::GivenUp(number, GivenUp::Ending));
    assert_eq!(all(told), [[Told::Done(0), Told::Done(2)].as_slice(), &given_up].concat());
    assert_eq!((ended(&telemetry, "completed"), ended(&telemetry, "failed")), (Some(2.0), Some(6.0)));
    assert_eq!(telemetry.sum("twinkle_queue_depth", &[PROCESSOR]), Some(0.0));
    let count = |name: &str| telemetry.sum(&format!("twinkle_task_{name}_seconds_count"), &[PROCESSOR]);
    assert_eq!((count("wait"), count("execution")), (Some(8.0), Some(4.0)));
    assert_eq!(activity.counts().futures, 0);
}

#[tokio::test(start_paused = true)]
async fn the_end_does_not_wait_for_what_cannot_be_given_up() {
    let queue = Queue::start(QueueSettings { at_once: 2, ..SETTINGS }, &activity());
    let (tell, told) = tokio::sync::mpsc::unbounded_channel();
    for number in 0..6 {
        let mut stuck = task(number, &tell, std::future::pending());
        stuck.given_up = Box::new(|_| Box::pin(std::future::pending()));
        queue.push(stuck).unwrap();
    }
    let begun = tokio::time::Instant::now();
    queue.end(Duration::from_secs(1)).await;
    assert!(begun.elapsed() <= Duration::from_secs(1) + GIVING_UP, "{:?}", begun.elapsed());
    assert_eq!(all(told), []);
}

#[tokio::test(start_paused = true)]
async fn a_task_is_of_the_trace_of_the_request_and_does_not_hold_its_span_open() {
    let telemetry = Telemetry::start();
    let queue = Queue::start(SETTINGS, &activity());
    let (tell, _told) = tokio::sync::mpsc::unbounded_channel();
    let work = async {
        let session = Correlation::current().session_id().map(str::to_owned);
        info_span!("work").in_scope(|| ());
        seconds(5).await?;
        if session.as_deref() == Some("s-1") { Ok(()) } else { Err("no_session") }
    };
    let request = async { queue.push(task(0, &tell, work)) }.instrument(info_span!("request"));
    Correlation::new().session("s-1").run(request).await.unwrap();
    // The request has ended, and its task is not even begun.
    let request = telemetry.spans_named("request").pop().unwrap();
    assert_eq!(telemetry.spans_named("twinkle.task").len(), 0);
    queue.end(Duration::from_secs(60)).await;
    let task = telemetry.spans_named("twinkle.task").pop().unwrap();
    let work = telemetry.spans_named("work").pop().unwrap();
    assert_eq!(task.span_context.trace_id(), request.span_context.trace_id());
    assert_eq!((task.parent_span_id, work.parent_span_id), (request.span_context.span_id(), task.span_context.span_id()));
    assert_eq!(request.parent_span_id, SpanId::INVALID);
    let text = |key: &str| task.attributes.iter().find(|has| has.key.as_str() == key).map(|has| has.value.to_string());
    assert_eq!(text("twinkle.session_id").as_deref(), Some("s-1"));
    assert_eq!(text("twinkle.task.status").as_deref(), Some("completed"));
    assert!(task.end_time >= request.end_time);
}
