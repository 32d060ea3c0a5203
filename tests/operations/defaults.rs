//! What an `impl` block says once holds for the annotated functions in it.

use llm_span::{llm_span, testing};

use crate::support::{Answer, answer};

struct Client {
    model: String,
}

#[llm_span(provider = "openai", model = self.model, temperature = 0.5, fields(tenant = "acme"))]
impl Client {
    #[llm_span(operation = "chat")]
    fn chat(&self) -> Answer {
        answer(1, 2)
    }

    #[llm_span(operation = "chat", model = "gpt-4o-mini", fields(tenant = "other"))]
    async fn cheap(&self) -> Answer {
        answer(1, 2)
    }

    #[llm_span(operation = "execute_tool", tool = name)]
    fn tool(&self, name: &str) -> usize {
        self.model.len() + name.len()
    }

    fn plain(&self) -> usize {
        self.model.len()
    }
}

trait Embeds {
    fn embed(&self) -> Answer;
}

#[llm_span(provider = "openai", model = "ada", usage = none)]
impl Embeds for Client {
    #[llm_span(operation = "retrieval")]
    fn embed(&self) -> Answer {
        answer(8, 0)
    }
}

#[async_trait::async_trait]
trait Provider {
    async fn ask(&self) -> Answer;
}

#[async_trait::async_trait]
#[llm_span(provider = "openai", model = self.model)]
impl Provider for Client {
    #[llm_span(operation = "chat")]
    async fn ask(&self) -> Answer {
        answer(1, 2)
    }
}

fn client() -> Client {
    Client { model: "gpt-4o".to_owned() }
}

#[tokio::test]
async fn defaults_hold_where_a_function_says_nothing_itself() {
    let calls = testing::capture();
    client().chat();
    let span = calls.only();
    span.assert_attribute("llm.model", "gpt-4o");
    span.assert_attribute("gen_ai.request.temperature", 0.5);
    span.assert_attribute("tenant", "acme");

    let calls = testing::capture();
    client().cheap().await;
    let span = calls.only();
    span.assert_attribute("llm.model", "gpt-4o-mini");
    span.assert_attribute("llm.provider", "openai");
    span.assert_attribute("tenant", "other");

    let calls = testing::capture();
    assert_eq!(client().plain(), 6);
    client().ask().await;
    calls.assert_contract();
    calls.only().assert_attribute("llm.model", "gpt-4o");
}

#[test]
fn defaults_that_do_not_fit_an_operation_are_left_out() {
    let calls = testing::capture();
    assert_eq!(client().tool("get_weather"), 17);
    calls.assert_contract();
    let span = calls.only();
    span.assert_attribute("gen_ai.tool.name", "get_weather");
    span.assert_no_attribute("gen_ai.provider.name");

    let calls = testing::capture();
    client().embed();
    calls.only().assert_attribute("llm.model", "ada");
}
