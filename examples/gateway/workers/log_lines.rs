//! The log lines of a supervisor: it has no other telemetry.

use llm_span::{
    Telemetry,
    pipeline::{Guard, LogFormat, Settings},
};
use tracing_subscriber::layer::SubscriberExt as _;

/// Lets this process write log lines as its workers do, and nothing else. Those that are still to be written are when the guard is dropped.
///
/// # Errors
///
/// Where the process has a subscriber already.
pub(crate) fn only_log_lines(settings: &Settings) -> Result<Guard, String> {
    let mut logs = settings.logs.clone();
    // Where the workers' consoles show lines they are readable.
    let is_shown = settings.enabled && settings.console.is_some();
    logs.format = logs.format.or_else(|| is_shown.then_some(LogFormat::Text));
    let only = Telemetry::new().environment([]).set(move |settings| {
        settings.enabled = false;
        settings.logs = logs;
    });
    let (layer, guard) = only.build().map_err(|error| error.to_string())?;
    // It would say that telemetry is disabled: that of this process is, its workers' is not.
    tracing::dispatcher::with_default(&tracing::Dispatch::none(), || guard.log_start());
    tracing::subscriber::set_global_default(tracing_subscriber::registry().with(layer)).map_err(|error| error.to_string())?;
    Ok(guard)
}
