//! Which names of models are passed on to the provider.

use std::{
    collections::HashSet,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use tokio::time::Instant;

use crate::provider::ProviderError;

/// So many names that the provider has not served yet are passed on.
const UNKNOWN: u32 = 200;

/// After so long there is room for one more of them.
const REFILL: Duration = Duration::from_secs(600);

/// So many names at most, those that were served among them.
const MOST: usize = 1000;

/// Names of models. Each one that the provider is asked for is a label of metrics as long as the process lives, also where it is answered that
/// there is no such model; a client who invents names could use up the room for labels, and then no other is counted any more.
///
/// A name that was served is let through from then on. So are the first names that were not: each stays let through, since its labels are there.
/// When there is no room for another one, it is refused here, as the provider would refuse it. A place is free again when its name is served,
/// and one more comes with time: so a flood keeps out a model that nobody has asked for since the start, but not for long after the flood.
#[derive(Debug, Default)]
pub(crate) struct Models(Mutex<Option<Names>>);

#[derive(Debug)]
struct Names {
    served: HashSet<String>,
    unknown: HashSet<String>,
    /// Places for unknown names.
    free: u32,
    refilled: Instant,
}

impl Models {
    /// An error is that of a provider that has no such model.
    pub(super) fn let_in(&self, name: &str) -> Result<(), ProviderError> {
        if self.with(|names| names.let_in(name)) {
            return Ok(());
        }
        Err(ProviderError::Refused { status: 404, code: Some("model_not_found".into()) })
    }

    /// The provider has one of that name.
    pub(super) fn served(&self, name: &str) {
        self.with(|names| {
            if names.unknown.remove(name) {
                names.free = UNKNOWN.min(names.free + 1);
                names.served.insert(name.to_owned());
            }
        });
    }

    fn with<T>(&self, act: impl FnOnce(&mut Names) -> T) -> T {
        let mut names = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        act(names.get_or_insert_with(Names::new))
    }
}

impl Names {
    fn new() -> Self {
        Self { served: HashSet::new(), unknown: HashSet::new(), free: UNKNOWN, refilled: Instant::now() }
    }

    fn let_in(&mut self, name: &str) -> bool {
        if self.served.contains(name) || self.unknown.contains(name) {
            return true;
        }
        self.refill();
        if self.free == 0 || self.served.len() + self.unknown.len() >= MOST {
            return false;
        }
        self.free -= 1;
        self.unknown.insert(name.to_owned())
    }

    fn refill(&mut self) {
        while self.refilled.elapsed() >= REFILL {
            self.refilled += REFILL;
            self.free = UNKNOWN.min(self.free + 1);
            if self.free == UNKNOWN {
                self.refilled = Instant::now();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn flood(models: &Models, from: u32) -> usize {
        (from..from + 1000).filter(|number| models.let_in(&format!("invented-{number}")).is_ok()).count()
    }

    #[tokio::test(start_paused = true)]
    async fn a_flood_of_names_leaves_those_that_were_served() {
        let models = Models::default();
        for name in ["gpt-4o", "gpt-4o-mini"] {
            assert_eq!(models.let_in(name), Ok(()));
            models.served(name);
        }
        assert_eq!(flood(&models, 0), 200);
        let refused = ProviderError::Refused { status: 404, code: Some("model_not_found".into()) };
        assert_eq!(models.let_in("gpt-5"), Err(refused.clone()));
        for known in ["gpt-4o", "gpt-4o-mini", "invented-0", "invented-199"] {
            assert_eq!(models.let_in(known), Ok(()), "{known}");
        }
        // One of them is a model after all: its place is another's.
        models.served("invented-7");
        assert_eq!((models.let_in("gpt-5"), models.let_in("gpt-6")), (Ok(()), Err(refused)));
    }

    #[tokio::test(start_paused = true)]
    async fn after_a_flood_there_is_room_again_and_never_for_more_than_all() {
        let models = Models::default();
        assert_eq!(flood(&models, 0), 200);
        tokio::time::advance(Duration::from_millis(599_999)).await;
        assert_eq!(flood(&models, 1000), 0);
        tokio::time::advance(Duration::from_millis(1)).await;
        assert_eq!(flood(&models, 1000), 1);
        let mut all = 201;
        for round in 2..20 {
            tokio::time::advance(REFILL * 150).await;
            all += flood(&models, round * 1000);
        }
        assert_eq!(all, MOST);
        // What was not asked for cannot be told to have been served.
        models.served("never-asked");
        assert_eq!(flood(&models, 0), 200);
        assert!(models.let_in("never-asked").is_err());
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_spared_is_no_more_than_the_first_room() {
        let models = Models::default();
        tokio::time::advance(REFILL * 10_000).await;
        assert_eq!(flood(&models, 0), 200);
    }
}
