//! What a check found.

use std::{borrow::Cow, fmt};

use crate::{Value, shown};

/// How grave a finding is, in OpenTelemetry Weaver's order: `Information < Improvement < Violation`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Level {
    /// Worth knowing.
    Information,
    /// Works, could be better.
    Improvement,
    /// The contract is broken.
    Violation,
}

impl Level {
    /// `information`, `improvement`, `violation`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Information => "information",
            Self::Improvement => "improvement",
            Self::Violation => "violation",
        }
    }
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

macro_rules! kinds {
    ($($(#[$doc:meta])* $kind:ident = $id:literal, $level:ident;)*) => {
        /// What a finding is about. Its id is the same in compile errors, reports, metrics and logs.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum FindingKind {
            $($(#[$doc])* $kind,)*
        }

        impl FindingKind {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$kind),*];

            /// The stable id.
            pub const fn id(self) -> &'static str {
                match self { $(Self::$kind => $id,)* }
            }

            /// How grave it is.
            pub const fn level(self) -> Level {
                match self { $(Self::$kind => Level::$level,)* }
            }
        }
    };
}

kinds! {
    /// A required attribute was never recorded.
    MissingAttribute = "missing-attribute", Violation;
    /// An attribute was recorded with a type that is not the contract's.
    WrongType = "wrong-type", Violation;
    /// A string attribute is empty.
    EmptyValue = "empty-value", Violation;
    /// A number is below what it can be.
    OutOfRange = "out-of-range", Violation;
    /// A value is not one of a closed set.
    ValueNotAllowed = "value-not-allowed", Violation;
    /// The provider sent counts that are none: the usage is told in part, or not at all.
    InvalidUsage = "invalid-usage", Violation;
    /// Attributes contradict each other.
    BrokenRelation = "broken-relation", Violation;
    /// An attribute was recorded again with another value; exporters send both.
    DuplicateRecord = "duplicate-record", Violation;
    /// A span was never closed.
    NeverClosed = "never-closed", Violation;
    /// No span was seen where some were expected: nothing was checked.
    NoSpanSeen = "no-span-seen", Violation;
    /// Usage was recorded where no call was under way: it is lost.
    RecordedOutsideCall = "recorded-outside-call", Violation;
    /// An attribute of a checked namespace is none of the contract's, and looks like one of it.
    UnknownAttribute = "unknown-attribute", Improvement;
    /// An attribute has a successor.
    DeprecatedAttribute = "deprecated-attribute", Improvement;
    /// A value of an open set looks like a misspelt well-known one.
    UnknownValue = "unknown-value", Improvement;
}

impl fmt::Display for FindingKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.id())
    }
}

/// Something that a check found.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Finding {
    /// What it is about.
    pub kind: FindingKind,
    /// How grave it is.
    pub level: Level,
    /// The contract that says so.
    pub contract: Cow<'static, str>,
    /// The attribute it is about.
    pub attribute: Option<Cow<'static, str>>,
    /// What is wrong, observed against expected, in one line.
    pub message: String,
    /// The recorded values that show it, in order: key and value as a report prints it.
    pub observed: Vec<(Cow<'static, str>, String)>,
    /// What to do.
    pub help: String,
}

impl Finding {
    /// A finding of `kind`, at that kind's level.
    pub fn new(kind: FindingKind, contract: impl Into<Cow<'static, str>>, message: impl Into<String>) -> Self {
        Self {
            kind,
            level: kind.level(),
            contract: contract.into(),
            attribute: None,
            message: message.into(),
            observed: Vec::new(),
            help: String::new(),
        }
    }

    /// About that attribute.
    #[must_use]
    pub fn about(mut self, attribute: impl Into<Cow<'static, str>>) -> Self {
        self.attribute = Some(attribute.into());
        self
    }

    /// Shown by that value; see [`shown`].
    #[must_use]
    pub fn shown_by(mut self, key: impl Into<Cow<'static, str>>, value: &Value<'_>) -> Self {
        let key = key.into();
        let value = shown(&key, value);
        self.observed.push((key, value));
        self
    }

    /// Mended so.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = help.into();
        self
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}[{}]: {}", self.level, self.kind, self.message)
    }
}
