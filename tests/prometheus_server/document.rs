//! The queries as they are shipped: the tables of `queries.md`.

/// A query, and what of which dashboard it is for.
#[derive(Debug)]
pub(crate) struct Query {
    pub(crate) dashboard: &'static str,
    pub(crate) panel: &'static str,
    /// In PromQL.
    pub(crate) text: &'static str,
}

const TEXT: &str = include_str!("../../examples/metrics/queries.md");

/// All queries of the document. A table's rows begin with the panel; the query stands between backticks.
pub(crate) fn queries() -> Vec<Query> {
    let mut dashboard = "";
    let mut queries = Vec::new();
    for line in TEXT.lines() {
        if let Some(title) = line.strip_prefix("## ") {
            dashboard = title;
        }
        let Some((panel, text)) = line.strip_prefix("| ").and_then(|row| row.split_once(" | `")) else { continue };
        let text = text.strip_suffix("` |").unwrap_or_else(|| panic!("the row of `{panel}` does not end with its query"));
        queries.push(Query { dashboard, panel, text });
    }
    queries
}
