//! Turns the strings of spans into small numbers, which compare and hash at no cost and bound the memory that labels take.

pub(crate) mod levels;
mod text;

use std::{
    hash::BuildHasher as _,
    sync::{
        Arc, PoisonError, RwLock,
        atomic::{AtomicUsize, Ordering},
    },
};

use papaya::{HashMap, ResizeMode};

use self::{
    levels::{Levels, pieces},
    text::Text,
};
use crate::metrics::cut;

/// A string that was interned, or the hash of one that had no room.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct Symbol(u32);

/// Set in the symbol of a text that had no room; the other bits are its hash.
const UNKEPT: u32 = 1 << 31;

impl Symbol {
    /// No value.
    pub(crate) const ABSENT: Self = Self(0);
    /// A label's value beyond the bound: one of many that are not told apart.
    pub(crate) const OVERFLOW: Self = Self(UNKEPT);

    /// The empty text.
    pub(crate) const EMPTY: Self = Self(1);

    /// Whether a label may say it: to Prometheus an empty one is none.
    pub(crate) fn is_text(self) -> bool {
        self.0 > Self::EMPTY.0
    }

    /// The hash of a text that had no room.
    pub(crate) fn unkept(self) -> Option<u32> {
        (self.0 & UNKEPT != 0).then_some(self.0 & !UNKEPT)
    }

    pub(crate) fn bits(self) -> u32 {
        self.0
    }

    pub(crate) fn from_bits(bits: u32) -> Self {
        Self(bits)
    }

    /// As a label: texts that had no room are not told apart.
    pub(crate) fn as_label(self) -> Self {
        if self.0 & UNKEPT == 0 { self } else { Self::OVERFLOW }
    }
}

/// A map in which a look-up costs the same however many entries there are.
pub(super) type Flat<K, V> = HashMap<K, V, foldhash::fast::RandomState>;

/// One that moves all entries at once when it grows. Otherwise each that is added moves some, and when no more come, most look-ups search an
/// old table in vain, for the life of the process.
pub(super) fn flat<K, V>() -> Flat<K, V> {
    HashMap::builder().hasher(foldhash::fast::RandomState::default()).resize_mode(ResizeMode::Blocking).build()
}

/// The interned strings, at most `bound` different ones a slot.
#[derive(Debug)]
pub(crate) struct Interner {
    known: Levels<Known, { SIZES.len() }, { pieces(&SIZES) }>,
    texts: RwLock<Vec<Arc<str>>>,
    room: Box<[AtomicUsize]>,
    hasher: foldhash::fast::RandomState,
}

#[derive(Clone, Debug)]
struct Known {
    text: Text,
    symbol: Symbol,
}

const SIZES: [usize; 6] = [64, 512, 4_096, 32_768, 262_144, 2_097_152];

impl Interner {
    pub(crate) fn new(slots: usize, bound: usize) -> Self {
        let (known, empty) = (Levels::new(SIZES), Arc::<str>::from(""));
        let hasher = foldhash::fast::RandomState::default();
        known.meet(hasher.hash_one(&*empty), |_| false, || Some(Known { text: Text::new(&empty), symbol: Symbol::EMPTY }));
        Self { known, texts: RwLock::new(vec![empty]), room: (0..slots).map(|_| AtomicUsize::new(bound)).collect(), hasher }
    }

    /// The symbol of `text`; a new one takes some of the slot's room.
    pub(crate) fn intern(&self, slot: usize, text: &str) -> Symbol {
        let text = cut(text);
        let hash = self.hasher.hash_one(text);
        match self.known.find(hash, |known| known.text.is(text)) {
            Some(known) => known.symbol,
            None => self.meet(slot, text, hash),
        }
    }

    /// The symbol that `intern` gives now, if that takes no room.
    pub(crate) fn known(&self, slot: usize, text: &str) -> Option<Symbol> {
        let text = cut(text);
        let hash = self.hasher.hash_one(text);
        let is_it = |known: &Known| known.text.is(text);
        if let Some(known) = self.known.find(hash, is_it).or_else(|| self.known.find_anywhere(hash, is_it)) {
            return Some(known.symbol);
        }
        let is_full = self.room.get(slot).is_none_or(|room| room.load(Ordering::Relaxed) == 0);
        is_full.then(|| unkept(hash))
    }

    #[cold]
    fn meet(&self, slot: usize, text: &str, hash: u64) -> Symbol {
        let is_it = |known: &Known| known.text.is(text);
        // A flood of new texts must not make threads wait for each other.
        let is_full = self.room.get(slot).is_none_or(|room| room.load(Ordering::Relaxed) == 0);
        if is_full && self.known.find_anywhere(hash, is_it).is_none() {
            return unkept(hash);
        }
        self.known.meet(hash, is_it, || self.add(slot, text)).map_or_else(|| unkept(hash), |known| known.symbol)
    }

    fn add(&self, slot: usize, text: &str) -> Option<Known> {
        let one_less = |room: usize| room.checked_sub(1);
        self.room.get(slot)?.fetch_update(Ordering::Relaxed, Ordering::Relaxed, one_less).ok()?;
        let text: Arc<str> = text.into();
        let mut texts = self.texts.write().unwrap_or_else(PoisonError::into_inner);
        texts.push(Arc::clone(&text));
        let symbol = Symbol(u32::try_from(texts.len()).unwrap_or(UNKEPT)); // 0 is no text
        Some(Known { text: Text::new(&text), symbol })
    }

    /// Whether two symbols stand for the same text, kept or not.
    pub(crate) fn same(&self, a: Symbol, b: Symbol) -> bool {
        let hash = |symbol: Symbol| self.text(symbol).map_or(symbol, |text| unkept(self.hasher.hash_one(&*text)));
        a == b || ((a.0 | b.0) & UNKEPT != 0 && hash(a) == hash(b))
    }

    /// The text of a symbol; `None` for one that stands for none.
    pub(crate) fn text(&self, symbol: Symbol) -> Option<Arc<str>> {
        let index = usize::try_from(symbol.0).ok()?.checked_sub(1)?;
        self.texts.read().unwrap_or_else(PoisonError::into_inner).get(index).cloned()
    }
}

/// The symbol of a text of that hash which had no room.
#[expect(clippy::cast_possible_truncation, reason = "half of a hash is a hash")]
fn unkept(hash: u64) -> Symbol {
    Symbol(hash as u32 | UNKEPT)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_text_has_the_same_symbol_and_comes_back() {
        let interner = Interner::new(1, 10);
        let symbol = interner.intern(0, "openai");
        assert_eq!(interner.intern(0, "openai"), symbol);
        assert_eq!(interner.text(symbol).as_deref(), Some("openai"));
        assert!(interner.text(Symbol::ABSENT).is_none());
    }

    #[test]
    fn a_look_takes_no_room() {
        let interner = Interner::new(1, 1);
        assert_eq!(interner.known(0, "openai"), None);
        let openai = interner.intern(0, "openai");
        assert_eq!(interner.known(0, "openai"), Some(openai));
        assert_eq!(interner.known(0, "gpt-4o"), Some(interner.intern(0, "gpt-4o")), "there is no room left");
    }

    #[test]
    fn a_slot_without_room_does_not_take_the_room_of_another() {
        let interner = Interner::new(2, 3);
        for i in 0..1000 {
            interner.intern(0, &format!("model-{i}"));
        }
        assert_eq!(interner.intern(0, "one more").as_label(), Symbol::OVERFLOW);
        assert_ne!(interner.intern(1, "openai").as_label(), Symbol::OVERFLOW);
        assert_eq!(interner.texts.read().unwrap().len(), 5, "and the empty text");
    }

    #[test]
    fn threads_that_meet_the_same_texts_agree_on_their_symbols_however_many_there_are() {
        let interner = Interner::new(1, 5_000);
        let all: Vec<String> = (0..5_000).map(|n| format!("model-{n}")).collect();
        let symbols = || all.iter().map(|text| interner.intern(0, text)).collect::<Vec<_>>();
        let found: Vec<_> = std::thread::scope(|scope| {
            let threads = [(); 4].map(|()| scope.spawn(symbols));
            threads.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        assert!(found.iter().all(|one| *one == found[0]) && symbols() == found[0]);
        let texts = found[0].iter().map(|symbol| interner.text(*symbol).unwrap());
        assert!(texts.zip(&all).all(|(text, of)| *text == **of));
        assert_eq!(interner.texts.read().unwrap().len(), 5_001, "and the empty text");
    }

    #[test]
    fn a_text_without_room_is_still_the_same_as_itself_and_no_other() {
        let interner = Interner::new(2, 1);
        interner.intern(0, "first");
        let (unkept, kept) = (interner.intern(0, "gpt-4o"), interner.intern(1, "gpt-4o"));
        assert!(interner.same(unkept, kept));
        assert!(!interner.same(unkept, interner.intern(0, "gpt-4")));
    }
}
