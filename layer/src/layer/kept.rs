//! What a layer keeps of a span in its extensions, and what of the span is its own when it ends: not what calls below it have counted.

use std::time::Instant;

use llm_span_contract::Operation;

use super::{schema::Schema, state::State};
use crate::once::{
    Once, Used,
    cost::{Costs, Tokens},
};

/// What a layer keeps of a span.
#[derive(Debug)]
pub(crate) struct Kept {
    /// What was recorded: from its beginning on, or since.
    pub(crate) state: State,
    /// Whether `state` tells how it began; else the layer is told that at its end.
    pub(crate) is_whole: bool,
    /// When it ended: nothing is concluded from it again.
    pub(crate) ended: Option<Instant>,
    /// Whether the record of its end was lost: it ends when it closes.
    pub(crate) is_lost: bool,
    /// Whether its ids are to be asked for before it closes.
    pub(crate) wants_ids: bool,
    pub(crate) below: Below,
}

/// What was counted of a call and below it.
#[derive(Debug, Default)]
pub(crate) struct Below {
    pub(crate) once: Once,
    pub(crate) costs: Costs,
}

impl Kept {
    /// Of a span that begins.
    pub(crate) fn new(state: State) -> Self {
        Self { state, is_whole: true, ended: None, is_lost: false, wants_ids: false, below: Below::default() }
    }

    /// Of a span about which only is of interest what comes now.
    pub(crate) fn since(now: Instant) -> Self {
        Self { is_whole: false, ..Self::new(State::new(now, None)) }
    }

    /// Whether there is something to be concluded from it.
    pub(crate) fn is_open(&self) -> bool {
        self.is_whole && self.ended.is_none()
    }

    /// Whether nothing has come since.
    pub(crate) fn is_blank(&self) -> bool {
        let State { present, outcome, evidence, .. } = &self.state;
        !self.is_whole && *present == 0 && outcome.is_none() && evidence.is_none()
    }

    /// Ends the span: what was recorded of it so far.
    pub(crate) fn end(&mut self, schema: &Schema) -> Ended {
        let Self { state, ended, below, .. } = self;
        let at = *ended.insert(Instant::now());
        let own = below.settle(state, schema);
        Ended { state: state.take(), own, at }
    }
}

impl Own {
    /// What a call that ends has used, below which nothing was counted.
    pub(crate) fn alone(state: &State, schema: &Schema) -> Self {
        let (used, cost) = (state.used(schema), state.first(&schema.cost));
        let tokens = if used.is_known() { Tokens::Own } else { Tokens::Unknown };
        let may_count = state.operation().is_none_or(Operation::counts_tokens);
        Self { used: Some(used).filter(|used| may_count && used.is_known()), cost: cost.filter(|_| may_count), tokens }
    }
}

impl Below {
    /// What a call that ends has used itself.
    ///
    /// Settled under the lock of what is kept of the call: one below it may end at the same time.
    pub(crate) fn settle(&mut self, state: &State, schema: &Schema) -> Own {
        let Self { once, costs } = self;
        let used = state.used(schema);
        // Agents and tools repeat what the calls below them used.
        let may_count = state.operation().is_none_or(Operation::counts_tokens);
        let tokens = match used.is_known() {
            true if once.was_counted_below(used) => Tokens::Repeated,
            true => Tokens::Own,
            false => Tokens::Unknown,
        };
        let used = Some(used).filter(|_| may_count && tokens == Tokens::Own);
        let cost = state.first(&schema.cost).filter(|cost| may_count && !costs.was_counted_below(*cost, tokens));
        once.note_own(used.unwrap_or_default());
        costs.note_own(cost);
        Own { used, cost, tokens }
    }
}

/// A call that has ended.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) state: State,
    pub(crate) own: Own,
    pub(crate) at: Instant,
}

/// What a call has used itself.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Own {
    /// The tokens it used, where no call below has counted them.
    pub(crate) used: Option<Used>,
    /// What it cost, in billionths, where no call below has counted that.
    pub(crate) cost: Option<i64>,
    /// Whether its tokens are its own.
    pub(crate) tokens: Tokens,
}

/// What is kept of one span, by each layer: two layers of a registry number attributes and texts differently. Kept in its extensions.
#[derive(Debug)]
pub(crate) struct States {
    layer: u32,
    kept: Kept,
    others: Vec<(u32, Kept)>,
}

impl States {
    pub(crate) fn new(layer: u32, kept: Kept) -> Self {
        Self { layer, kept, others: Vec::new() }
    }

    /// Adds what a further layer keeps.
    pub(crate) fn add(&mut self, layer: u32, kept: Kept) {
        self.others.push((layer, kept));
    }

    pub(crate) fn of(&self, layer: u32) -> Option<&Kept> {
        if self.layer == layer {
            return Some(&self.kept);
        }
        self.others.iter().find(|(of, _)| *of == layer).map(|(_, kept)| kept)
    }

    pub(crate) fn of_mut(&mut self, layer: u32) -> Option<&mut Kept> {
        if self.layer == layer {
            return Some(&mut self.kept);
        }
        self.others.iter_mut().find(|(of, _)| *of == layer).map(|(_, kept)| kept)
    }
}
