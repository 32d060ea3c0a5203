//! A text that stands where it is looked for, if it is short.

use std::sync::Arc;

/// So many bytes stand in place.
const NEAR: usize = 38;

/// A text.
#[derive(Clone, Debug)]
pub(super) enum Text {
    Near(u8, [u8; NEAR]),
    Far(Arc<str>),
}

impl Text {
    pub(super) fn new(text: &Arc<str>) -> Self {
        let mut bytes = [0; NEAR];
        match (bytes.get_mut(..text.len()), u8::try_from(text.len())) {
            (Some(place), Ok(len)) => {
                place.copy_from_slice(text.as_bytes());
                Self::Near(len, bytes)
            }
            _ => Self::Far(Arc::clone(text)),
        }
    }

    #[inline]
    pub(super) fn is(&self, text: &str) -> bool {
        match self {
            Self::Near(len, bytes) => usize::from(*len) == text.len() && bytes.get(..text.len()) == Some(text.as_bytes()),
            Self::Far(far) => **far == *text,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_itself_and_no_other_however_long_it_is() {
        let texts: Vec<_> = (0..2 * NEAR).map(|len| "x".repeat(len)).chain(["y".to_owned()]).collect();
        for one in &texts {
            let text = Text::new(&one.as_str().into());
            assert!(texts.iter().all(|other| text.is(other) == (one == other)), "{one}");
        }
    }
}
