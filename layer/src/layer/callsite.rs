//! Callsites, as the layer knows them: how their spans are read and checked, and how they are measured.
//!
//! All that follows from a callsite's name and fields is kept once for all that are alike: ten thousand of them would not fit into any
//! cache. Of each there is little more than which kind it is.

use std::{
    collections::HashMap as Map,
    ops::Deref,
    sync::{Arc, Mutex, OnceLock, PoisonError},
    time::Instant,
};

use llm_span_contract::{keys, stamp};
use papaya::Guard;
use tracing::{Metadata, field::Field, span::Record};

use super::{
    intern::{Flat, flat},
    measure::SitePlan,
    plan::{FieldPlan, Plan},
    schema::{Mask, Schema},
    state::State,
    thread_end,
    told::Quick,
};

/// The callsites that were met so far.
#[derive(Debug)]
pub(super) struct Callsites {
    /// By the address of the metadata: callsites of zero-sized types may share theirs.
    met: Flat<usize, Option<Callsite>>,
    kinds: Mutex<Map<Like, Option<Arc<Sort>>>>,
}

/// A callsite's name and fields: those that are alike are read and measured alike.
type Like = (&'static str, Box<[&'static str]>);

/// A callsite whose spans concern a contract or a metric.
#[derive(Debug)]
pub(super) struct Callsite {
    sort: Arc<Sort>,
    /// Where the end of its calls tells how they ended.
    outcome: Option<Field>,
    /// How the state of its first call was when it began: most that follow begin with the same.
    first: OnceLock<Arc<State>>,
}

/// What callsites of the same name and fields have in common.
#[derive(Debug)]
pub(super) struct Sort {
    pub(super) plan: Plan,
    /// How its spans are measured, where they are.
    pub(super) site: Option<SitePlan>,
    /// Of the fields that the contracts stamp, where the callsite is a call's.
    quick: Box<[Quick]>,
    /// The attributes that tell the model asked for.
    pub(super) model: Mask,
    /// With what calls begin at these callsites: often with the same.
    firsts: Mutex<Vec<Arc<State>>>,
}

/// So many states that calls begin with are shared by callsites that are alike.
const MAX_FIRSTS: usize = 64;

impl Deref for Callsite {
    type Target = Sort;

    fn deref(&self) -> &Sort {
        &self.sort
    }
}

impl Default for Callsites {
    fn default() -> Self {
        Self { met: flat(), kinds: Mutex::default() }
    }
}

impl Callsites {
    /// Does something with a callsite, if its spans are of any concern; `site` tells how they are measured.
    #[inline]
    pub(super) fn with<T>(
        &self,
        metadata: &'static Metadata<'static>,
        schema: &Schema,
        site: impl FnOnce() -> Option<SitePlan>,
        use_it: impl FnOnce(&Callsite) -> T,
    ) -> Option<T> {
        if thread_end::is_alive() {
            self.of(metadata, schema, site, &self.met.guard()).map(use_it)
        } else {
            self.of(metadata, schema, site, &self.met.owned_guard()).map(use_it)
        }
    }

    #[inline]
    fn of<'g>(
        &'g self,
        metadata: &'static Metadata<'static>,
        schema: &Schema,
        site: impl FnOnce() -> Option<SitePlan>,
        guard: &'g impl Guard,
    ) -> Option<&'g Callsite> {
        let key = std::ptr::from_ref(metadata).addr();
        let new = || {
            self.sort(metadata, schema, site).map(|sort| {
                let outcome = metadata.fields().field(keys::LLM_OUTCOME);
                Callsite { sort, outcome, first: OnceLock::new() }
            })
        };
        self.met.get(&key, guard).unwrap_or_else(|| self.met.get_or_insert_with(key, new, guard)).as_ref()
    }

    #[cold]
    fn sort(&self, metadata: &Metadata<'static>, schema: &Schema, site: impl FnOnce() -> Option<SitePlan>) -> Option<Arc<Sort>> {
        let like: Like = (metadata.name(), metadata.fields().iter().map(|field| field.name()).collect());
        let mut kinds = self.kinds.lock().unwrap_or_else(PoisonError::into_inner);
        kinds.entry(like).or_insert_with(|| Sort::new(metadata, schema, site()).map(Arc::new)).clone()
    }
}

/// Where calls tell the model that they ask for; their name may contain it.
pub(super) const MODEL: [stamp::Field; 3] = [stamp::Field::Model, stamp::Field::RequestModel, stamp::Field::OtelName];

impl Sort {
    /// `None` where its spans are no concern of any contract or metric.
    fn new(metadata: &Metadata<'static>, schema: &Schema, site: Option<SitePlan>) -> Option<Self> {
        let plan = Plan::new(metadata, schema);
        if !plan.is_checked && site.is_none() {
            return None;
        }
        let stamped = plan.fields.iter().take(stamp::FIELDS.len()).enumerate();
        let quick = stamped.map(|(field, plan)| quick(field, plan, site.as_ref())).collect();
        let model = MODEL.iter().filter_map(|field| plan.watched(*field as usize)).fold(0, |mask, watched| mask | watched.bit);
        Some(Self { plan, site, quick, model, firsts: Mutex::default() })
    }

    /// Whether metrics ask for a field that checks do not keep.
    pub(super) fn has_cell(&self, field: &Field) -> bool {
        has_cell(self.site.as_ref(), field.index())
    }

    /// What the values of a field are that the contracts stamp.
    #[inline]
    pub(super) fn quick(&self, field: stamp::Field) -> &Quick {
        self.quick.get(field as usize).unwrap_or(&Quick::Visited)
    }

    /// Such a state that other callsites share.
    fn shared(&self, state: &State) -> Arc<State> {
        let mut firsts = self.firsts.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = firsts.iter().find(|known| known.is_like(state)) {
            return Arc::clone(known);
        }
        let first = Arc::new(state.like(state.started));
        if firsts.len() < MAX_FIRSTS {
            firsts.push(Arc::clone(&first));
        }
        first
    }
}

impl Callsite {
    /// Whether a record tells how a call ended.
    #[inline]
    pub(super) fn is_end(&self, record: &Record<'_>) -> bool {
        self.outcome.as_ref().is_some_and(|outcome| record.contains(outcome))
    }

    /// The state of a call that begins as the callsite's first one did, if that was seen.
    #[inline]
    pub(super) fn like_first(&self, started: Instant) -> Option<State> {
        self.first.get().map(|first| first.like(started))
    }

    /// Remembers a state that calls will begin with; of those that hold more than plain values none.
    pub(super) fn remember(&self, state: &State) {
        if state.is_plain() {
            self.first.get_or_init(|| self.sort.shared(state));
        }
    }
}

fn has_cell(site: Option<&SitePlan>, field: usize) -> bool {
    site.is_some_and(|site| site.cells.of_field(field).is_some())
}

fn quick(field: usize, plan: &FieldPlan, site: Option<&SitePlan>) -> Quick {
    match plan {
        _ if has_cell(site, field) => Quick::Visited,
        FieldPlan::Ignored => Quick::Ignored,
        FieldPlan::Misspelt => Quick::Visited,
        FieldPlan::Watched(watched) => watched.quick(),
    }
}

#[cfg(test)]
mod tests {
    use llm_span_contract::Contracts;
    use tracing::{info_span, subscriber::with_default};

    use super::*;

    fn state(present: Mask) -> State {
        let mut state = State::new(Instant::now(), None);
        state.present = present;
        state
    }

    fn places() -> [&'static Metadata<'static>; 4] {
        let spans = with_default(tracing_subscriber::registry(), || {
            [
                info_span!("llm.completion", llm.provider = "openai", llm.model = "gpt-4o"),
                info_span!("llm.completion", llm.provider = "openai", llm.model = "gpt-4o"),
                info_span!("llm.completion", llm.provider = "openai", llm.model = "gpt-4o"),
                info_span!("llm.completion", llm.provider = "openai"),
            ]
        });
        spans.map(|span| span.metadata().unwrap())
    }

    #[test]
    fn callsites_that_are_alike_share_what_follows_from_that_and_each_begins_as_its_own_first_call_did() {
        let (schema, callsites, places) = (Schema::new(Contracts::default(), &[]), Callsites::default(), places());
        let sort = |at: usize| callsites.with(places[at], &schema, || None, |callsite| Arc::as_ptr(&callsite.sort).addr());
        assert!(sort(0).is_some() && sort(0) == sort(1) && sort(0) == sort(2) && sort(0) != sort(3));

        let begin = |at: usize, present: Mask| {
            let remember = |callsite: &Callsite| {
                callsite.remember(&state(present));
                callsite.remember(&state(0b1000));
                (callsite.like_first(Instant::now()).unwrap().present, Arc::as_ptr(callsite.first.get().unwrap()).addr())
            };
            callsites.with(places[at], &schema, || None, remember).unwrap()
        };
        let [one, other, same] = [begin(0, 0b001), begin(1, 0b010), begin(2, 0b001)];
        assert_eq!([one.0, other.0, same.0], [0b001, 0b010, 0b001]);
        assert!(one.1 == same.1 && one.1 != other.1);
    }

    #[test]
    fn a_flood_of_first_calls_that_differ_is_not_shared_and_still_right() {
        let schema = Schema::new(Contracts::default(), &[]);
        let sort = Sort::new(places()[0], &schema, None).unwrap();
        for present in 0..1_000 {
            assert_eq!(sort.shared(&state(present)).present, present);
        }
        assert_eq!(sort.firsts.lock().unwrap().len(), MAX_FIRSTS);
    }
}
