//! The texts of a span that its labels come from: by them the series of its measurements are found.

use std::hash::{Hash, Hasher};

use crate::layer::intern::Symbol;

/// So many different texts the labels of one group of rules come from without an allocation.
pub(super) const POSITIONS: usize = 24;

/// The texts that the labels of a group of rules come from.
#[derive(Clone, Debug)]
pub(super) struct Key {
    /// The group's number.
    group: u32,
    len: u8,
    symbols: [Symbol; POSITIONS],
    /// Those beyond: of a metric with many labels that may each come from several places.
    more: Vec<Symbol>,
}

impl Key {
    pub(super) fn new(group: u32) -> Self {
        Self { group, len: 0, symbols: [Symbol::ABSENT; POSITIONS], more: Vec::new() }
    }

    #[inline]
    pub(super) fn push(&mut self, symbol: Symbol) {
        match self.symbols.get_mut(usize::from(self.len)) {
            Some(place) => {
                *place = symbol;
                self.len += 1;
            }
            None => self.more.push(symbol),
        }
    }

    pub(super) fn at(&self, position: usize) -> Symbol {
        let further = || self.more.get(position - POSITIONS);
        self.symbols.get(position).or_else(further).copied().unwrap_or_default()
    }
}

/// All places at once: behind the last text nothing stands in any.
impl PartialEq for Key {
    #[inline]
    fn eq(&self, other: &Self) -> bool {
        self.group == other.group && self.symbols == other.symbols && self.more == other.more
    }
}

impl Eq for Key {}

/// Two symbols at a time: half the work of hashing them one by one.
impl Hash for Key {
    #[inline]
    fn hash<H: Hasher>(&self, hasher: &mut H) {
        hasher.write_u32(self.group);
        let used = usize::from(self.len).next_multiple_of(2).min(POSITIONS);
        for pair in self.symbols[..used].chunks_exact(2) {
            hasher.write_u64(u64::from(pair[0].bits()) << 32 | u64::from(pair[1].bits()));
        }
        self.more.iter().for_each(|symbol| hasher.write_u32(symbol.bits()));
    }
}
