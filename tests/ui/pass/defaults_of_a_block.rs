//! The attribute on `impl` blocks and traits, below `#[async_trait]` and above it.

use llm_span::{llm_span, testing::capture};

struct Client {
    model: String,
    tenant: u64,
}

#[llm_span(provider = "openai", model = self.model, usage = |r| *r, fields(tenant.id = self.tenant), user = self.user())]
impl Client {
    fn user(&self) -> Option<&str> {
        Some("ada")
    }

    #[llm_span(operation = "chat", temperature = 0.5)]
    fn chat(&self) -> (u32, u32) {
        (128, 64)
    }

    #[cfg_attr(all(), llm_span(operation = "chat"))]
    fn under_a_condition(&self) -> (u32, u32) {
        (128, 64)
    }

    #[llm_span::llm_span(operation = "execute_tool", tool = name, fields(tenant.id = 7))]
    fn tool(&self, name: &str) -> usize {
        name.len()
    }
}

#[async_trait::async_trait]
trait Complete {
    async fn above(&self) -> (u32, u32);
    async fn below(&self) -> (u32, u32);
}

struct Above(Client);

#[llm_span(operation = "chat", provider = "openai", model = self.0.model, usage = |r| *r)]
#[async_trait::async_trait]
impl Complete for Above {
    #[llm_span(fields(at = "above"))]
    async fn above(&self) -> (u32, u32) {
        (1, 2)
    }

    async fn below(&self) -> (u32, u32) {
        (0, 0)
    }
}

#[async_trait::async_trait]
#[llm_span(operation = "chat", provider = "openai", model = self.model, usage = |r| *r)]
impl Complete for Client {
    async fn above(&self) -> (u32, u32) {
        (0, 0)
    }

    #[llm_span]
    async fn below(&self) -> (u32, u32) {
        (3, 4)
    }
}

#[llm_span(operation = "chat", provider = "openai", usage = none)]
trait Ask {
    fn model(&self) -> String;

    #[llm_span(model = self.model())]
    fn ask(&self) {}
}

impl Ask for Client {
    fn model(&self) -> String {
        "of-the-trait".to_owned()
    }
}

fn client() -> Client {
    Client { model: "gpt-4o".to_owned(), tenant: 5 }
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let calls = capture();
    client().chat();
    client().tool("lookup");
    Above(client()).above().await;
    client().below().await;
    client().ask();
    client().under_a_condition();
    let spans = calls.all();
    let [chat, tool, above, below, ask, under_a_condition] = &spans[..] else { panic!("{} spans", spans.len()) };

    chat.assert_attribute("gen_ai.request.model", "gpt-4o");
    chat.assert_attribute("gen_ai.request.temperature", 0.5);
    under_a_condition.assert_attribute("gen_ai.request.model", "gpt-4o");
    chat.assert_attribute("gen_ai.usage.input_tokens", 128);
    chat.assert_attribute("tenant.id", 5);
    chat.assert_attribute("user.id", "ada");

    tool.assert_attribute("gen_ai.tool.name", "lookup");
    tool.assert_attribute("tenant.id", 7);
    tool.assert_attribute("user.id", "ada");
    tool.assert_no_attribute("gen_ai.provider.name");

    above.assert_attribute("at", "above");
    above.assert_attribute("gen_ai.usage.output_tokens", 2);
    below.assert_attribute("gen_ai.usage.output_tokens", 4);
    ask.assert_attribute("gen_ai.request.model", "of-the-trait");
}
