//! The pipeline has a runtime of its own: it does not matter which one the program has.

use tracing::instrument::WithSubscriber as _;

use crate::{
    collector::Collector,
    support::{Program, WIRES, Wire, chat, numbers, telemetry, traces},
};

/// The program, from an async function: set up, used, flushed and ended there.
async fn all_of_it(wire: Wire) {
    let collector = Collector::start();
    let mut program = Program::start(telemetry().otlp(wire.endpoint(&collector)));
    let call = async {
        tokio::task::yield_now().await;
        chat("gpt-4o", 3, 4)
    };
    assert_eq!(call.with_subscriber(program.dispatch.clone()).await, (3, 4));
    assert!(program.flush(), "{wire:?}");
    let received = collector.received();
    assert_eq!((received.spans().len(), received.logs().len()), (1, 1), "{wire:?}");
    assert_eq!(received.sums("total_tokens").into_values().collect::<Vec<_>>(), [7.0], "{wire:?}");
    assert!(program.shutdown().is_complete(), "{wire:?}");
}

#[tokio::test(flavor = "current_thread")]
async fn a_program_on_a_current_thread_runtime() {
    for wire in WIRES {
        all_of_it(wire).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_program_on_a_multi_thread_runtime() {
    for wire in WIRES {
        tokio::spawn(all_of_it(wire)).await.expect("no panic");
    }
}

#[test]
fn a_program_without_a_runtime() {
    for wire in WIRES {
        let collector = Collector::start();
        let mut program = Program::start(traces(wire.endpoint(&collector)));
        std::thread::scope(|scope| {
            for part in 0..4 {
                let program = &program;
                scope.spawn(move || program.spans(part * 100..part * 100 + 100));
            }
        });
        assert!(program.shutdown().is_complete(), "{wire:?}");
        assert_eq!(numbers(&collector.received()), (0..400).collect(), "{wire:?}");
    }
}

#[tokio::test(flavor = "current_thread")]
async fn a_guard_that_is_dropped_in_an_async_function_sends_what_is_left() {
    for wire in WIRES {
        let collector = Collector::start();
        let mut program = Program::start(traces(wire.endpoint(&collector)));
        program.spans(0..10);
        drop(program.guard.take());
        assert_eq!(numbers(&collector.received()), (0..10).collect(), "{wire:?}");
    }
}

#[test]
fn a_runtime_that_ends_before_the_guard_takes_nothing_with_it() {
    for wire in WIRES {
        let collector = Collector::start();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        let mut program = runtime.block_on(async {
            let program = Program::start(traces(wire.endpoint(&collector)));
            program.spans(0..10);
            assert!(program.flush());
            program
        });
        drop(runtime);
        program.spans(10..20);
        assert!(program.shutdown().is_complete(), "{wire:?}");
        assert_eq!(numbers(&collector.received()), (0..20).collect(), "{wire:?}");
    }
}
