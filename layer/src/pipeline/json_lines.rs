//! The program's own log lines as JSON.

use super::{
    settings::LogSettings,
    sinks::lines::{LineQueue, LineWriter},
};
use crate::JsonLogs;

/// Lines with ids, and with what they carry of spans; without a queue to write to, nowhere.
pub(super) fn json_lines(queue: Option<LineQueue>, settings: &LogSettings) -> JsonLogs<LineWriter> {
    if queue.is_none() {
        return JsonLogs::new(LineWriter(None));
    }
    let logs = JsonLogs::new(LineWriter(queue)).with_llm_fields(settings.llm_fields);
    let fields = settings.span_fields.iter();
    fields.fold(logs, |logs, (field, key)| logs.with_span_field_as(field.clone(), key.clone()))
}
