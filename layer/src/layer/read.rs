//! Reads a span's values into its state.

use std::fmt;

use llm_span_contract::Value;
use tracing::field::{Field, Visit};

use super::{
    beside::SpanCell,
    callsite::Callsite,
    intern::{Interner, Symbol},
    measure::CellPlan,
    plan::FieldPlan,
    quantity::Quantity,
    schema::Schema,
    state::{NO_COUNT, State},
    watched::Watched,
};
use crate::call::stamp::Stamp;

/// Reads values as their callsite has them.
pub(super) struct Reader<'a> {
    pub(super) state: &'a mut State,
    pub(super) callsite: &'a Callsite,
    pub(super) schema: &'a Schema,
    pub(super) interner: &'a Interner,
}

impl<'a> Reader<'a> {
    /// The attribute of a field. One that has no bit, or only looks like an attribute, is left to the long way.
    #[inline]
    fn watched(&mut self, field: &Field, value: impl FnOnce() -> Value<'static>) -> Option<&'a Watched> {
        match self.callsite.plan.field(field) {
            FieldPlan::Watched(watched) if watched.bit != 0 => Some(watched),
            FieldPlan::Ignored => None,
            FieldPlan::Watched(watched) => {
                let value = value();
                self.state.suspicious |= watched.is_wrong(&value);
                self.state.keep_aside(field.name(), value);
                None
            }
            FieldPlan::Misspelt => {
                self.state.keep(field.name(), value());
                None
            }
        }
    }

    /// Keeps what nothing is wrong with; whether that is so.
    #[inline]
    fn is_clean(&mut self, watched: &Watched, value: Stamp<'_>) -> bool {
        let clean = watched.clean(value, self.interner);
        if let Some(clean) = &clean {
            self.state.put_clean(watched, clean, self.schema, self.interner);
        }
        clean.is_some()
    }

    #[inline]
    fn put(&mut self, watched: &Watched, number: Option<i64>, symbol: Option<Symbol>) {
        self.state.put(watched, number, symbol, self.schema, self.interner);
    }

    #[cold]
    fn number(&mut self, field: &Field, watched: &Watched, number: Value<'static>) {
        let symbol = watched.number_label(&number, self.interner);
        let kept = watched.kept(&number);
        self.put(watched, Some(kept), symbol);
        if watched.is_wrong(&number) || (watched.is_decimal && kept == NO_COUNT) {
            self.state.keep(field.name(), number);
        }
    }

    #[cold]
    fn text(&mut self, field: &Field, watched: &Watched, text: &str) {
        let known = watched.text(text, self.interner);
        // A count that arrives as text is a finding, and still a count.
        let number = watched.int.map(|_| watched.spelt(text));
        self.put(watched, number, Some(known.symbol));
        self.state.understand(known.meaning);
        if known.suspicious {
            self.state.keep(field.name(), Value::from(text));
        }
    }
}

impl Reader<'_> {
    /// Keeps what only metrics ask for.
    #[inline]
    fn keep_beside(&mut self, field: &Field, number: Option<Quantity>, text: impl FnOnce(CellPlan, &Interner) -> Symbol) {
        let (Some(site), Some(beside)) = (&self.callsite.site, &mut self.state.beside) else { return };
        if let Some((cell, plan)) = site.cells.of_field(field.index())
            && let Some(cell) = beside.cells.get_mut(cell)
        {
            *cell = SpanCell { is_recorded: true, symbol: text(plan, self.interner), number };
        }
    }
}

impl Visit for Reader<'_> {
    fn record_i64(&mut self, field: &Field, value: i64) {
        self.keep_beside(field, Some(Quantity::Whole(value)), |plan, interner| plan.symbol_of(interner, value));
        if let Some(watched) = self.watched(field, || value.into())
            && !self.is_clean(watched, Stamp::Int(value))
        {
            self.number(field, watched, value.into());
        }
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        let number = i64::try_from(value).ok().map(Quantity::Whole);
        self.keep_beside(field, number, |plan, interner| plan.symbol_of(interner, value));
        if let Some(watched) = self.watched(field, || value.into()) {
            self.number(field, watched, value.into());
        }
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        self.keep_beside(field, Some(Quantity::Fraction(value)), |plan, interner| plan.symbol_of(interner, value));
        if let Some(watched) = self.watched(field, || value.into())
            && !self.is_clean(watched, Stamp::Double(value))
        {
            self.number(field, watched, value.into());
        }
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.keep_beside(field, None, |plan, interner| plan.symbol_of(interner, value));
        if let Some(watched) = self.watched(field, || value.into())
            && !self.is_clean(watched, Stamp::Flag(value))
        {
            self.put(watched, Some(NO_COUNT), None);
            self.state.keep(field.name(), Value::Bool(value));
        }
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        // A number that arrives as text is a number still.
        let number = || {
            value
                .trim()
                .parse()
                .map_or_else(|_| value.trim().parse().ok().map(Quantity::Fraction), |whole| Some(Quantity::Whole(whole)))
        };
        if self.callsite.has_cell(field) {
            self.keep_beside(field, number(), |plan, interner| plan.symbol(interner, value));
        }
        if let Some(watched) = self.watched(field, || value.to_owned().into())
            && !self.is_clean(watched, Stamp::Text(value))
        {
            self.text(field, watched, value);
        }
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        if matches!(self.callsite.plan.field(field), FieldPlan::Ignored) && !self.callsite.has_cell(field) {
            return;
        }
        let text = crate::guard::format(value);
        self.record_str(field, &text);
    }
}
