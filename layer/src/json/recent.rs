//! The plans a thread used lately, so that most lines need no look into the map that all threads share.

use super::plan::Plan;
use std::sync::Arc;

/// So many callsites of a thread are found at once, if no two of them fall on one place.
const PLACES: usize = 64;

/// Each callsite has one place, which the last one that fell on it holds.
#[derive(Debug)]
pub(super) struct Recent([Option<Entry>; PLACES]);

#[derive(Debug)]
struct Entry {
    layer: usize,
    callsite: usize,
    plan: Arc<Plan>,
}

impl Default for Recent {
    fn default() -> Self {
        Self([const { None }; PLACES])
    }
}

impl Recent {
    /// The plan of that layer for that callsite, asked for where it is not known. Neither number is ever given to another.
    #[inline]
    pub(super) fn get(&mut self, layer: usize, callsite: usize, find: impl FnOnce() -> Arc<Plan>) -> &Plan {
        let place = &mut self.0[place(layer, callsite)];
        match place {
            Some(entry) if entry.callsite == callsite && entry.layer == layer => {}
            _ => *place = None,
        }
        &place.get_or_insert_with(|| Entry { layer, callsite, plan: find() }).plan
    }
}

/// Callsites are addresses of statics, some words long, which lie side by side.
fn place(layer: usize, callsite: usize) -> usize {
    ((callsite >> 4) ^ (callsite >> 10) ^ layer) % PLACES
}

#[cfg(test)]
mod tests {
    use super::super::layout::{Choices, Layout};
    use super::*;
    use proptest::prelude::*;
    use std::collections::HashMap;

    fn plan() -> Arc<Plan> {
        static CALLSITE: tracing::callsite::DefaultCallsite = tracing::callsite::DefaultCallsite::new(&METADATA);
        static METADATA: tracing::Metadata<'static> = tracing::metadata! {
            name: "event",
            target: "target",
            level: tracing::Level::INFO,
            fields: &[],
            callsite: &CALLSITE,
            kind: tracing::metadata::Kind::EVENT,
        };
        Arc::new(Plan::new(&METADATA, &Layout::new(&Choices::default())))
    }

    proptest! {
        #[test]
        fn each_layer_and_callsite_gets_its_own_plan(asked in prop::collection::vec((0_usize..3, 0_usize..40), 0..200)) {
            let mut recent = Recent::default();
            let mut plans = HashMap::new();
            for (layer, callsite) in asked {
                let right = plans.entry((layer, callsite)).or_insert_with(plan);
                let found = recent.get(layer, callsite << 6, || Arc::clone(right));
                prop_assert!(std::ptr::eq(found, Arc::as_ptr(right)));
            }
        }
    }
}
