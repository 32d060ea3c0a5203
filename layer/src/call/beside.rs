//! What only some calls have beside their span: ids that they carry, prices, the sum of the calls below.

use std::sync::Arc;

use llm_span_contract::Outcome;

use super::{
    site::Site,
    stamp::Ids,
    tally::{Spent, Tally},
};
use crate::{
    correlation::{self, Correlation},
    prices::{self, Prices},
    usage::Usage,
};

/// Boxed, and made only where there is something of it: most calls have nothing.
#[derive(Debug)]
pub(super) struct Beside {
    /// Whether the call's usage is the sum of what the calls below it use.
    sums: bool,
    /// What the calls below it have used, where it or one above it carries their sum.
    pub(super) tally: Option<Arc<Tally>>,
    /// What it belongs to; calls below carry it too.
    pub(super) correlation: Option<Correlation>,
    /// Its place among what is current, while the body runs.
    current: Option<u64>,
    priced: Option<Priced>,
}

/// What tells the price of a call.
#[derive(Debug)]
struct Priced {
    prices: Arc<Prices>,
    provider: String,
    model: Option<String>,
}

impl Beside {
    pub(super) fn of(
        site: &Site,
        sums: bool,
        correlation: Option<Correlation>,
        provider: Option<&str>,
        model: Option<&str>,
    ) -> Option<Box<Self>> {
        let sums = sums || site.sums;
        let tally = Tally::of(sums);
        let table = prices::installed().filter(|_| site.operation.counts_tokens() && !sums);
        let priced = table.zip(provider).map(|(prices, provider)| Priced {
            prices,
            provider: provider.to_owned(),
            model: model.map(str::to_owned),
        });
        let is_something = tally.is_some() || correlation.is_some() || priced.is_some();
        is_something.then(|| Box::new(Self { sums, tally, correlation, current: None, priced }))
    }

    /// The body begins, or goes on: what the call belongs to is current.
    pub(super) fn enter(&mut self) {
        self.current = self.correlation.as_ref().and_then(correlation::begin);
    }

    /// The body has returned, or waits.
    pub(super) fn leave(&mut self) {
        self.current.take().into_iter().for_each(correlation::end);
    }

    /// What the call has spent: its own, which the calls above are told; or, where it was asked for, the sum of those below.
    pub(super) fn spent(&self, own: Usage, counts_tokens: bool, models: Models<'_>, outcome: Outcome) -> Spent {
        let cost = self.priced.as_ref().and_then(|priced| priced.cost(&own, models));
        let own = Spent { usage: own, cost };
        match &self.tally {
            Some(tally) if self.sums => {
                let sum = tally.sum();
                Spent { usage: sum.usage.or(own.usage), cost: sum.cost }
            }
            Some(tally) if counts_tokens => {
                tally.tell_above(own, outcome == Outcome::Ok);
                own
            }
            _ => own,
        }
    }
}

/// The models of a call that are known only at its end.
#[derive(Clone, Copy, Debug)]
pub(super) struct Models<'a> {
    /// The one asked for, where the body told it.
    pub(super) requested: Option<&'a str>,
    pub(super) responded: Option<&'a str>,
}

impl Priced {
    /// What the call costs, in US dollars.
    fn cost(&self, usage: &Usage, models: Models<'_>) -> Option<f64> {
        let requested = models.requested.or(self.model.as_deref());
        self.prices.cost(&self.provider, requested, models.responded, usage)
    }
}

/// What a call belongs to: what it says itself, and what is current where it says nothing.
pub(super) fn correlation(ids: Ids<'_>) -> Option<Correlation> {
    let named = [ids.conversation, ids.session, ids.user].iter().any(Option::is_some);
    if !named {
        return Some(Correlation::current()).filter(|current| !current.is_empty());
    }
    let [conversation, session, user] = [ids.conversation, ids.session, ids.user].map(Option::unwrap_or_default);
    let own = Correlation::new().conversation(conversation).session(session).user(user).inheriting();
    (!own.is_empty()).then_some(own)
}
