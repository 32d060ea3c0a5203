//! Models that are asked, one after the other.

/// Model names, one after the other.
#[derive(Default)]
pub(crate) struct Models {
    names: Vec<String>,
    next: usize,
}

impl Models {
    pub(crate) fn new(count: usize) -> Self {
        Self { names: (0..count).map(|n| format!("model-{n}")).collect(), next: 0 }
    }

    pub(crate) fn next(&mut self) -> &str {
        let next = self.next;
        self.next = (next + 1) % self.names.len();
        &self.names[next]
    }

    /// One that none was before.
    pub(crate) fn another(&mut self) -> String {
        self.next += 1;
        format!("another-{}", self.next)
    }

    pub(crate) fn names(&self) -> impl Iterator<Item = &String> {
        self.names.iter()
    }
}
