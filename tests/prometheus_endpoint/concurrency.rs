//! Eight threads that record while another scrapes.

use std::{
    sync::{
        Barrier,
        atomic::{AtomicBool, Ordering},
    },
    thread,
};

use llm_span::{Exemplar, MetricSink, Prometheus};

use crate::support::{histogram, labels, open_metrics, text, value};

const THREADS: usize = 8;
const EACH: usize = 20_000;
/// As many as fill one cache line, and many more.
const FEW: &[f64] = &[0.5, 1.5, 2.5];

#[test]
fn every_scrape_of_a_busy_histogram_agrees_with_itself_and_the_last_is_exact() {
    let prometheus = Prometheus::builder().exemplars(true).build();
    let many: Vec<f64> = (0..40).map(|bound| f64::from(bound) / 10.0).collect();
    let families = [("few", FEW), ("many", &many)].map(|(name, bounds)| prometheus.histogram(&histogram(name, bounds)));
    let done = AtomicBool::new(false);
    let start = Barrier::new(THREADS + 1);
    let scrapes = thread::scope(|scope| {
        let scraper = scope.spawn(|| {
            start.wait();
            let mut scrapes = 0;
            while !done.load(Ordering::Acquire) {
                // Their buckets and their count are compared.
                text(&prometheus);
                open_metrics(&prometheus);
                scrapes += 1;
            }
            scrapes
        });
        let recorders: Vec<_> = (0..THREADS)
            .map(|thread| {
                let (families, start) = (&families, &start);
                scope.spawn(move || {
                    let exemplar = Exemplar::new(format!("{thread:032x}"), format!("{thread:016x}"));
                    // Half of the threads share their labels.
                    let own = labels(&[("thread", if thread % 2 == 0 { "even" } else { "odd" })]);
                    let points = families.each_ref().map(|family| family.bind(&own));
                    start.wait();
                    for count in 0..EACH {
                        for point in &points {
                            point.record((count % 4) as f64, Some(&exemplar));
                        }
                    }
                })
            })
            .collect();
        for recorder in recorders {
            recorder.join().unwrap();
        }
        done.store(true, Ordering::Release);
        scraper.join().unwrap()
    });
    assert!(scrapes > 0, "nothing was scraped meanwhile");

    let told = text(&prometheus);
    let all = (THREADS / 2 * EACH) as f64;
    for name in ["few", "many"] {
        for of in ["even", "odd"] {
            assert_eq!(value(&told, &format!("{name}_seconds_count{{thread=\"{of}\"}}")), Some(all), "{told}");
            // 0, 1, 2 and 3, in turn.
            assert_eq!(value(&told, &format!("{name}_seconds_sum{{thread=\"{of}\"}}")), Some(all * 1.5), "{told}");
        }
    }
    for (bound, part) in [("0.5", 0.25), ("1.5", 0.5), ("2.5", 0.75), ("+Inf", 1.0)] {
        assert_eq!(value(&told, &format!("few_seconds_bucket{{thread=\"odd\",le=\"{bound}\"}}")), Some(all * part), "{told}");
    }
}
