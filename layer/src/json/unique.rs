//! Names that are given once: no key stands twice in a line.

use std::collections::HashSet;

/// The names that are taken.
#[derive(Clone, Debug, Default)]
pub(super) struct Names(HashSet<String>);

impl Names {
    /// Takes the name if it is free.
    pub(super) fn take(&mut self, name: &str) -> bool {
        self.0.insert(name.to_owned())
    }

    /// Takes `field.<name>`, or `field.<name>.2`, `.3` and so on, whichever is free first.
    pub(super) fn take_other(&mut self, name: &str) -> String {
        let mut other = format!("field.{name}");
        let mut number = 2_u32;
        while !self.take(&other) {
            other = format!("field.{name}.{number}");
            number += 1;
        }
        other
    }

    /// The name itself if it is free, otherwise another.
    pub(super) fn take_any(&mut self, name: &str) -> String {
        if self.take(name) { name.to_owned() } else { self.take_other(name) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_taken_name_is_given_under_another_key() {
        let mut names = Names::default();
        assert_eq!(names.take_any("a"), "a");
        assert_eq!(names.take_any("a"), "field.a");
        assert_eq!(names.take_any("a"), "field.a.2");
        assert_eq!(names.take_any("a"), "field.a.3");
        assert_eq!(names.take_any("field.a"), "field.field.a");
    }
}
