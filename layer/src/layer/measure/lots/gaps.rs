//! Times between the chunks of calls that have ended, until they are handed over.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError, TryLockError};

use crate::layer::measure::{alone::Alone, series::Series, what};

/// So many wait: 64 kB, and 24 bytes a call. A call whose chunks find no room has all handed over that wait.
const MAX_WAITING: usize = 16_384;

/// Times between chunks that wait, of all series: one lot a call.
#[derive(Default)]
pub(super) struct Gaps(Mutex<Waiting>);

#[derive(Default)]
struct Waiting {
    seconds: Vec<f32>,
    lots: Vec<Lot>,
}

struct Lot {
    series: Arc<Series>,
    /// Where in the series they go.
    place: usize,
    len: usize,
}

impl Gaps {
    /// Keeps those of a call; `false` where they are to be recorded at once: there are too many, or somebody hands others over, who is not
    /// waited for.
    pub(super) fn keep(&self, series: &Arc<Series>, place: usize, gaps: &[f32]) -> bool {
        let mut waiting = match self.0.try_lock() {
            Ok(waiting) => waiting,
            Err(TryLockError::Poisoned(poisoned)) => poisoned.into_inner(),
            Err(TryLockError::WouldBlock) => return false,
        };
        if gaps.len() > MAX_WAITING {
            return false;
        }
        if waiting.seconds.len() + gaps.len() > MAX_WAITING {
            // This thread is measuring, and so handing nothing over.
            let _alone = Alone::hand_over();
            waiting.hand_over();
        }
        waiting.seconds.extend_from_slice(gaps);
        waiting.lots.push(Lot { series: Arc::clone(series), place, len: gaps.len() });
        true
    }

    /// They are held meanwhile, so that whoever collects waits for what is on its way.
    pub(super) fn hand_over(&self) {
        self.lock().hand_over();
    }

    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Waiting {
    fn hand_over(&mut self) {
        let mut rest = &self.seconds[..];
        for Lot { series, place, len } in self.lots.drain(..) {
            let (gaps, behind) = rest.split_at_checked(len).unwrap_or((rest, &[]));
            rest = behind;
            what::each_lot(gaps, |seconds| series.record_all(place, seconds));
        }
        self.seconds.clear();
    }
}
