//! The texts of a span that its labels come from: by them the series of its measurements are found.

use std::hash::{BuildHasher, Hasher as _};

use crate::layer::intern::Symbol;

/// So many different texts the labels of one group of rules come from without an allocation.
pub(super) const POSITIONS: usize = 24;

/// So many of them stand where a key is looked for.
pub(super) const NEAR: usize = 10;

/// So many symbols are hashed at a time.
const AT_ONCE: usize = 4;

/// The texts that the labels of a group of rules come from. Behind the last one nothing stands in any place.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Key {
    len: usize,
    symbols: [Symbol; POSITIONS],
    /// Those beyond: of a metric with many labels that may each come from several places.
    more: Vec<Symbol>,
}

impl Key {
    #[inline]
    pub(super) fn new() -> Self {
        Self { len: 0, symbols: [Symbol::ABSENT; POSITIONS], more: Vec::new() }
    }

    #[cfg(test)]
    pub(super) fn of(symbols: impl ExactSizeIterator<Item = Symbol>) -> Self {
        let mut key = Self::new();
        key.first(symbols.len());
        symbols.enumerate().for_each(|(position, symbol)| key.put(position, symbol));
        key
    }

    /// The places of the first texts, of so many.
    #[inline]
    pub(super) fn first(&mut self, len: usize) -> &mut [Symbol] {
        self.len = len;
        if len > POSITIONS {
            self.more.resize(len - POSITIONS, Symbol::ABSENT);
        }
        &mut self.symbols[..len.min(POSITIONS)]
    }

    pub(super) fn put(&mut self, position: usize, symbol: Symbol) {
        let place = match position.checked_sub(POSITIONS) {
            Some(beyond) => self.more.get_mut(beyond),
            None => self.symbols.get_mut(position),
        };
        if let Some(place) = place {
            *place = symbol;
        }
    }

    pub(super) fn at(&self, position: usize) -> Symbol {
        let further = || self.more.get(position - POSITIONS);
        self.symbols.get(position).or_else(further).copied().unwrap_or_default()
    }

    /// The first texts.
    #[inline]
    pub(super) fn near(&self) -> &[Symbol; NEAR] {
        const { assert!(NEAR <= POSITIONS) };
        self.symbols.first_chunk().unwrap_or(&[Symbol::ABSENT; NEAR])
    }

    /// Whether these are all.
    #[inline]
    pub(super) fn is_near(&self) -> bool {
        self.len <= NEAR
    }

    /// Its hash: several symbols at a time.
    #[inline]
    pub(super) fn hash(&self, hasher: &impl BuildHasher) -> u64 {
        let mut hasher = hasher.build_hasher();
        let used = self.len.next_multiple_of(AT_ONCE).min(POSITIONS);
        for some in self.symbols[..used].chunks_exact(AT_ONCE) {
            let pair = |at: usize| u64::from(some[at].bits()) | u64::from(some[at + 1].bits()) << 32;
            hasher.write_u128(u128::from(pair(0)) | u128::from(pair(2)) << 64);
        }
        self.more.iter().for_each(|symbol| hasher.write_u32(symbol.bits()));
        hasher.finish()
    }
}
