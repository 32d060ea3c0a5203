//! Prints what was collected.

use std::io::Write as _;

use llm_span::{SpanFinding, Usage};
use llm_span_examples::provider::Served;

use crate::{telemetry::Telemetry, tree::Node};

pub(crate) fn title(text: &str) {
    println!("\n── {text} {}\n", "─".repeat(110_usize.saturating_sub(text.chars().count())));
}

/// A word of an answer, as soon as it is there.
pub(crate) fn word(word: &str) {
    print!("{word}");
    // Nobody reads any more: nothing is lost.
    let _ = std::io::stdout().flush();
}

pub(crate) fn tree(nodes: &[Node]) {
    println!(
        "{:44}{:>7}{:>12}{:>8}{:>13}{:>10}{:>12}   outcome",
        "", "prompt", "completion", "chunks", "first chunk", "took", "cost"
    );
    for node in nodes {
        let (prompt, completion) = node.tokens.unzip();
        let number = |number: Option<i64>| number.map_or_else(String::new, |number| number.to_string());
        let cost = node.cost.map_or_else(String::new, dollars);
        let first = node.first_chunk.map_or_else(String::new, |seconds| format!("{:.1} ms", seconds * 1e3));
        let took = format!("{:.1} ms", node.took.as_secs_f64() * 1e3);
        let (name, ended) = (format!("{}{}", node.branch, node.name), &node.ended);
        let (prompt, completion, chunks) = (number(prompt), number(completion), number(node.chunks));
        let line = format!("{name:44}{prompt:>7}{completion:>12}{chunks:>8}{first:>13}{took:>10}{cost:>12}   {ended}");
        println!("{}", line.trim_end());
    }
}

/// The counters, and beside them what the provider says it has served.
pub(crate) fn counters(telemetry: &Telemetry, served: Option<Served>) {
    let price = |served: &Served| {
        let usage = Usage::new(served.prompt_tokens, served.completion_tokens);
        telemetry.prices.cost("openai", Some("gpt-4o"), None, &usage).map_or_else(String::new, dollars)
    };
    let provider = served.as_ref();
    let rows = [
        ("llm_prompt_tokens_total", provider.map(|served| served.prompt_tokens.to_string())),
        ("llm_completion_tokens_total", provider.map(|served| served.completion_tokens.to_string())),
        ("llm_total_tokens_total", provider.map(|served| served.total_tokens().to_string())),
        ("llm_cost_usd_total", provider.map(price)),
    ];
    for (name, provider) in rows {
        let shown = |value: f64| if name.contains("cost") { dollars(value) } else { value.to_string() };
        let value = telemetry.counter(name).map_or_else(|| "none".to_owned(), shown);
        let provider = provider.map_or_else(String::new, |provider| format!("   the provider says {provider}"));
        println!("{name:30}{value:>12}{provider}");
    }
    if let Some(Served { requests, answered, failed, cut_off, .. }) = served {
        println!("\nThe provider had {requests} requests: {answered} answered, {failed} failed, {cut_off} cut off.");
    }
}

fn dollars(amount: f64) -> String {
    format!("${amount:.6}")
}

pub(crate) fn findings(findings: &[SpanFinding]) {
    for finding in findings {
        println!("{} at {}:{}", finding.finding, finding.file.as_deref().unwrap_or("?"), finding.line.unwrap_or_default());
    }
    if findings.is_empty() {
        println!("none: every call honoured the contract");
    }
}
