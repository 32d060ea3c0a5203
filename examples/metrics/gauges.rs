//! What outlives spans, told whenever it is collected.

use std::sync::{
    Arc, Weak,
    atomic::{AtomicUsize, Ordering},
};

use llm_span::{GaugeError, Gauges};

use super::{queue::Active, routes::App, store};

/// One of the numbers of what is active.
type Count = fn(&Active) -> &AtomicUsize;

/// Registers a callback for each gauge. They hold the service weakly: once it is gone nothing is active.
pub(super) fn register(gauges: &Gauges, app: &Arc<App>) -> Result<(), GaugeError> {
    let weak = Arc::downgrade(app);
    gauges.register("conversation_active_count", [("backend", store::BACKEND)], move || {
        weak.upgrade().map_or(0.0, |app| number(app.store.count()))
    })?;
    let active = Arc::downgrade(app.queue.active());
    let all: [(&str, Count); 4] = [
        ("twinkle.sessions.active", |active| &active.sessions),
        ("twinkle.sampling_sessions.active", |active| &active.sampling_sessions),
        ("twinkle.models.active", |active| &active.models),
        ("twinkle.futures.active", |active| &active.futures),
    ];
    for (name, of) in all {
        let active: Weak<Active> = active.clone();
        let none: [(&str, &str); 0] = [];
        gauges
            .register(name, none, move || active.upgrade().map_or(0.0, |active| number(of(&active).load(Ordering::Relaxed))))?;
    }
    Ok(())
}

fn number(count: usize) -> f64 {
    u32::try_from(count).map_or(f64::from(u32::MAX), f64::from)
}
