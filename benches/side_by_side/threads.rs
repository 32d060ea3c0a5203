//! Two threads that make the same calls at once get through at least 0.9 times as much more with `LlmLayer` as with the registry alone.

use std::{
    hint::black_box,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
        mpsc::{Receiver, Sender, channel},
    },
    thread,
    time::{Duration, Instant},
};

use llm_span::contract::MetricError;
use llm_span_benches::{Bars, Bench, Timed};
use tracing::{Dispatch, dispatcher::with_default};

use crate::{
    counted::measured::{Answer, complete},
    subscribers::{Meters, measured, registry},
};

/// So many calls, and to whom; those that wait at the same gate begin at once.
struct Job {
    subscriber: Dispatch,
    iterations: u64,
    gate: Arc<AtomicU32>,
}

impl Job {
    fn run(&self, answer: &Answer) -> Duration {
        with_default(&self.subscriber, || {
            complete("gpt-4o", answer);
            self.gate.fetch_sub(1, Ordering::AcqRel);
            while self.gate.load(Ordering::Acquire) > 0 {
                std::hint::spin_loop();
            }
            let start = Instant::now();
            for _ in 0..self.iterations {
                black_box(complete(black_box("gpt-4o"), answer));
            }
            start.elapsed()
        })
    }
}

/// Two threads that stay: what a layer keeps for a thread is made once.
struct Workers {
    jobs: [Sender<Job>; 2],
    times: Receiver<Duration>,
}

impl Workers {
    fn start() -> Self {
        let (send, times) = channel();
        let worker = |()| {
            let (jobs, to_do) = channel::<Job>();
            let times = send.clone();
            thread::spawn(move || {
                let answer = Answer::default();
                to_do.iter().map(|job| job.run(&answer)).try_for_each(|time| times.send(time))
            });
            jobs
        };
        Self { jobs: [(); 2].map(worker), times }
    }

    /// A sample of the first `threads` of them, as long as it takes one on the average.
    fn run(&self, threads: u32, subscriber: &Dispatch, timed: &mut Timed) {
        let gate = Arc::new(AtomicU32::new(threads));
        let asked = self.jobs.iter().zip(0..threads).filter(|(jobs, _)| {
            let job = Job { subscriber: subscriber.clone(), iterations: timed.iterations(), gate: gate.clone() };
            jobs.send(job).is_ok()
        });
        let asked = asked.count();
        let sum: Duration = self.times.iter().take(asked).sum();
        timed.took(sum / threads);
    }
}

pub(crate) fn run(bars: &mut Bars) -> Result<(), MetricError> {
    let meters = Meters::new();
    let (registry, ours) = (registry(), measured(&meters)?);
    let workers = Workers::start();
    let mut bench = Bench::new("threads");
    bench.case_within("registry,1-thread", |timed| workers.run(1, &registry, timed));
    bench.case_within("registry,2-threads", |timed| workers.run(2, &registry, timed));
    bench.case_within("registry+LlmLayer,1-thread", |timed| workers.run(1, &ours, timed));
    bench.case_within("registry+LlmLayer,2-threads", |timed| workers.run(2, &ours, timed));
    let mut figures = bench.run();

    let throughput = |[one, two]: [f64; 2]| 2.0 * one / two;
    figures.ratio_as("registry,2-threads:1-thread", ["registry,1-thread", "registry,2-threads"], throughput);
    let cases = ["registry+LlmLayer,1-thread", "registry+LlmLayer,2-threads"];
    figures.ratio_as("registry+LlmLayer,2-threads:1-thread", cases, throughput);
    let scaling = figures.ratio_as(
        "registry+LlmLayer,scaling:registry,scaling",
        [cases[0], cases[1], "registry,1-thread", "registry,2-threads"],
        |[our_one, our_two, one, two]| throughput([our_one, our_two]) / throughput([one, two]),
    );
    bars.at_least("threads: how two scale, of how the registry scales", scaling, 0.9);
    println!("{figures}");
    Ok(())
}
