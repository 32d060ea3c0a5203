//! What is called: a model, a tool, an agent, a workflow.

use std::{borrow::Cow, panic::Location};

use llm_span_contract::Operation;

use super::CallBuilder;

/// A call of `operation` to `model` at `provider`, for where `#[llm_span]` can't stand: a block, a closure, a generated function.
///
/// The span's level is `INFO`, its target `llm_span::call`; the place of this line is recorded as `code.file.path` and
/// `code.line.number`.
///
/// ```
/// use llm_span::{Operation, Usage, call};
///
/// # async fn ask() -> Result<(String, u32, u32), std::io::Error> { Ok((String::new(), 1, 2)) }
/// # async fn demo() -> Result<(), std::io::Error> {
/// let (text, ..) = call(Operation::Chat, "openai", "gpt-4o")
///     .temperature(0.2)
///     .run_with(ask(), |(_, prompt, completion)| Usage::new(prompt, completion))
///     .await?;
/// # Ok(())
/// # }
/// ```
#[track_caller]
pub fn call<'a>(operation: Operation, provider: impl Into<Cow<'a, str>>, model: impl Into<Cow<'a, str>>) -> CallBuilder<'a> {
    CallBuilder::new(operation, Location::caller()).provider(provider).model(model)
}

/// The execution of a tool: span `execute_tool {name}`. It has no tokens.
///
/// The body may return a text, a number, a collection, or a `Result` or an `Option` of anything: see [`Returned`](crate::Returned).
///
/// ```
/// use llm_span::tool;
///
/// let weather: String = tool("get_weather").tool_call_id("call_1").in_scope_in_body(|| format!("{} °C", 21));
/// assert_eq!(weather, "21 °C");
///
/// let parsed = tool("parse").in_scope_in_body(|| "x".parse::<u8>());
/// assert!(parsed.is_err(), "recorded as an error, `error.type` is `ParseIntError`");
/// ```
#[track_caller]
pub fn tool<'a>(name: impl Into<Cow<'a, str>>) -> CallBuilder<'a> {
    CallBuilder::new(Operation::ExecuteTool, Location::caller()).tool_name(name)
}

/// The run of an agent: span `invoke_agent {name}`. Its tokens are those of the calls below it, which it carries on request.
///
/// ```
/// # async fn plan() -> Result<String, std::io::Error> { Ok(String::new()) }
/// # async fn demo() -> Result<(), std::io::Error> {
/// let plan = llm_span::agent("planner").sum_of_children().conversation("conv_5j66").run_in_body(plan()).await?;
/// # Ok(())
/// # }
/// ```
#[track_caller]
pub fn agent<'a>(name: impl Into<Cow<'a, str>>) -> CallBuilder<'a> {
    CallBuilder::new(Operation::InvokeAgent, Location::caller()).agent_name(name)
}

/// The run of a workflow: span `invoke_workflow {name}`.
///
/// ```
/// let answer = llm_span::workflow("triage").in_scope_in_body(|| "done");
/// assert_eq!(answer, "done");
/// ```
#[track_caller]
pub fn workflow<'a>(name: impl Into<Cow<'a, str>>) -> CallBuilder<'a> {
    CallBuilder::new(Operation::InvokeWorkflow, Location::caller()).workflow_name(name)
}
