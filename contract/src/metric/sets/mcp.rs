//! Metrics of the Model Context Protocol: those of AMTP's GitHub server, and those of the OpenTelemetry conventions.
//!
//! The conventions know no span for a session; here it is one named `mcp.client.session`, `mcp.server.session`.

use super::common::{CLIENT, SERVER, of_kind};
use crate::{Label, Measure, Metric, MetricBuilder, Spans, keys};

/// Bucket bounds of durations, in seconds, as the conventions give them.
const SECONDS: &[f64] = &[0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0];

pub(crate) fn metrics() -> Vec<Metric> {
    vec![
        tool(),
        github_api(),
        operation("mcp.client.operation.duration", CLIENT).labels(server()).finish(),
        operation("mcp.server.operation.duration", SERVER).finish(),
        session("mcp.client.session.duration", "mcp.client.session").labels(server()).finish(),
        session("mcp.server.session.duration", "mcp.server.session").finish(),
    ]
}

/// The spans below a tool's (the API, the cache) say of which tool they are; they are not the tool.
fn tool() -> Metric {
    let spans = Spans::with(["mcp.tool"]).except(["github.api", "valkey.get", "valkey.set"]);
    let tools = Spans::named(["repo.tree", "repo.read_file"]);
    amtp(seconds("mcp.tool.duration", "Duration of a tool's execution.").of(tools).of(spans))
}

fn github_api() -> Metric {
    amtp(seconds("mcp.github_api.duration", "Duration of requests to GitHub's API.").of_spans_named("github.api"))
}

fn amtp(metric: MetricBuilder) -> Metric {
    let labels = ["mcp.tool", "mcp.cache_hit", "mcp.exclusion_reason"];
    metric.labels(labels.map(|label| Label::from(label).optional())).finish()
}

/// Requests and notifications.
fn operation(name: &'static str, kind: [&'static str; 3]) -> MetricBuilder {
    seconds(name, "Duration of an MCP request or notification.")
        .of(of_kind(Spans::with(["mcp.method.name"]), kind))
        .label("mcp.method.name")
        .labels(["gen_ai.tool.name", "gen_ai.prompt.name", "rpc.response.status_code"].map(|label| Label::from(label).optional()))
        .label(Label::from(keys::GEN_AI_OPERATION_NAME).optional())
        .labels(protocol())
}

fn session(name: &'static str, span: &'static str) -> MetricBuilder {
    seconds(name, "Duration of an MCP session.").of_spans_named(span).labels(protocol())
}

fn protocol() -> [Label; 6] {
    [
        keys::ERROR_TYPE,
        "jsonrpc.protocol.version",
        "mcp.protocol.version",
        "network.protocol.name",
        "network.protocol.version",
        "network.transport",
    ]
    .map(|label| Label::from(label).optional())
}

fn server() -> [Label; 2] {
    [keys::SERVER_ADDRESS, keys::SERVER_PORT].map(|label| Label::from(label).optional())
}

fn seconds(name: &'static str, description: &'static str) -> MetricBuilder {
    Metric::histogram(name, SECONDS).unit("s").description(description).measure(Measure::Duration)
}
