//! What is measured of the spans that pass the same filters, side by side.

use std::{ops::Deref, sync::OnceLock};

use super::quick::{Add, Take};

/// What is measured of the spans that pass the same filters of a group.
#[derive(Debug, Default)]
pub(super) struct Plan {
    /// The filters, as bits.
    pub(super) selected: u64,
    pub(super) adds: Box<[Add]>,
    pub(super) takes: Box<[Take]>,
    /// The rules that are neither.
    pub(super) others: Box<[usize]>,
}

impl Plan {
    /// Of what each of the filters leads to.
    pub(super) fn new<'a>(selected: u64, all: impl Iterator<Item = &'a Self> + Clone) -> Self {
        Self {
            selected,
            adds: all.clone().flat_map(|plan| plan.adds.iter().copied()).collect(),
            takes: all.clone().flat_map(|plan| plan.takes.iter().copied()).collect(),
            others: all.flat_map(|plan| plan.others.iter().copied()).collect(),
        }
    }
}

/// The plans that were needed so far. Spans of a callsite differ little: there are few.
#[derive(Debug, Default)]
pub(super) struct Plans([OnceLock<Plan>; PLANS]);

const PLANS: usize = 16;

/// A plan, kept or not.
pub(super) enum Chosen<'a> {
    Kept(&'a Plan),
    Made(Box<Plan>),
}

impl Plans {
    /// The plan for these filters.
    #[inline]
    pub(super) fn of(&self, selected: u64, new: impl Fn() -> Plan) -> Chosen<'_> {
        for place in &self.0 {
            let plan = place.get_or_init(&new);
            if plan.selected == selected {
                return Chosen::Kept(plan);
            }
        }
        Chosen::Made(Box::new(new()))
    }
}

impl Deref for Chosen<'_> {
    type Target = Plan;

    #[inline]
    fn deref(&self) -> &Plan {
        match self {
            Self::Kept(plan) => plan,
            Self::Made(plan) => plan,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_choice_of_filters_has_its_plan_however_many_there_are() {
        let each: Vec<_> = (0..6).map(|at| Plan { others: Box::new([at]), ..Plan::default() }).collect();
        let plans = Plans::default();
        for _ in 0..2 {
            for selected in 1..64 {
                let filters = || each.iter().enumerate().filter(|(at, _)| selected >> at & 1 != 0).map(|(_, plan)| plan);
                let plan = plans.of(selected, || Plan::new(selected, filters()));
                let expected: Vec<_> = (0..6).filter(|at| selected >> at & 1 != 0).collect();
                assert_eq!((plan.selected, &*plan.others), (selected, &expected[..]));
            }
        }
    }
}
