//! Exports of metrics that somebody waits for.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
        mpsc,
    },
    time::{Duration, Instant},
};

use opentelemetry_sdk::metrics::SdkMeterProvider;

use super::emit::Events;
use crate::guard;

/// So many may be under way at once: those that are stuck are not joined by ever more.
const MAX_TURNS: usize = 4;

/// Exports of metrics, each on a thread of its own: an exporter, or the callback of a gauge, may hold it up for longer than there is time.
#[derive(Debug)]
pub(crate) struct MetricExports {
    /// `None` where metrics are neither sent nor dumped.
    pub(crate) provider: Option<SdkMeterProvider>,
    /// Whether Prometheus asks for them, so that what was emitted has to be there.
    are_scraped: bool,
    turns: Arc<AtomicUsize>,
}

impl MetricExports {
    pub(crate) fn new(provider: Option<SdkMeterProvider>, are_scraped: bool) -> Self {
        Self { provider, are_scraped, turns: Arc::default() }
    }

    /// Starts one, which has so long.
    pub(crate) fn start(
        &self,
        events: &Events,
        deadline: Instant,
        act: impl FnOnce(&SdkMeterProvider, Duration) -> bool + Send + 'static,
    ) -> Export {
        if self.provider.is_none() && !self.are_scraped {
            return Export::None;
        }
        let (done, is_done) = mpsc::sync_channel(1);
        let left = deadline.saturating_duration_since(Instant::now());
        let Some(turn) = Turn::take(&self.turns) else { return Export::Stuck };
        let (events, provider) = (events.clone(), self.provider.clone());
        let export = move || {
            let _turn = turn;
            // What the program has emitted of a new name has its instrument before it is collected.
            let export = || events.settle(deadline) & provider.is_none_or(|provider| act(&provider, left));
            let _ = done.send(guard::run(export).unwrap_or(false));
        };
        match std::thread::Builder::new().name("llm-span metrics".into()).spawn(export) {
            Ok(_) => Export::UnderWay(is_done),
            Err(_) => Export::Stuck,
        }
    }
}

/// One of those that are under way.
struct Turn(Arc<AtomicUsize>);

impl Turn {
    fn take(turns: &Arc<AtomicUsize>) -> Option<Self> {
        let taken = turns.fetch_update(Ordering::AcqRel, Ordering::Acquire, |turns| (turns < MAX_TURNS).then_some(turns + 1));
        taken.ok().map(|_| Self(Arc::clone(turns)))
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::AcqRel);
    }
}

/// An export, to be waited for.
pub(crate) enum Export {
    /// There is nothing to export.
    None,
    /// Others that are stuck hold it up.
    Stuck,
    UnderWay(mpsc::Receiver<bool>),
}

/// How it went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Done {
    Yes,
    Failed,
    Late,
}

impl Export {
    pub(crate) fn done(self, deadline: Instant) -> Done {
        match self {
            Self::None => Done::Yes,
            Self::Stuck => Done::Late,
            Self::UnderWay(is_done) => match is_done.recv_timeout(deadline.saturating_duration_since(Instant::now())) {
                Ok(true) => Done::Yes,
                Ok(false) => Done::Failed,
                Err(_) => Done::Late,
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn soon() -> Instant {
        Instant::now() + Duration::from_secs(60)
    }

    fn exports() -> MetricExports {
        MetricExports::new(Some(SdkMeterProvider::builder().build()), false)
    }

    #[test]
    fn it_is_told_how_an_export_went() {
        let exports = exports();
        let of = |result| exports.start(&Events::default(), soon(), move |_, _| result).done(soon());
        assert_eq!([of(true), of(false)], [Done::Yes, Done::Failed]);
        let panicked = exports.start(&Events::default(), soon(), |_, _| panic!("an exporter")).done(soon());
        assert_eq!(panicked, Done::Failed);
        let nobody = MetricExports::new(None, false).start(&Events::default(), soon(), |_, _| false);
        assert_eq!(nobody.done(soon()), Done::Yes, "nobody takes metrics");
    }

    #[test]
    fn those_that_are_stuck_are_not_joined_by_ever_more() {
        let exports = exports();
        let (go, may_go) = mpsc::channel::<()>();
        let may_go = Arc::new(std::sync::Mutex::new(may_go));
        let stuck = |_: usize| {
            let may_go = Arc::clone(&may_go);
            exports.start(&Events::default(), soon(), move |_, _| may_go.lock().is_ok_and(|may_go| may_go.recv().is_err()))
        };
        let under_way: Vec<_> = (0..MAX_TURNS).map(stuck).collect();
        assert_eq!(stuck(MAX_TURNS).done(soon()), Done::Late, "at once");
        drop(go);
        assert!(under_way.into_iter().all(|export| export.done(soon()) == Done::Yes));
    }
}
