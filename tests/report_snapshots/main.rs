//! Each report as it stands in a failing test's output.

#![allow(clippy::expect_used, reason = "this is a test")]

use llm_span::{
    contract::Contracts,
    testing::{Calls, Capture},
};

#[track_caller]
fn capture(contracts: impl Into<Contracts>) -> Calls {
    Capture::new().contracts(contracts).untimed().start()
}

/// A chat's span with the contract's attributes, and more; its place is recorded, as `llm_span::call` does.
macro_rules! chat {
    ($($field:tt)*) => {
        tracing::info_span!(
            "llm.completion",
            code.file.path = "src/chat.rs",
            code.line.number = 17,
            code.function.name = "complete",
            llm.provider = "openai",
            llm.model = "gpt-4o",
            llm.request.type = "chat",
            gen_ai.system = "openai",
            gen_ai.request.model = "gpt-4o",
            gen_ai.operation.name = "chat",
            gen_ai.provider.name = "openai",
            $($field)*
        )
    };
}

mod assertions;
mod findings;

fn sound() {
    let span = chat!(
        llm.tokens.prompt = 128,
        llm.tokens.completion = 64,
        llm.tokens.total = 192,
        gen_ai.usage.input_tokens = 128,
        gen_ai.usage.output_tokens = 64,
    );
    drop(span);
}

fn report(calls: &Calls) -> String {
    calls.report().to_string()
}

/// The message an assertion panics with.
fn message(assertion: impl FnOnce()) -> String {
    let panic = std::panic::catch_unwind(std::panic::AssertUnwindSafe(assertion)).expect_err("the assertion should not hold");
    panic.downcast_ref::<String>().expect("a report is a string").clone()
}
