//! The texts of a span that its labels come from: by them the series of its measurements are found.

use std::hash::{BuildHasher, Hasher as _};

use crate::layer::intern::Symbol;

/// So many different texts the labels of one group of rules come from without an allocation.
pub(super) const POSITIONS: usize = 24;

/// So many symbols are hashed at a time.
const AT_ONCE: usize = 4;

/// So many symbols are compared at a time.
const COMPARED: usize = 8;

/// The texts that the labels of a group of rules come from. Behind the last one nothing stands in any place.
#[derive(Clone, Debug)]
#[repr(C)]
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

    /// Of these texts.
    #[inline]
    pub(super) fn read(&mut self, symbols: impl ExactSizeIterator<Item = Symbol>) {
        self.len = symbols.len().min(POSITIONS);
        let mut places = self.symbols.iter_mut();
        for symbol in symbols {
            match places.next() {
                Some(place) => *place = symbol,
                None => self.more.push(symbol),
            }
        }
    }

    pub(super) fn at(&self, position: usize) -> Symbol {
        let further = || self.more.get(position - POSITIONS);
        self.symbols.get(position).or_else(further).copied().unwrap_or_default()
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

impl PartialEq for Key {
    #[inline]
    fn eq(&self, other: &Self) -> bool {
        // All of some symbols at once, whichever differ: compilers make a few wide instructions of that.
        let differ = |(some, others): (&[Symbol], &[Symbol])| {
            some.iter().zip(others).fold(0, |differ, (one, other)| differ | (one.bits() ^ other.bits())) != 0
        };
        let used = self.len.next_multiple_of(COMPARED).min(POSITIONS);
        let mut some = self.symbols[..used].chunks_exact(COMPARED).zip(other.symbols[..used].chunks_exact(COMPARED));
        self.len == other.len && !some.any(differ) && (self.len < POSITIONS || self.more == other.more)
    }
}
