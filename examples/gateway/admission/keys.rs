//! The keys that are let in, read from a file.

use std::{fmt, path::Path, sync::Arc};

use subtle::{Choice, ConditionallySelectable as _, ConstantTimeEq as _};

/// The longest key, in bytes. All are compared at this length: the time does not tell how long one is.
const LONGEST: usize = 256;
/// The longest name, in characters.
const LONGEST_NAME: usize = 64;

/// The keys that are let in; none: everybody is.
#[derive(Clone, Default)]
pub(crate) struct Keys(Vec<Key>);

#[derive(Clone)]
struct Key {
    name: Arc<str>,
    line: usize,
    padded: Padded,
}

/// A key, filled up with zeros, and its length.
#[derive(Clone, Copy)]
struct Padded {
    bytes: [u8; LONGEST],
    length: u64,
}

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.0.iter().map(|key| &key.name)).finish()
    }
}

impl Keys {
    /// Reads a file with a key a line: `name: key`, or `key` alone, which is called by its line. Blank lines and `#` comments are left out.
    pub(crate) fn read(path: &Path) -> Result<Self, String> {
        let at = path.display();
        let text = std::fs::read_to_string(path).map_err(|error| {
            format!("cannot read the keys of {at}: {error}; expected a text file with a key a line, `name: key` or `key`")
        })?;
        Self::parse(&text).map_err(|error| format!("{at}: {error}"))
    }

    fn parse(text: &str) -> Result<Self, String> {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let mut keys = Self::default();
        for (line, text) in (1..).zip(text.lines()) {
            let text = text.trim();
            if !text.is_empty() && !text.starts_with('#') {
                let key = Key::parse(text, line).map_err(|why| format!("line {line}: {why}"))?;
                keys.add(key)?;
            }
        }
        if keys.0.is_empty() {
            return Err(
                "there is no key; write one a line, `name: key` or `key`, or leave out the file to let everybody in".into()
            );
        }
        Ok(keys)
    }

    fn add(&mut self, new: Key) -> Result<(), String> {
        let Key { line, name, padded } = &new;
        if let Some(other) = self.0.iter().find(|other| bool::from(other.padded.is(padded))) {
            return Err(format!("line {line}: the key of line {} again; give each client one of its own", other.line));
        }
        if let Some(other) = self.0.iter().find(|other| other.name == *name) {
            return Err(format!("line {line}: the name of line {} again; give each key one of its own", other.line));
        }
        self.0.push(new);
        Ok(())
    }

    /// Whether there is none.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The name of this key. The time it takes tells nothing of the keys.
    pub(super) fn name_of(&self, shown: &[u8]) -> Option<Arc<str>> {
        let shown = Padded::new(shown)?;
        let mut found = u64::MAX;
        for (index, key) in (0_u64..).zip(&self.0) {
            found.conditional_assign(&index, key.padded.is(&shown));
        }
        self.0.get(usize::try_from(found).ok()?).map(|key| Arc::clone(&key.name))
    }
}

impl Key {
    /// What is wrong is told without the text: a part of it is secret, and not always the one that seems to be.
    fn parse(text: &str, line: usize) -> Result<Self, String> {
        let (name, key): (Arc<str>, &str) = match text.split_once(':') {
            Some((name, key)) => (Arc::from(name.trim()), key.trim()),
            None => (Arc::from(format!("line-{line}")), text),
        };
        let of_names = |char: char| char.is_ascii_alphanumeric() || "-_. @/".contains(char);
        if name.is_empty() || name.len() > LONGEST_NAME || !name.chars().all(of_names) {
            return Err(format!(
                "expected a name before the `:`, up to {LONGEST_NAME} of letters, digits, spaces and `-_.@/`; a key has no `:`"
            ));
        }
        // What may stand after `Bearer`.
        let of_keys = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~+/=".contains(&byte);
        if key.is_empty() || !key.bytes().all(of_keys) {
            return Err("expected a key of letters, digits and `-._~+/=`, without spaces; a comment has a line of its own".into());
        }
        let padded = Padded::new(key.as_bytes()).ok_or_else(|| format!("the key has more than {LONGEST} characters"))?;
        Ok(Self { name, line, padded })
    }
}

impl Padded {
    fn new(key: &[u8]) -> Option<Self> {
        let mut bytes = [0; LONGEST];
        bytes.get_mut(..key.len())?.copy_from_slice(key);
        Some(Self { bytes, length: key.len() as u64 })
    }

    fn is(&self, other: &Self) -> Choice {
        self.bytes.ct_eq(&other.bytes) & self.length.ct_eq(&other.length)
    }
}

#[cfg(test)]
impl Keys {
    pub(super) fn of(text: &str) -> Self {
        #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]
        Self::parse(text).unwrap()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;

    fn name(keys: &Keys, key: &str) -> Option<String> {
        keys.name_of(key.as_bytes()).map(|name| name.to_string())
    }

    #[test]
    fn keys_have_names_or_are_called_by_their_line() {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), "\u{feff}# clients\n\nfront end: sk-a=\r\n  sk-b \nbatch:sk-abc\n").unwrap();
        let keys = Keys::read(file.path()).unwrap();
        assert_eq!(name(&keys, "sk-a=").as_deref(), Some("front end"));
        assert_eq!(name(&keys, "sk-b").as_deref(), Some("line-4"));
        assert_eq!(name(&keys, "sk-abc").as_deref(), Some("batch"));
        assert_eq!(format!("{keys:?}"), r#"["front end", "line-4", "batch"]"#);
    }

    #[test]
    fn only_the_whole_key_is_it() {
        let keys = Keys::of("a: sk-a\nb: sk-abc");
        for wrong in ["", "sk", "sk-", "sk-ab", "sk-abcd", "SK-A", "sk-a\0", "a", "a: sk-a", &"x".repeat(LONGEST + 1)] {
            assert_eq!(name(&keys, wrong), None, "{wrong:?}");
        }
        assert_eq!(name(&Keys::default(), "sk-a"), None);
    }

    #[test]
    fn a_wrong_line_is_told_by_its_number_without_the_key() {
        let long = format!("a: {}", "s3cret".repeat(50));
        let cases = [
            ("good: g\n\nbad key s3cret", "line 3: expected a key of letters"),
            ("a: s3cret # mine", "line 1: expected a key of letters"),
            ("a:", "line 1: expected a key of letters"),
            (": s3cret", "line 1: expected a name before the `:`"),
            ("s3cret?: a", "line 1: expected a name before the `:`"),
            ("a: s3cret\nb: s3cret", "line 2: the key of line 1 again"),
            ("s3cret: x\ns3cret: y", "line 2: the name of line 1 again"),
            (&long, "line 1: the key has more than 256 characters"),
        ];
        for (text, expected) in cases {
            let error = Keys::parse(text).unwrap_err();
            assert!(error.starts_with(expected), "{error}");
            assert!(!error.contains("s3cret"), "{error}");
        }
    }

    #[test]
    fn a_file_without_keys_lets_nobody_think_that_it_is_locked() {
        for text in ["", "\n \n", "# sk-a\n"] {
            assert!(Keys::parse(text).unwrap_err().starts_with("there is no key"), "{text:?}");
        }
        let folder = tempfile::tempdir().unwrap();
        let missing = folder.path().join("keys.txt");
        let error = Keys::read(&missing).unwrap_err();
        assert!(error.contains("keys.txt") && error.contains("expected a text file"), "{error}");
    }
}
