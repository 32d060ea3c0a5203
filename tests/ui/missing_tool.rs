use llm_span::llm_span;

#[llm_span(operation = "execute_tool")]
fn get_weather(city: &str) -> String {
    city.to_owned()
}

#[llm_span(operation = "execute_tool", tool_name = "get_weather")]
fn misspelt() {}

#[llm_span(operation = "create_agent", agent = "tutor")]
fn create() {}

fn main() {}
