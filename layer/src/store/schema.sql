-- Times are integers of nanoseconds since 1970; the columns of text beside them are computed from them, in UTC, and compare with datetime('now').

-- One row a trace, whose spans may still come in.
CREATE TABLE traces (
    trace_id TEXT NOT NULL PRIMARY KEY,
    -- When its first span began.
    timestamp TEXT AS (strftime('%Y-%m-%d %H:%M:%S', start_ns / 1000000000, 'unixepoch') || printf('.%06d', start_ns / 1000 % 1000000)),
    -- Of its root; while that has not come, of the span that began first.
    name TEXT NOT NULL,
    service TEXT NOT NULL,
    -- Of the same span: unset, ok, error.
    status TEXT NOT NULL,
    duration_ms REAL AS (max(end_ns - start_ns, 0) / 1000000.0),
    -- How many spans it has, and how many of them failed.
    spans INTEGER NOT NULL,
    errors INTEGER NOT NULL,
    -- NULL while the root has not come.
    root_span_id TEXT,
    start_time TEXT AS (strftime('%Y-%m-%d %H:%M:%S', start_ns / 1000000000, 'unixepoch') || printf('.%06d', start_ns / 1000 % 1000000)),
    end_time TEXT AS (strftime('%Y-%m-%d %H:%M:%S', end_ns / 1000000000, 'unixepoch') || printf('.%06d', end_ns / 1000 % 1000000)),
    start_ns INTEGER NOT NULL,
    end_ns INTEGER NOT NULL,
    -- When the span began that it is named after.
    named_ns INTEGER NOT NULL
);
CREATE INDEX traces_by_start ON traces (start_ns);
-- For queries by hand: timestamp > datetime('now', '-1 hour').
CREATE INDEX traces_by_timestamp ON traces (timestamp);

CREATE TABLE spans (
    id INTEGER PRIMARY KEY,
    trace_id TEXT NOT NULL,
    span_id TEXT NOT NULL,
    -- NULL of a root.
    parent_span_id TEXT,
    timestamp TEXT AS (strftime('%Y-%m-%d %H:%M:%S', start_ns / 1000000000, 'unixepoch') || printf('.%06d', start_ns / 1000 % 1000000)),
    name TEXT NOT NULL,
    -- internal, server, client, producer, consumer.
    kind TEXT NOT NULL,
    service TEXT NOT NULL,
    -- unset, ok, error.
    status TEXT NOT NULL,
    -- Of an error.
    status_message TEXT,
    duration_ms REAL AS (max(end_ns - start_ns, 0) / 1000000.0),
    start_time TEXT AS (strftime('%Y-%m-%d %H:%M:%S', start_ns / 1000000000, 'unixepoch') || printf('.%06d', start_ns / 1000 % 1000000)),
    end_time TEXT AS (strftime('%Y-%m-%d %H:%M:%S', end_ns / 1000000000, 'unixepoch') || printf('.%06d', end_ns / 1000 % 1000000)),
    start_ns INTEGER NOT NULL,
    end_ns INTEGER NOT NULL,
    -- A JSON object: attributes ->> '$."llm.model"'.
    attributes TEXT NOT NULL,
    -- A JSON object.
    resource TEXT NOT NULL,
    scope_name TEXT NOT NULL,
    scope_version TEXT,
    scope_attributes TEXT NOT NULL,
    -- A JSON array of objects: trace_id, span_id, attributes.
    links TEXT NOT NULL,
    trace_flags INTEGER NOT NULL,
    trace_state TEXT NOT NULL,
    parent_is_remote INTEGER NOT NULL,
    dropped_attributes INTEGER NOT NULL,
    dropped_events INTEGER NOT NULL,
    dropped_links INTEGER NOT NULL,
    UNIQUE (trace_id, span_id)
);
CREATE INDEX spans_by_start ON spans (start_ns);
CREATE INDEX spans_by_duration ON spans (duration_ms);

CREATE TABLE span_events (
    id INTEGER PRIMARY KEY,
    trace_id TEXT NOT NULL,
    span_id TEXT NOT NULL,
    -- Its place among the events of its span, from 0.
    position INTEGER NOT NULL,
    timestamp TEXT AS (strftime('%Y-%m-%d %H:%M:%S', time_ns / 1000000000, 'unixepoch') || printf('.%06d', time_ns / 1000 % 1000000)),
    name TEXT NOT NULL,
    attributes TEXT NOT NULL,
    dropped_attributes INTEGER NOT NULL,
    time_ns INTEGER NOT NULL,
    UNIQUE (trace_id, span_id, position)
);

-- Measurements one by one: nothing is added up beforehand.
CREATE TABLE metrics (
    id INTEGER PRIMARY KEY,
    trace_id TEXT,
    span_id TEXT,
    -- prompt_tokens, completion_tokens, total_tokens, cost, and what the program emits.
    metric TEXT NOT NULL,
    -- INTEGER or REAL as it was measured; what is no number is TEXT: NaN, Infinity, -Infinity.
    value NOT NULL,
    timestamp TEXT AS (strftime('%Y-%m-%d %H:%M:%S', time_ns / 1000000000, 'unixepoch') || printf('.%06d', time_ns / 1000 % 1000000)),
    unit TEXT NOT NULL,
    attributes TEXT NOT NULL,
    service TEXT NOT NULL,
    time_ns INTEGER NOT NULL
);
CREATE INDEX metrics_by_time ON metrics (time_ns);
CREATE INDEX metrics_by_trace ON metrics (trace_id) WHERE trace_id IS NOT NULL;

CREATE TABLE logs (
    id INTEGER PRIMARY KEY,
    trace_id TEXT,
    span_id TEXT,
    timestamp TEXT AS (strftime('%Y-%m-%d %H:%M:%S', time_ns / 1000000000, 'unixepoch') || printf('.%06d', time_ns / 1000 % 1000000)),
    -- verbose, debug, info, warn, error, critical.
    severity TEXT NOT NULL,
    target TEXT NOT NULL,
    message TEXT NOT NULL,
    attributes TEXT NOT NULL,
    service TEXT NOT NULL,
    file TEXT,
    line INTEGER,
    time_ns INTEGER NOT NULL
);
CREATE INDEX logs_by_time ON logs (time_ns);
CREATE INDEX logs_by_trace ON logs (trace_id) WHERE trace_id IS NOT NULL;
