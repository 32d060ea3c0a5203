//! An attribute of a contract: its key, its type, and when it is demanded.

use std::borrow::Cow;

use crate::{AttributeType, Operation, OperationSet, Outcome};

/// When an attribute can be set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SetAt {
    /// When the span is created: samplers see it.
    Creation,
    /// When the call has ended.
    End,
}

/// How strongly an attribute is demanded; OpenTelemetry's requirement levels, with the conditions a program can check made explicit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Requirement {
    /// Always.
    Required,
    /// Of a call that succeeded; a failed or cancelled one may lack it.
    OnSuccess,
    /// Of a call that failed.
    OnFailure,
    /// Under a condition that the span does not tell.
    Conditional(&'static str),
    /// Not missed when it is absent.
    Recommended,
    /// Only when the user asks for it; it may carry content.
    OptIn,
}

impl Requirement {
    /// Whether it is an attribute's lack that a check finds.
    fn holds(self, outcome: Outcome, strict: bool) -> bool {
        match self {
            Self::Required => true,
            Self::OnSuccess => strict || outcome == Outcome::Ok,
            Self::OnFailure => outcome.is_failure(),
            Self::Conditional(_) | Self::Recommended | Self::OptIn => false,
        }
    }
}

/// What is demanded of the spans of some operations.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Demand {
    /// The operations meant.
    pub operations: OperationSet,
    /// How strongly.
    pub requirement: Requirement,
}

impl Demand {
    /// A demand of these operations.
    pub const fn new(operations: OperationSet, requirement: Requirement) -> Self {
        Self { operations, requirement }
    }
}

/// Which values an attribute may have, beyond its type.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Values {
    /// Any; a string is not empty.
    Any,
    /// A number of at least 0.
    NonNegative,
    /// Well-known values; others are allowed.
    Known(Cow<'static, [Cow<'static, str>]>),
    /// These and no others.
    OneOf(Cow<'static, [Cow<'static, str>]>),
}

/// An attribute, as a contract states it.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Attribute {
    /// The exact key.
    pub key: Cow<'static, str>,
    /// The type of its value.
    pub ty: AttributeType,
    /// When it can be set.
    pub set: SetAt,
    /// Of which spans it is demanded, how strongly; the first demand that fits an operation holds.
    pub demands: Cow<'static, [Demand]>,
    /// Which values it may have.
    pub values: Values,
    /// What it says, in a sentence.
    pub note: Cow<'static, str>,
    /// A value it may have.
    pub example: Cow<'static, str>,
}

impl Attribute {
    /// An attribute that no span must have.
    pub const fn new(key: &'static str, ty: AttributeType) -> Self {
        Self {
            key: Cow::Borrowed(key),
            ty,
            set: SetAt::End,
            demands: Cow::Borrowed(&[]),
            values: Values::Any,
            note: Cow::Borrowed(""),
            example: Cow::Borrowed(""),
        }
    }

    /// Set at the span's creation, not at the call's end.
    #[must_use]
    pub const fn at_creation(mut self) -> Self {
        self.set = SetAt::Creation;
        self
    }

    /// Demanded so.
    #[must_use]
    pub fn demand(mut self, demands: &'static [Demand]) -> Self {
        self.demands = Cow::Borrowed(demands);
        self
    }

    /// Never below 0.
    #[must_use]
    pub fn non_negative(mut self) -> Self {
        self.values = Values::NonNegative;
        self
    }

    /// Of these values only.
    #[must_use]
    pub fn one_of<V: Into<Cow<'static, str>>>(mut self, values: impl IntoIterator<Item = V>) -> Self {
        self.values = Values::OneOf(values.into_iter().map(Into::into).collect());
        self
    }

    /// With these well-known values among others.
    #[must_use]
    pub fn known<V: Into<Cow<'static, str>>>(mut self, values: impl IntoIterator<Item = V>) -> Self {
        self.values = Values::Known(values.into_iter().map(Into::into).collect());
        self
    }

    /// With a sentence on what it says and an example.
    #[must_use]
    pub fn doc(mut self, note: &'static str, example: &'static str) -> Self {
        self.note = Cow::Borrowed(note);
        self.example = Cow::Borrowed(example);
        self
    }

    /// How strongly it is demanded of a span of `operation`; `None` where it is not mentioned.
    pub fn requirement(&self, operation: Option<Operation>) -> Option<Requirement> {
        let fits = |demand: &&Demand| demand.operations.applies_to(operation);
        self.demands.iter().find(fits).map(|demand| demand.requirement)
    }

    /// Whether a span of `operation` that ended with `outcome` must have it. `strict` demands of every call what is otherwise
    /// demanded of a successful one.
    pub fn is_required(&self, operation: Option<Operation>, outcome: Outcome, strict: bool) -> bool {
        self.requirement(operation).is_some_and(|requirement| requirement.holds(outcome, strict))
    }

    /// Whether a span must have it that names an operation which is none of the conventions': what is demanded of every operation.
    pub fn is_required_of_others(&self, outcome: Outcome, strict: bool) -> bool {
        let of_all = self.demands.iter().find(|demand| demand.operations == OperationSet::ALL);
        of_all.is_some_and(|demand| demand.requirement.holds(outcome, strict))
    }
}
