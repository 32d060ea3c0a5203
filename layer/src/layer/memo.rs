//! What was found out about some texts, without looking them up.

use std::sync::OnceLock;

/// So many texts are remembered at most.
const PLACES: usize = 8;

/// What was found out about some texts: about the first one that led to each place. None is ever forgotten, so that what is read is
/// never written. Callsites that are alike share it.
///
/// Its places are made when there is something to remember: of most fields there never is.
#[derive(Debug)]
pub(super) struct Memo<T>(OnceLock<Box<[Place<T>; PLACES]>>);

type Place<T> = OnceLock<(Box<str>, T)>;

impl<T> Default for Memo<T> {
    fn default() -> Self {
        Self(OnceLock::new())
    }
}

impl<T: Copy> Memo<T> {
    /// What is known of a text, if it is one of those.
    #[inline]
    pub(super) fn get(&self, text: &str) -> Option<T> {
        let (seen, known) = self.0.get()?[place(text)].get()?;
        (**seen == *text).then_some(*known)
    }

    /// Remembers it, if there is room.
    pub(super) fn remember(&self, text: &str, known: T) {
        let places = self.0.get_or_init(|| Box::new([const { OnceLock::new() }; PLACES]));
        places[place(text)].get_or_init(|| (text.into(), known));
    }
}

/// Names differ in how long they are and in how they end.
#[inline]
fn place(text: &str) -> usize {
    let end = text.as_bytes().last_chunk::<4>().map_or(0, |end| u32::from_le_bytes(*end));
    // The upper bits of a product depend on all of both.
    (end.wrapping_mul(0x9E37_79B1) >> 29) as usize ^ (text.len() % PLACES)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_remembered_is_told_of_that_text_alone() {
        let memo = Memo::default();
        let texts: Vec<_> = (0..1_000).map(|n| format!("model-{n}")).chain([String::new(), "o1".to_owned()]).collect();
        texts.iter().enumerate().for_each(|(n, text)| memo.remember(text, n));
        let told: Vec<_> = texts.iter().map(|text| memo.get(text)).collect();
        assert!(told.iter().enumerate().all(|(n, told)| told.is_none_or(|told| told == n)));
        let kept = told.iter().flatten().count();
        assert!((PLACES / 2..=PLACES).contains(&kept), "{kept}");
    }
}
