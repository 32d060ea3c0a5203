//! The values of one span, as they wait.

/// So many values may stand in a row.
pub(crate) const MAX_ROW: usize = 16;

/// From this bit on the first word of a row says how many values follow.
pub(super) const COUNT: u32 = 32;

/// Its bits below: of which distributions, in whose order they stand.
pub(super) const PLACES: u64 = (1 << COUNT) - 1;

/// The values of one span, for the distributions of its series: the word that says of which, then the values.
#[derive(Default)]
pub(crate) struct Row {
    pub(super) words: [u64; 1 + MAX_ROW],
    pub(super) values: usize,
}

impl Row {
    /// Adds a value of a distribution, told by its bit, beyond those that it has values of. One that is not finite is no measurement: it would
    /// stay in the sum for ever.
    #[inline]
    pub(crate) fn put(&mut self, place: u64, value: f64) {
        if let Some(free) = self.words.get_mut(1 + self.values).filter(|_| value.is_finite()) {
            *free = value.to_bits();
            self.values += 1;
            self.words[0] |= place;
        }
    }

    #[inline]
    pub(crate) fn places(&self) -> u64 {
        self.words[0]
    }

    /// Each value, and the place of its distribution.
    pub(crate) fn each(&self) -> impl Iterator<Item = (usize, f64)> {
        let places = (0..COUNT as usize).filter(|place| self.words[0] >> place & 1 != 0);
        places.zip(self.words()[1..].iter().map(|word| f64::from_bits(*word)))
    }

    #[inline]
    pub(super) fn words(&self) -> &[u64] {
        self.words.get(..=self.values).unwrap_or(&self.words)
    }
}

/// Each row: its first word, its values.
pub(super) fn rows_of(mut words: &[u64]) -> impl Iterator<Item = (u64, &[u64])> {
    std::iter::from_fn(move || {
        let (first, behind) = words.split_first()?;
        let (values, next) = behind.split_at_checked((*first >> COUNT) as usize)?;
        words = next;
        Some((*first, values))
    })
}
