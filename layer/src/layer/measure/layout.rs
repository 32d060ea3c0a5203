//! Where the attributes of a callsite's spans are kept: in the slots that checks use, else in cells for metrics alone.

use std::{borrow::Cow, collections::HashMap};

use tracing::Metadata;

use super::Measured;
use crate::layer::{
    intern::{Interner, Symbol},
    quantity::Quantity,
    schema::{MAX_SYMBOLS, Mask, Schema},
    state::NO_COUNT,
};

/// How a text of a span is found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TextAt {
    Slot(u8),
    Cell(u8),
    Outcome,
}

/// How a number of a span is found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NumberAt {
    Slot { bit: Mask, place: u8, is_decimal: bool },
    Cell(u8),
}

/// How it is told whether an attribute was recorded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum RecordedAt {
    Slot(Mask),
    Cell(u8),
}

/// What is kept of a field in a cell.
#[derive(Clone, Copy, Debug)]
pub(crate) struct CellPlan {
    /// Whose room for different texts its texts take.
    room: usize,
    keeps_text: bool,
}

/// The rooms of attributes that have no place among the slots: each has so many different texts.
#[derive(Debug, Default)]
pub(super) struct Rooms(HashMap<Cow<'static, str>, usize>);

impl Rooms {
    /// Behind those of the slots; the last is for texts that are known beforehand.
    pub(super) fn new(keys: impl Iterator<Item = Cow<'static, str>>) -> Self {
        let mut rooms = HashMap::new();
        for key in keys {
            let next = MAX_SYMBOLS + rooms.len();
            rooms.entry(key).or_insert(next);
        }
        Self(rooms)
    }

    pub(super) fn len(&self) -> usize {
        MAX_SYMBOLS + self.0.len() + 1
    }

    /// The room of texts that are known beforehand.
    pub(super) fn known(&self) -> usize {
        self.len() - 1
    }

    fn of(&self, key: &str) -> usize {
        self.0.get(key).copied().unwrap_or(self.known())
    }
}

/// Finds places for what rules ask of the spans of a callsite.
pub(super) struct Layout<'a> {
    fields: HashMap<&'static str, usize>,
    schema: &'a Schema,
    rooms: &'a Rooms,
    cells: Vec<CellPlan>,
    by_field: HashMap<usize, u8>,
}

impl<'a> Layout<'a> {
    pub(super) fn new(metadata: &Metadata<'static>, schema: &'a Schema, rooms: &'a Rooms) -> Self {
        let fields = metadata.fields().iter().map(|field| (field.name(), field.index())).collect();
        Self { fields, schema, rooms, cells: Vec::new(), by_field: HashMap::new() }
    }

    pub(super) fn text(&mut self, key: &str) -> Option<TextAt> {
        let field = *self.fields.get(key)?;
        let slot = self.schema.slot(key).and_then(|slot| self.schema.slots[usize::from(slot)].symbol);
        if let Some(place) = slot {
            return Some(TextAt::Slot(place));
        }
        let cell = self.cell(field, key)?;
        self.cells[usize::from(cell)].keeps_text = true;
        Some(TextAt::Cell(cell))
    }

    pub(super) fn number(&mut self, key: &str) -> Option<NumberAt> {
        let field = *self.fields.get(key)?;
        let slot = self.schema.slot(key).map(|slot| &self.schema.slots[usize::from(slot)]);
        match slot.and_then(|slot| Some((slot, slot.int?))) {
            Some((slot, place)) => Some(NumberAt::Slot { bit: slot.bit, place, is_decimal: slot.is_decimal }),
            None => self.cell(field, key).map(NumberAt::Cell),
        }
    }

    pub(super) fn recorded(&mut self, key: &str) -> Option<RecordedAt> {
        let field = *self.fields.get(key)?;
        let slot = self.schema.slot(key).map(|slot| self.schema.slots[usize::from(slot)].bit).filter(|bit| *bit != 0);
        match slot {
            Some(bit) => Some(RecordedAt::Slot(bit)),
            None => self.cell(field, key).map(RecordedAt::Cell),
        }
    }

    /// The cell of a field; `None` where there are too many.
    fn cell(&mut self, field: usize, key: &str) -> Option<u8> {
        if let Some(cell) = self.by_field.get(&field) {
            return Some(*cell);
        }
        let cell = u8::try_from(self.cells.len()).ok()?;
        self.cells.push(CellPlan { room: self.rooms.of(key), keeps_text: false });
        self.by_field.insert(field, cell);
        Some(cell)
    }

    pub(super) fn finish(self) -> Cells {
        let mut by_field = vec![None; self.by_field.keys().max().map_or(0, |last| last + 1)];
        for (field, cell) in self.by_field {
            by_field[field] = Some(cell);
        }
        Cells { plans: self.cells.into(), by_field: by_field.into() }
    }
}

/// The cells of a callsite's spans.
#[derive(Debug, Default)]
pub(crate) struct Cells {
    plans: Box<[CellPlan]>,
    by_field: Box<[Option<u8>]>,
}

impl Cells {
    pub(crate) fn len(&self) -> usize {
        self.plans.len()
    }

    /// The cell of a field, by its position.
    #[inline]
    pub(crate) fn of_field(&self, field: usize) -> Option<(usize, CellPlan)> {
        let cell = usize::from((*self.by_field.get(field)?)?);
        Some((cell, self.plans[cell]))
    }
}

impl CellPlan {
    /// The symbol of a text, where it is asked for.
    pub(crate) fn symbol(self, interner: &Interner, text: &str) -> Symbol {
        if self.keeps_text { interner.intern(self.room, text) } else { Symbol::ABSENT }
    }

    pub(crate) fn symbol_of(self, interner: &Interner, value: impl std::fmt::Display) -> Symbol {
        if self.keeps_text { interner.intern(self.room, &value.to_string()) } else { Symbol::ABSENT }
    }
}

impl TextAt {
    #[inline]
    pub(super) fn read(self, of: &Measured<'_>) -> Symbol {
        match self {
            Self::Slot(place) => of.state.symbols[usize::from(place)],
            Self::Cell(cell) => of.state.beside.as_ref().map_or(Symbol::ABSENT, |beside| beside.cell(cell).symbol),
            Self::Outcome => of.outcome.map_or(Symbol::ABSENT, |outcome| of.outcomes[outcome as usize]),
        }
    }
}

impl NumberAt {
    #[inline]
    pub(super) fn read(self, of: &Measured<'_>) -> Option<Quantity> {
        match self {
            Self::Slot { bit, place, is_decimal } => {
                let kept =
                    Some(of.state.ints[usize::from(place)]).filter(|kept| of.state.present & bit != 0 && *kept != NO_COUNT)?;
                Some(if is_decimal { Quantity::Billionths(u64::try_from(kept).ok()?) } else { Quantity::Whole(kept) })
            }
            Self::Cell(cell) => of.state.beside.as_ref()?.cell(cell).number,
        }
    }
}

impl RecordedAt {
    #[inline]
    pub(super) fn read(self, of: &Measured<'_>) -> bool {
        match self {
            Self::Slot(bit) => of.state.present & bit != 0,
            Self::Cell(cell) => of.state.beside.as_ref().is_some_and(|beside| beside.cell(cell).is_recorded),
        }
    }
}
