//! The texts of a span that its labels come from: by them the series of its measurements are found.

use std::hash::{Hash, Hasher};

use crate::layer::intern::Symbol;

/// So many different texts the labels of one group of rules may come from.
pub(super) const MAX_POSITIONS: usize = 24;

/// The texts that the labels of a group of rules come from.
#[derive(Clone, Copy, Debug)]
pub(super) struct Key {
    /// The group's number.
    group: u32,
    len: u8,
    symbols: [Symbol; MAX_POSITIONS],
}

impl Key {
    pub(super) fn new(group: u32) -> Self {
        Self { group, len: 0, symbols: [Symbol::ABSENT; MAX_POSITIONS] }
    }

    #[inline]
    pub(super) fn push(&mut self, symbol: Symbol) {
        if let Some(place) = self.symbols.get_mut(usize::from(self.len)) {
            *place = symbol;
            self.len += 1;
        }
    }

    pub(super) fn at(&self, position: usize) -> Symbol {
        self.symbols.get(position).copied().unwrap_or_default()
    }

    fn pairs(&self) -> impl Iterator<Item = u64> {
        let used = usize::from(self.len).next_multiple_of(2).min(MAX_POSITIONS);
        let pair = |pair: &[Symbol]| pair.iter().fold(0, |both, symbol| both << 32 | u64::from(symbol.bits()));
        self.symbols[..used].chunks_exact(2).map(pair)
    }
}

impl PartialEq for Key {
    fn eq(&self, other: &Self) -> bool {
        self.group == other.group && self.pairs().eq(other.pairs())
    }
}

impl Eq for Key {}

/// Two symbols at a time: half the work of hashing them one by one.
impl Hash for Key {
    fn hash<H: Hasher>(&self, hasher: &mut H) {
        hasher.write_u32(self.group);
        self.pairs().for_each(|pair| hasher.write_u64(pair));
    }
}
