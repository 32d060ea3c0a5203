//! What each command finds.

use std::{fmt, time::Duration};

use llm_span::store::{Order, SpanQuery, Store, StoreError, TraceQuery, UsageQuery};

use crate::{
    arguments::{Arguments, Condition},
    clock,
    table::{Side, count, dollars, plain, table},
    tree,
};

#[derive(Debug)]
pub(crate) enum Problem {
    Store(StoreError),
    /// No trace begins so, or several do.
    Prefix {
        prefix: String,
        found: Vec<String>,
    },
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Store(error) => error.fmt(f),
            Self::Prefix { prefix, found } if found.is_empty() => {
                write!(f, "no trace begins with `{}`; `traces list` shows those that there are", plain(prefix))
            }
            Self::Prefix { prefix, found } => {
                write!(f, "several traces begin with `{}`; give more of the id: {}", plain(prefix), found.join(", "))
            }
        }
    }
}

/// Narrows a query by those of these filters that are given.
macro_rules! narrowed {
    ($query:expr, $arguments:expr => $($filter:ident),*) => {{
        let mut query = $query;
        $(if let Some(value) = $arguments.$filter.clone() {
            query = query.$filter(value);
        })*
        query
    }};
}

/// Traces and spans have the same conditions.
macro_rules! filtered {
    ($query:expr, $arguments:expr) => {{
        let arguments = $arguments;
        let query = $query.limit(arguments.limit);
        let mut query = narrowed!(query, arguments => since, until, service, name, status, model, provider);
        for condition in &arguments.conditions {
            query = match condition {
                Condition::Present(key) => query.has_attribute(key),
                Condition::Equal(key, value) => query.attribute(key, value.clone()),
                Condition::Above(key, bound) => query.attribute_above(key, *bound),
            };
        }
        query
    }};
}

pub(crate) fn traces(store: &Store, arguments: &Arguments) -> Result<String, Problem> {
    let mut query = filtered!(TraceQuery::new(), arguments).order(arguments.order.unwrap_or(Order::Newest));
    if let Some(longer) = arguments.longer_than {
        query = query.longer_than(longer);
    }
    let rows = store.traces(&query)?.into_iter().map(|trace| {
        let root = if trace.root_span_id.is_some() { "" } else { " (no root yet)" };
        [
            trace.trace_id,
            clock::shown(trace.start),
            plain(&trace.service),
            format!("{}{root}", plain(&trace.name)),
            clock::took(trace.duration),
            trace.spans.to_string(),
            count(trace.errors),
            count(trace.sums.total_tokens),
            dollars(trace.sums.cost),
            trace.status.to_string(),
        ]
    });
    let headings = [
        ("trace", Side::Left),
        ("began (UTC)", Side::Left),
        ("service", Side::Left),
        ("name", Side::Left),
        ("took", Side::Right),
        ("spans", Side::Right),
        ("errors", Side::Right),
        ("tokens", Side::Right),
        ("cost", Side::Right),
        ("status", Side::Left),
    ];
    Ok(shown(headings, &rows.collect::<Vec<_>>(), "no trace is like that"))
}

pub(crate) fn slow_spans(store: &Store, arguments: &Arguments) -> Result<String, Problem> {
    let longer = arguments.longer_than.unwrap_or(Duration::from_secs(1));
    let order = arguments.order.unwrap_or(Order::Slowest);
    let spans = store.spans(&filtered!(SpanQuery::new(), arguments).longer_than(longer).order(order))?;
    let rows = spans.into_iter().map(|span| {
        let (began, took) = (clock::shown(span.start), clock::took(span.duration));
        [took, plain(&span.name), plain(&span.service), began, span.status.to_string(), span.trace_id, span.span_id]
    });
    let headings = [
        ("took", Side::Right),
        ("span", Side::Left),
        ("service", Side::Left),
        ("began (UTC)", Side::Left),
        ("status", Side::Left),
        ("trace", Side::Left),
        ("span id", Side::Left),
    ];
    Ok(shown(headings, &rows.collect::<Vec<_>>(), "no span is like that"))
}

pub(crate) fn usage(store: &Store, arguments: &Arguments) -> Result<String, Problem> {
    let query = narrowed!(UsageQuery::new(), arguments => since, until, service, model, provider);
    let rows = store.usage(&query)?.into_iter().map(|row| {
        let sums = row.sums;
        let tokens =
            [sums.requests, sums.prompt_tokens, sums.completion_tokens, sums.total_tokens].map(|number| number.to_string());
        let [requests, prompt, completion, total] = tokens;
        [row.day, plain(&row.provider), plain(&row.model), requests, prompt, completion, total, dollars(sums.cost)]
    });
    let headings = [
        ("day (UTC)", Side::Left),
        ("provider", Side::Left),
        ("model", Side::Left),
        ("requests", Side::Right),
        ("prompt", Side::Right),
        ("completion", Side::Right),
        ("total", Side::Right),
        ("cost", Side::Right),
    ];
    Ok(shown(headings, &rows.collect::<Vec<_>>(), "no request is like that"))
}

pub(crate) fn tree(store: &Store, prefix: &str) -> Result<String, Problem> {
    let found = store.traces(&TraceQuery::new().trace(prefix).limit(5))?;
    let ids: Vec<String> = found.into_iter().map(|trace| trace.trace_id).collect();
    let tree = match &ids[..] {
        [id] => store.trace(id)?,
        _ => None,
    };
    tree.map(|tree| tree::shown(&tree)).ok_or_else(|| Problem::Prefix { prefix: prefix.to_owned(), found: ids })
}

fn shown<const N: usize>(headings: [(&str, Side); N], rows: &[[String; N]], nothing: &str) -> String {
    if rows.is_empty() { nothing.to_owned() } else { table(headings, rows) }
}
