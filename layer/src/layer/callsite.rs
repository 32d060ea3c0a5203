//! Callsites, as the layer knows them: how their spans are read and checked, and how they are measured.
//!
//! All that follows from a callsite's name and fields is kept once for all that are alike: ten thousand of them would not fit into any
//! cache. Of each there is little more than which kind it is.

use std::{
    collections::HashMap as Map,
    ops::Deref,
    sync::{Arc, Mutex, OnceLock, PoisonError},
};

use llm_span_contract::{keys, stamp};
use papaya::Guard;
use tracing::{Metadata, field::Field, span::Record};

use super::{
    intern::{Flat, flat},
    measure::SitePlan,
    plan::{FieldPlan, Plan},
    schema::Schema,
    state::State,
    thread_end,
    told::Quick,
};

/// The callsites that were met so far.
#[derive(Debug)]
pub(super) struct Callsites {
    /// Their numbers, by the address of the metadata: callsites of zero-sized types may share theirs. Of those of no concern there is none.
    met: Flat<usize, Option<u32>>,
    numbered: boxcar::Vec<Callsite>,
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
    beginning: OnceLock<Beginning>,
}

/// How the state was of the first call that was seen, when it began: most that follow begin with the same, but for what sets them apart.
#[derive(Debug)]
struct Beginning {
    state: Arc<State>,
    /// Whether no other was before it that this layer has not seen.
    is_first: bool,
}

/// What callsites of the same name and fields have in common.
#[derive(Debug)]
pub(super) struct Sort {
    pub(super) plan: Plan,
    /// How its spans are measured, where they are.
    pub(super) site: Option<SitePlan>,
    /// Of the fields that the contracts stamp, where the callsite is a call's.
    quick: Box<[Quick]>,
    /// Whether its spans may tell tokens or a cost.
    pub(super) may_count: bool,
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
        Self { met: flat(), numbered: boxcar::Vec::new(), kinds: Mutex::default() }
    }
}

impl Callsites {
    /// A callsite and its number, if its spans are of any concern; `site` tells how they are measured.
    #[inline]
    pub(super) fn of(
        &self,
        metadata: &'static Metadata<'static>,
        schema: &Schema,
        site: impl FnOnce() -> Option<SitePlan>,
    ) -> Option<(u32, &Callsite)> {
        let number = if thread_end::is_alive() {
            self.number(metadata, schema, site, &self.met.guard())
        } else {
            self.number(metadata, schema, site, &self.met.owned_guard())
        }?;
        Some((number, self.at(number)?))
    }

    /// The callsite of that number.
    #[inline]
    pub(super) fn at(&self, number: u32) -> Option<&Callsite> {
        self.numbered.get(number as usize)
    }

    #[inline]
    fn number(
        &self,
        metadata: &'static Metadata<'static>,
        schema: &Schema,
        site: impl FnOnce() -> Option<SitePlan>,
        guard: &impl Guard,
    ) -> Option<u32> {
        let key = std::ptr::from_ref(metadata).addr();
        let new = || {
            let sort = self.sort(metadata, schema, site)?;
            let outcome = metadata.fields().field(keys::LLM_OUTCOME);
            u32::try_from(self.numbered.push(Callsite { sort, outcome, beginning: OnceLock::new() })).ok()
        };
        *self.met.get(&key, guard).unwrap_or_else(|| self.met.get_or_insert_with(key, new, guard))
    }

    #[cold]
    fn sort(&self, metadata: &Metadata<'static>, schema: &Schema, site: impl FnOnce() -> Option<SitePlan>) -> Option<Arc<Sort>> {
        let like: Like = (metadata.name(), metadata.fields().iter().map(|field| field.name()).collect());
        let mut kinds = self.kinds.lock().unwrap_or_else(PoisonError::into_inner);
        kinds.entry(like).or_insert_with(|| Sort::new(metadata, schema, site()).map(Arc::new)).clone()
    }
}

impl Sort {
    /// `None` where its spans are no concern of any contract or metric.
    fn new(metadata: &Metadata<'static>, schema: &Schema, site: Option<SitePlan>) -> Option<Self> {
        let plan = Plan::new(metadata, schema);
        if !plan.is_checked && site.is_none() {
            return None;
        }
        let stamped = plan.fields.iter().take(stamp::FIELDS.len()).enumerate();
        let quick = stamped.map(|(field, plan)| quick(field, plan, site.as_ref())).collect();
        let counted =
            [&schema.prompt, &schema.completion, &schema.cost].into_iter().flatten().fold(0, |mask, (bit, _)| mask | bit);
        let may_count = (0..plan.fields.len()).filter_map(|field| plan.watched(field)).any(|watched| watched.bit & counted != 0);
        Some(Self { plan, site, quick, may_count, firsts: Mutex::default() })
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

    /// Whether it may be that a call begins as the callsite's first one did, but for what is told by parts that differ: of some only metrics
    /// know more, others are named by what differs.
    #[inline]
    pub(super) fn may_be_like_first(&self, is_all: bool) -> bool {
        let keeps_more = self.site.as_ref().is_some_and(SitePlan::keeps_more);
        !keeps_more && (is_all || self.plan.watched(stamp::Field::OtelName as usize).is_none())
    }

    /// The state that its calls begin with, but for what sets them apart, if one was seen.
    #[inline]
    pub(super) fn first(&self) -> Option<&State> {
        self.beginning.get().map(|first| &*first.state)
    }

    /// Whether the model is that of the callsite's first call, too.
    #[inline]
    pub(super) fn has_first_model(&self) -> bool {
        self.beginning.get().is_some_and(|first| first.is_first)
    }

    /// Remembers a state that calls will begin with, but for what sets them apart; of those that hold more than plain values none. `is_first`
    /// tells whether it is that of the callsite's first call.
    pub(super) fn remember(&self, state: &State, is_first: bool) {
        if state.is_plain() {
            let first = || self.sort.shared(&self.plan.without_what_differs(state.like(state.started)));
            self.beginning.get_or_init(|| Beginning { state: first(), is_first });
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
    use std::time::Instant;

    use llm_span_contract::Contracts;
    use tracing::{info_span, subscriber::with_default};

    use super::{super::schema::Mask, *};

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
        let sort = |at: usize| callsites.of(places[at], &schema, || None).map(|(_, callsite)| Arc::as_ptr(&callsite.sort).addr());
        assert!(sort(0).is_some() && sort(0) == sort(1) && sort(0) == sort(2) && sort(0) != sort(3));

        let begin = |at: usize, present: Mask| {
            let (_, callsite) = callsites.of(places[at], &schema, || None).unwrap();
            callsite.remember(&state(present), true);
            callsite.remember(&state(0b1000), true);
            (callsite.first().unwrap().present, Arc::as_ptr(&callsite.beginning.get().unwrap().state).addr())
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
