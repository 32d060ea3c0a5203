//! 500 tests with a capture each, in parallel, beside threads without a subscriber that hit the same callsites first. Each test
//! has callsites of its own: the process-wide cache of `tracing` decides on a callsite when it is first hit.

#![allow(clippy::expect_used, reason = "this is a test")]

use std::thread;

use llm_span::{Operation, Usage, call, contract::Contract, testing::capture_with};

/// A test: its callsites are hit by a thread without a subscriber before the capture (`$first`), or while it begins.
macro_rules! test {
    ($name:ident, $first:literal) => {
        #[test]
        fn $name() {
            fn hit() {
                let span = tracing::info_span!(
                    "llm.completion",
                    llm.provider = "openai",
                    llm.model = "gpt-4o",
                    llm.request.type = "chat",
                    llm.tokens.prompt = 128,
                    llm.tokens.completion = 64,
                    llm.tokens.total = 192,
                    gen_ai.system = "openai",
                    gen_ai.request.model = "gpt-4o",
                );
                span.in_scope(|| tracing::info_span!("child").in_scope(|| {}));
            }
            crate::run(hit, $first);
        }
    };
}

/// 25 tests a module.
macro_rules! modules {
    ($($module:ident)*) => {$(
        mod $module {
            test!(a, true); test!(b, false); test!(c, true); test!(d, false); test!(e, true);
            test!(f, false); test!(g, true); test!(h, false); test!(i, true); test!(j, false);
            test!(k, true); test!(l, false); test!(m, true); test!(n, false); test!(o, true);
            test!(p, false); test!(q, true); test!(r, false); test!(s, true); test!(t, false);
            test!(u, true); test!(v, false); test!(w, true); test!(x, false); test!(y, true);
        }
    )*};
}

modules! { m01 m02 m03 m04 m05 m06 m07 m08 m09 m10 m11 m12 m13 m14 m15 m16 m17 m18 m19 m20 }

fn run(hit: fn(), first: bool) {
    thread::scope(|threads| {
        let without_a_subscriber = threads.spawn(hit);
        if first {
            without_a_subscriber.join().expect("it does not panic");
        }
        let calls = capture_with(Contract::amtp());
        hit();
        call(Operation::Chat, "openai", "gpt-4o").enter().succeed(Usage::new(1, 2));
        calls.assert_contract();
        assert_eq!(calls.spans().len(), 3, "{calls}");
        assert_eq!(calls.count(), 2);
        assert_eq!(calls.tokens().total, 195);
        calls.span("child").assert_parent("llm.completion");
    });
}
