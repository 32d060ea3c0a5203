//! A server of the Model Context Protocol that reads files of a repository, and its client, in one process.
//!
//! Spans as AMTP's GitHub server has them: `repo.read_file` over `valkey.get`, `github.api`, `valkey.set`. Client and server carry the
//! conventions' `mcp.method.name`, which their duration is measured by.

use std::{
    collections::HashMap,
    fmt,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tracing::{Instrument as _, field::Empty, info_span};

/// The tool, as its spans and metrics name it.
const READ_FILE: &str = "repo.read_file";

#[derive(Debug, Default)]
pub(super) struct Repository {
    /// Stands for Valkey.
    cache: Mutex<HashMap<String, String>>,
}

impl Repository {
    /// The client's side.
    pub(super) async fn call_tool(&self, tool: &str, path: &str) -> Result<String, RepositoryError> {
        let span = info_span!(
            "tools/call",
            otel.kind = "client",
            mcp.method.name = "tools/call",
            gen_ai.tool.name = tool,
            network.transport = "pipe",
            error.type = Empty,
        );
        let read = self.read_file(tool, path).instrument(span.clone()).await;
        if let Err(error) = &read {
            span.record("error.type", error.kind());
        }
        read
    }

    /// The server's side.
    async fn read_file(&self, tool: &str, path: &str) -> Result<String, RepositoryError> {
        let span = info_span!(
            "repo.read_file",
            otel.kind = "server",
            mcp.method.name = "tools/call",
            gen_ai.tool.name = tool,
            network.transport = "pipe",
            mcp.tool = READ_FILE,
            mcp.cache_hit = Empty,
            mcp.exclusion_reason = Empty,
            error.type = Empty,
        );
        let work = async {
            if path.starts_with('.') {
                span.record("mcp.exclusion_reason", "hidden");
                return Err(RepositoryError::Excluded);
            }
            let found = info_span!("valkey.get", mcp.tool = READ_FILE).in_scope(|| self.cache().get(path).cloned());
            // As text: a flag that is false would be no label.
            span.record("mcp.cache_hit", if found.is_some() { "true" } else { "false" });
            if let Some(found) = found {
                return Ok(found);
            }
            let text = github(path).instrument(info_span!("github.api", otel.kind = "client", mcp.tool = READ_FILE)).await;
            info_span!("valkey.set", mcp.tool = READ_FILE).in_scope(|| self.cache().insert(path.to_owned(), text.clone()));
            Ok(text)
        };
        let read = work.instrument(span.clone()).await;
        if let Err(error) = &read {
            span.record("error.type", error.kind());
        }
        read
    }

    fn cache(&self) -> MutexGuard<'_, HashMap<String, String>> {
        self.cache.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Stands for a request to GitHub.
async fn github(path: &str) -> String {
    tokio::time::sleep(Duration::from_millis(5)).await;
    format!("{path} says how a call becomes a span")
}

/// Why a file is not read. Told to the model, which may try another.
#[derive(Debug)]
pub(super) enum RepositoryError {
    NoPath,
    Excluded,
}

impl RepositoryError {
    fn kind(&self) -> &'static str {
        match self {
            Self::NoPath => "no_path",
            Self::Excluded => "excluded",
        }
    }
}

impl fmt::Display for RepositoryError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoPath => "error: say which file, as `path`",
            Self::Excluded => "error: hidden files are not read",
        })
    }
}

impl std::error::Error for RepositoryError {}
