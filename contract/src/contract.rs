//! A contract, and the set of contracts that are active together.

use std::borrow::Cow;

use crate::{Attribute, ContractBuilder, Finding, Generation, Metric, Observed, Relation, builtin, check};

/// Tells which spans a contract is about.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Selector {
    /// Spans of that name.
    Name(Cow<'static, str>),
    /// Spans on which that attribute was recorded.
    Attribute(Cow<'static, str>),
}

/// What a span must carry.
///
/// ```
/// use llm_span_contract::{AttributeType, Contract};
///
/// let ours = Contract::amtp()
///     .extend("ours")
///     .require("tenant.id", AttributeType::String)
///     .build()?;
/// assert_eq!(ours.name(), "ours");
/// # Ok::<(), llm_span_contract::ContractError>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Contract {
    pub(crate) name: Cow<'static, str>,
    pub(crate) selectors: Vec<Selector>,
    pub(crate) attributes: Vec<Attribute>,
    pub(crate) relations: Vec<Relation>,
    pub(crate) deprecated: Vec<(Cow<'static, str>, Option<Cow<'static, str>>)>,
    pub(crate) metrics: Vec<Metric>,
    pub(crate) strict: bool,
}

impl Contract {
    /// The AMTP contract: eight attributes on every LLM span, three token counters.
    pub fn amtp() -> Self {
        builtin::amtp::contract()
    }

    /// The OpenTelemetry GenAI conventions, of a generation.
    pub fn gen_ai(generation: Generation) -> Self {
        builtin::gen_ai::contract(generation)
    }

    /// The built-in contract of that name: `amtp`, `gen_ai` (generation 1), `gen_ai/g1`, `gen_ai/g2`, `gen_ai/g3`.
    pub fn named(name: &str) -> Option<Self> {
        match name {
            "amtp" => Some(Self::amtp()),
            "gen_ai" | "gen_ai/g1" => Some(Self::gen_ai(Generation::G1)),
            "gen_ai/g2" => Some(Self::gen_ai(Generation::G2)),
            "gen_ai/g3" => Some(Self::gen_ai(Generation::G3)),
            _ => None,
        }
    }

    /// A contract of one's own, from nothing.
    pub fn builder(name: impl Into<Cow<'static, str>>) -> ContractBuilder {
        ContractBuilder::new(Self {
            name: name.into(),
            selectors: Vec::new(),
            attributes: Vec::new(),
            relations: Vec::new(),
            deprecated: Vec::new(),
            metrics: Vec::new(),
            strict: false,
        })
    }

    /// A contract of one's own, from this one.
    pub fn extend(self, name: impl Into<Cow<'static, str>>) -> ContractBuilder {
        ContractBuilder::new(Self { name: name.into(), ..self })
    }

    /// Demands of every call what is otherwise demanded of successful ones only.
    #[must_use]
    pub fn strict(mut self) -> Self {
        self.strict = true;
        self
    }

    /// The name that findings carry.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Whether failed and cancelled calls must carry all that successful ones must.
    pub fn is_strict(&self) -> bool {
        self.strict
    }

    /// What it says of attributes, in order.
    pub fn attributes(&self) -> &[Attribute] {
        &self.attributes
    }

    /// What it says of that attribute.
    pub fn attribute(&self, key: &str) -> Option<&Attribute> {
        self.attributes.iter().find(|attribute| attribute.key == key)
    }

    /// The rules between attributes.
    pub fn relations(&self) -> &[Relation] {
        &self.relations
    }

    /// Keys that have had their day, with their successors.
    pub fn deprecated(&self) -> impl Iterator<Item = (&str, Option<&str>)> {
        self.deprecated.iter().map(|(old, new)| (old.as_ref(), new.as_deref()))
    }

    /// The metrics that are derived from its spans.
    pub fn metrics(&self) -> &[Metric] {
        &self.metrics
    }

    /// Which spans it is about: those that any of these selects.
    pub fn selectors(&self) -> &[Selector] {
        &self.selectors
    }

    /// Whether a span is subject to this contract. The phases of a call never are.
    pub fn applies_to(&self, span: &Observed<'_>) -> bool {
        !builtin::is_phase(span.name())
            && self.selectors.iter().any(|selector| match selector {
                Selector::Name(name) => span.name() == name,
                Selector::Attribute(key) => span.get(key).is_some(),
            })
    }
}

/// The contracts that are active together; by default [`Contract::amtp`] and [`Contract::gen_ai`] of generation 1.
#[derive(Clone, Debug, PartialEq)]
pub struct Contracts(Vec<Contract>);

impl Contracts {
    /// No contract.
    pub const fn none() -> Self {
        Self(Vec::new())
    }

    /// With one more. One of the same name is replaced.
    #[must_use]
    pub fn and(mut self, contract: Contract) -> Self {
        self.0.retain(|other| other.name != contract.name);
        self.0.push(contract);
        self
    }

    /// The contracts, in order.
    pub fn iter(&self) -> impl Iterator<Item = &Contract> {
        self.0.iter()
    }

    /// What is wrong with a span, gravest first.
    pub fn check(&self, span: &Observed<'_>) -> Vec<Finding> {
        check::check(self, span)
    }

    /// Whether the span is subject to any of them.
    pub fn apply_to(&self, span: &Observed<'_>) -> bool {
        self.0.iter().any(|contract| contract.applies_to(span))
    }

    /// The attribute that `key` most likely means, where it is in a checked namespace (`llm.`, `gen_ai.`) and none of the
    /// active or built-in contracts knows it.
    pub fn misspelt(&self, key: &str) -> Option<&str> {
        check::misspelt(self, key)
    }

    /// Whether any of them may demand `key` of a span.
    pub fn demand(&self, key: &str) -> bool {
        self.0.iter().filter_map(|contract| contract.attribute(key)).any(|attribute| {
            use crate::Requirement::{OnFailure, OnSuccess, Required};
            attribute.demands.iter().any(|demand| matches!(demand.requirement, Required | OnSuccess | OnFailure))
        })
    }
}

impl Default for Contracts {
    fn default() -> Self {
        Self(vec![Contract::amtp(), Contract::gen_ai(Generation::default())])
    }
}

impl From<Contract> for Contracts {
    fn from(contract: Contract) -> Self {
        Self(vec![contract])
    }
}

impl From<Vec<Contract>> for Contracts {
    fn from(contracts: Vec<Contract>) -> Self {
        contracts.into_iter().collect()
    }
}

impl<const N: usize> From<[Contract; N]> for Contracts {
    fn from(contracts: [Contract; N]) -> Self {
        contracts.into_iter().collect()
    }
}

impl FromIterator<Contract> for Contracts {
    fn from_iter<I: IntoIterator<Item = Contract>>(contracts: I) -> Self {
        contracts.into_iter().fold(Self::none(), Self::and)
    }
}
