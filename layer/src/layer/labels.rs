//! The values of all labels of all metrics, for one call: by them its series is found.

use std::{
    collections::HashMap,
    hash::{Hash, Hasher},
};

use super::{intern::Symbol, state::State};

/// So many different labels the active metrics may have together.
pub(super) const MAX_LABELS: usize = 12;
/// So many attributes the value of a label may come from.
const MAX_SOURCES: usize = 4;

/// Values of labels, by their position in [`Sources`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Key([Symbol; MAX_LABELS]);

impl Key {
    /// The key of the series that all calls share for which there is no room.
    pub(super) const OVERFLOW: Self = Self([Symbol::OVERFLOW; MAX_LABELS]);

    pub(super) fn label(&self, position: usize) -> Symbol {
        self.0[position]
    }
}

/// Two symbols at a time: half the work of hashing them one by one.
impl Hash for Key {
    fn hash<H: Hasher>(&self, hasher: &mut H) {
        for pair in self.0.chunks_exact(2) {
            hasher.write_u64(pair.iter().fold(0, |pair, symbol| pair << 32 | u64::from(symbol.bits())));
        }
    }
}

/// Where the values of labels come from: places of texts, the first that has one holds.
#[derive(Debug, Default)]
pub(super) struct Sources {
    places: Vec<[u8; MAX_SOURCES]>,
    positions: HashMap<[u8; MAX_SOURCES], usize>,
}

/// Behind the last place.
const NONE: u8 = u8::MAX;

impl Sources {
    /// The position of a label whose value comes from these places; labels that agree share it. `None` where there is no room.
    pub(super) fn position(&mut self, from: impl Iterator<Item = u8>) -> Option<usize> {
        let mut places = [NONE; MAX_SOURCES];
        places.iter_mut().zip(from).for_each(|(place, from)| *place = from);
        if let Some(known) = self.positions.get(&places) {
            return Some(*known);
        }
        let position = self.places.len();
        (position < MAX_LABELS).then(|| {
            self.places.push(places);
            self.positions.insert(places, position);
            position
        })
    }

    /// The values of a call.
    pub(super) fn key(&self, state: &State) -> Key {
        let mut key = [Symbol::ABSENT; MAX_LABELS];
        for (symbol, places) in key.iter_mut().zip(&self.places) {
            for place in places.iter().take_while(|place| **place != NONE) {
                let found = state.symbols[usize::from(*place)];
                if !found.is_absent() {
                    *symbol = found.as_label();
                    break;
                }
            }
        }
        Key(key)
    }
}
