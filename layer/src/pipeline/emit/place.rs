//! Where the program stands when it emits something.

use tracing::dispatcher;

use crate::{
    guard,
    ids::{self, DispatchHandle, IdSource},
};

/// Trace and span id of the current span, as log lines in it have them.
pub(super) fn current_ids() -> Option<(String, String)> {
    let ids = guard::run(|| {
        dispatcher::get_default(|dispatch| {
            let current = dispatch.current_span();
            let handle = DispatchHandle::default();
            handle.register(dispatch);
            ids::of_id(current.id()?, IdSource::Auto, &handle)
        })
    });
    let ids = ids.flatten()?;
    let text = |digits: &[u8]| String::from_utf8_lossy(digits).into_owned();
    Some((text(ids.trace_id_hex()), text(ids.span_id_hex())))
}
