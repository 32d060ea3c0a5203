//! The cases: each is made ready, runs until it is warm, and is counted while it runs [`CALLS`] times.

#![allow(clippy::expect_used, reason = "a case that can't be made ready is not counted")]

mod calls;
mod spans;
mod work;

use gungraun::{Callgrind, LibraryBenchmarkConfig, library_benchmark, library_benchmark_group};
pub(crate) use work::CALLS;
use work::Work;

// Everything around this function is left out of the counts.
#[library_benchmark(teardown = drop)]
#[bench::no_subscriber_bare(calls::bare())]
#[bench::no_subscriber_instrument(calls::instrumented())]
#[bench::no_subscriber_llm_span(calls::annotated())]
#[bench::no_subscriber_bare_async(calls::bare_async())]
#[bench::no_subscriber_instrument_async(calls::instrumented_async())]
#[bench::no_subscriber_llm_span_async(calls::annotated_async())]
#[bench::no_subscriber_request(calls::request_through_the_layer())]
#[bench::span_registry(spans::registry())]
#[bench::span_llm_layer(spans::checked())]
#[bench::span_llm_layer_opentelemetry_metrics(spans::measured_by_opentelemetry())]
#[bench::span_llm_layer_prometheus(spans::measured_for_prometheus())]
#[bench::span_opentelemetry(spans::opentelemetry())]
#[bench::span_opentelemetry_llm_layer(spans::opentelemetry_and_layer())]
#[bench::http_span_registry(spans::http_registry())]
#[bench::http_span_five_rules(spans::http_under_rules())]
#[bench::log_line_own_ids(spans::line_with_own_ids())]
#[bench::log_line_opentelemetry_alone(spans::line_without_json())]
#[bench::log_line_opentelemetry_ids(spans::line_with_opentelemetrys_ids())]
#[bench::chunk_bare(spans::bare_chunk())]
#[bench::chunk_registry(spans::chunk_without_layer())]
#[bench::chunk_llm_layer(spans::chunk())]
#[bench::chunk_llm_layer_timed(spans::timed_chunk())]
fn counted(mut work: Work) -> Work {
    work.run();
    work
}

library_benchmark_group!(name = all, benchmarks = counted);

gungraun::main!(
    config = LibraryBenchmarkConfig::default().tool(Callgrind::with_args(["--cache-sim=no"]));
    library_benchmark_groups = all
);

/// As gungraun wants the program to be.
pub(crate) fn run_by_gungraun() {
    main();
}
