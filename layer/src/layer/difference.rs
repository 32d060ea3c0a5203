//! What sets a call that begins apart from its callsite's first one: the model, ids, parameters of the request, fields of the user's own.
//!
//! What nothing is wrong with is few numbers, which the call itself can keep: so the layer need keep nothing of it.

use std::{fmt, time::Instant};

use llm_span_contract::stamp::{FIELDS, Field};
use tracing::{
    Dispatch, Metadata,
    field::{self, Visit},
};

use super::{
    LlmLayer,
    callsite::Callsite,
    intern::{Interner, Symbol},
    plan::FieldPlan,
    schema::{MAX_INTS, Mask},
    state::State,
    watched::{Clean, Meaning, Watched, is_visible},
};
use crate::call::stamp::{self, Answer, Difference, First, Stamp, Starting, Telling, Tells};

/// Where calls tell the model that they ask for.
const MODEL: [Field; 2] = [Field::Model, Field::RequestModel];

/// Where they tell what they belong to.
const IDS: [Field; 3] = [Field::ConversationId, Field::SessionId, Field::UserId];

/// Whether the calls of a callsite may tell something else there each time, though they name the same provider and model.
pub(super) fn differs(field: usize) -> bool {
    field >= FIELDS.len() || IDS.iter().any(|id| *id as usize == field)
}

/// What sets a call apart, with the layer's number.
pub(super) fn answer(
    dispatch: &Dispatch,
    metadata: &'static Metadata<'static>,
    first: &'static First,
    telling: Telling,
    tells: &Tells<'_>,
) -> Option<Answer> {
    let layer = dispatch.downcast_ref::<LlmLayer>()?;
    let (_, callsite) = layer.callsite_by(first, metadata)?;
    Some((layer.number, layer.read_difference(callsite, metadata, telling, tells)?))
}

/// Makes it the state of a call when it began; whether that is known.
#[inline]
pub(super) fn begin_like_first(state: &mut State, callsite: &Callsite, difference: &Difference, started: Instant) -> bool {
    let Some(first) = callsite.first() else { return false };
    state.become_like(first, started);
    state.present |= Mask::from_ne_bytes(difference.present);
    if difference.model != 0 {
        for place in MODEL.into_iter().filter_map(|field| callsite.plan.watched(field as usize)?.symbol) {
            state.symbols[usize::from(place)] = Symbol::from_bits(difference.model);
        }
    }
    for (place, value) in difference.places.into_iter().zip(difference.values).take_while(|(place, _)| *place != 0) {
        let place = usize::from(place) - 1;
        match place.checked_sub(MAX_INTS) {
            None => state.ints[place] = value.into(),
            Some(place) => state.symbols[place] = Symbol::from_bits(value),
        }
    }
    true
}

impl LlmLayer {
    /// What sets a call that begins apart; `None` where that is not known, or more than a call keeps.
    #[inline]
    pub(super) fn difference_of(&self, callsite: &Callsite, starting: &Starting) -> Option<Difference> {
        callsite.first()?;
        match starting.telling {
            Telling::Same if starting.is_all && callsite.has_first_model() => Some(Difference::default()),
            Telling::Same if starting.is_all => {
                let mut gathered = Gathered::new(self, 0);
                gathered.name(callsite, starting.first().model()?)?;
                Some(gathered.difference)
            }
            Telling::Same | Telling::OtherModel => stamp::answer_of(self.number),
            Telling::Other => None,
        }
    }

    fn read_difference(
        &self,
        callsite: &Callsite,
        metadata: &'static Metadata<'static>,
        telling: Telling,
        tells: &Tells<'_>,
    ) -> Option<Difference> {
        let mut gathered = Gathered::new(self, callsite.first()?.present);
        if telling == Telling::OtherModel || !callsite.has_first_model() {
            gathered.name(callsite, tells.model?)?;
        }
        let any = metadata.fields().iter().next()?;
        gathered.read(callsite, tells, &any)?;
        Some(gathered.difference)
    }
}

/// Reads what sets a call apart, as far as nothing is wrong with it.
struct Gathered<'a> {
    difference: Difference,
    len: usize,
    /// What was told already, by what the callsite's first call told too: there it would be told twice.
    told: Mask,
    interner: &'a Interner,
}

impl<'a> Gathered<'a> {
    fn new(layer: &'a LlmLayer, told: Mask) -> Self {
        Self { difference: Difference::default(), len: 0, told, interner: &layer.interner }
    }

    /// Reads the name of a model, as the fields have it that tell it.
    fn name(&mut self, callsite: &Callsite, model: &str) -> Option<()> {
        // The model is a part of that name.
        if callsite.plan.watched(Field::OtelName as usize).is_some() {
            return None;
        }
        let mut kept: Option<Symbol> = None;
        for watched in MODEL.into_iter().filter_map(|field| callsite.plan.watched(field as usize)) {
            let label = match kept {
                // A text that was kept under one attribute is the same under another.
                Some(label) if watched.is_label() => Some(label),
                _ if watched.is_label() && is_visible(model) => Some(watched.known(model, self.interner)?),
                _ => None,
            };
            let symbol = match label {
                Some(label) => label,
                None => self.clean(watched, Stamp::Text(model))?.symbol?,
            };
            kept = label.filter(|label| label.unkept().is_none());
            if watched.symbol.is_some() {
                let before = std::mem::replace(&mut self.difference.model, symbol.bits());
                // One that had no room under one attribute may have had some under the other.
                [0, symbol.bits()].contains(&before).then_some(())?;
            }
        }
        Some(())
    }

    /// Reads ids and the fields of its own; `any` is a field, whichever.
    fn read(&mut self, callsite: &Callsite, tells: &Tells<'_>, any: &field::Field) -> Option<()> {
        // An own field may be a part of that name.
        if callsite.plan.watched(Field::OtelName as usize).is_some() {
            return None;
        }
        let ids = [tells.ids.conversation, tells.ids.session, tells.ids.user];
        for (field, id) in IDS.into_iter().zip(ids) {
            if let (Some(plan), Some(id)) = (callsite.plan.fields.get(field as usize), id) {
                self.value(plan, |watched, gathered| gathered.take(watched, Stamp::Text(id)))?;
            }
        }
        for (plan, value) in callsite.plan.fields.iter().skip(FIELDS.len()).zip(tells.extra) {
            if let Some(value) = value {
                self.value(plan, |watched, gathered| {
                    let mut typed = Typed { watched, gathered, is_known: true };
                    value.record(any, &mut typed);
                    typed.is_known.then_some(())
                })?;
            }
        }
        Some(())
    }

    fn value(&mut self, plan: &FieldPlan, read: impl FnOnce(&Watched, &mut Self) -> Option<()>) -> Option<()> {
        match plan {
            FieldPlan::Ignored => Some(()),
            FieldPlan::Watched(watched) => read(watched, self),
            FieldPlan::Misspelt => None,
        }
    }

    /// A value that nothing is wrong with, and that was met before: a filter may hide the span that is about to begin from the layer, and
    /// what it hides takes no room from the others.
    fn clean(&self, watched: &Watched, value: Stamp<'_>) -> Option<Clean> {
        watched.takes_no_room(value, self.interner).then(|| watched.clean(value, self.interner))?
    }

    /// Takes a value that nothing is wrong with.
    fn take(&mut self, watched: &Watched, value: Stamp<'_>) -> Option<()> {
        let Clean { number, symbol, meaning } = self.clean(watched, value)?;
        if self.told & watched.bit != 0 || meaning != Meaning::Nothing {
            return None;
        }
        self.told |= watched.bit;
        self.difference.present = (Mask::from_ne_bytes(self.difference.present) | watched.bit).to_ne_bytes();
        if let (Some(place), Some(number)) = (watched.int, number) {
            self.keep(place.into(), u32::try_from(number).ok()?)?;
        }
        if let (Some(place), Some(symbol)) = (watched.symbol, symbol) {
            self.keep(MAX_INTS + usize::from(place), symbol.bits())?;
        }
        Some(())
    }

    fn keep(&mut self, place: usize, value: u32) -> Option<()> {
        let (at, of) = (self.difference.values.get_mut(self.len)?, self.difference.places.get_mut(self.len)?);
        (*at, *of) = (value, u8::try_from(place + 1).ok()?);
        self.len += 1;
        Some(())
    }
}

/// Takes a value as it is typed. Of one that would be formatted, and of one that is a finding by its type, it knows nothing.
struct Typed<'r, 'a> {
    watched: &'r Watched,
    gathered: &'r mut Gathered<'a>,
    is_known: bool,
}

impl Typed<'_, '_> {
    fn take(&mut self, value: Stamp<'_>) {
        self.is_known &= self.gathered.take(self.watched, value).is_some();
    }
}

impl Visit for Typed<'_, '_> {
    fn record_i64(&mut self, _: &field::Field, value: i64) {
        self.take(Stamp::Int(value));
    }

    fn record_u64(&mut self, _: &field::Field, _: u64) {
        self.is_known = false;
    }

    fn record_f64(&mut self, _: &field::Field, value: f64) {
        self.take(Stamp::Double(value));
    }

    fn record_bool(&mut self, _: &field::Field, value: bool) {
        self.take(Stamp::Flag(value));
    }

    fn record_str(&mut self, _: &field::Field, value: &str) {
        self.take(Stamp::Text(value));
    }

    fn record_debug(&mut self, _: &field::Field, _: &dyn fmt::Debug) {
        self.is_known = false;
    }
}
