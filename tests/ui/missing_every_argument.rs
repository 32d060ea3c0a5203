use llm_span::llm_span;

#[llm_span]
fn complete(request: &str) -> Option<(u32, u32)> {
    None
}

fn main() {}
