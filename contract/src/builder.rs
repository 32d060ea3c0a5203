//! Builds a contract of a user's own.

use std::{borrow::Cow, fmt};

use crate::{Attribute, AttributeType, Contract, Demand, Metric, MetricSet, OperationSet, Relation, Requirement, Selector};

/// Builds a contract; see [`Contract::extend`] and [`Contract::builder`].
#[derive(Clone, Debug)]
#[must_use = "a builder does nothing until `build`"]
pub struct ContractBuilder {
    contract: Contract,
    added: Vec<Attribute>,
}

impl ContractBuilder {
    pub(crate) fn new(contract: Contract) -> Self {
        Self { contract, added: Vec::new() }
    }

    /// Demands an attribute of every span of this contract.
    pub fn require(self, key: impl Into<Cow<'static, str>>, ty: AttributeType) -> Self {
        self.require_of(OperationSet::ALL, key, ty)
    }

    /// Demands an attribute of the spans of some operations.
    pub fn require_of(mut self, operations: OperationSet, key: impl Into<Cow<'static, str>>, ty: AttributeType) -> Self {
        let mut attribute = Attribute::new("", ty);
        attribute.key = key.into();
        attribute.demands = Cow::Owned(vec![Demand::new(operations, Requirement::Required)]);
        self.added.push(attribute);
        self
    }

    /// Adds an attribute as it is, or replaces what an extended contract says of it.
    pub fn attribute(mut self, attribute: Attribute) -> Self {
        self.added.push(attribute);
        self
    }

    /// Adds a rule between attributes.
    pub fn relation(mut self, relation: Relation) -> Self {
        self.contract.relations.push(relation);
        self
    }

    /// Adds a metric, or replaces the one of that name that an extended contract brings.
    pub fn metric(mut self, metric: Metric) -> Self {
        self.contract.metrics.retain(|other| other.name != metric.name);
        self.contract.metrics.push(metric);
        self
    }

    /// Flags a key as deprecated, with its successor.
    pub fn deprecate(mut self, key: impl Into<Cow<'static, str>>, successor: Option<&'static str>) -> Self {
        self.contract.deprecated.push((key.into(), successor.map(Cow::Borrowed)));
        self
    }

    /// Names further spans that the contract is about.
    pub fn select(mut self, selector: Selector) -> Self {
        self.contract.selectors.push(selector);
        self
    }

    /// The contract.
    ///
    /// # Errors
    ///
    /// When the contract or a key has no proper name, an attribute is stated twice, a relation speaks of an attribute that is
    /// not stated, or no span is selected.
    pub fn build(mut self) -> Result<Contract, ContractError> {
        let error = |message: String| Err(ContractError(message));
        let name = self.contract.name.clone();
        if name.trim().is_empty() {
            return error("a contract needs a name: findings and metrics carry it".into());
        }
        for (i, attribute) in self.added.iter().enumerate() {
            let key = &attribute.key;
            if key.is_empty() || key.contains(|c: char| c.is_whitespace() || c.is_control()) {
                return error(format!(
                    "contract `{name}`: {key:?} is no attribute key; expected a dotted name such as `tenant.id`"
                ));
            }
            if self.added[..i].iter().any(|other| other.key == *key) {
                return error(format!(
                    "contract `{name}`: attribute `{key}` is stated twice; say all of it in one `.attribute(…)`"
                ));
            }
        }
        for attribute in std::mem::take(&mut self.added) {
            match self.contract.attributes.iter_mut().find(|stated| stated.key == attribute.key) {
                Some(stated) if stated.ty != attribute.ty => {
                    let (key, ty) = (&stated.key, stated.ty);
                    return error(format!(
                        "contract `{name}`: `{key}` is of type {ty} in the contract it extends, not {}",
                        attribute.ty
                    ));
                }
                Some(stated) => *stated = attribute,
                None => self.contract.attributes.push(attribute),
            }
        }
        for relation in &self.contract.relations {
            if let Some(key) = relation.keys().into_iter().find(|key| self.contract.attribute(key).is_none()) {
                return error(format!(
                    "contract `{name}`: a relation speaks of `{key}`, which is not stated; add `.attribute(Attribute::new({key:?}, …))`"
                ));
            }
        }
        if self.contract.selectors.is_empty() {
            // A contract from nothing is about the spans that carry any of its attributes.
            let keys = self.contract.attributes.iter().map(|attribute| Selector::Attribute(attribute.key.clone()));
            self.contract.selectors = keys.collect();
        }
        if self.contract.selectors.is_empty() {
            return error(format!("contract `{name}` is about no span; require an attribute or add `.select(…)`"));
        }
        // So that no metric is left out in silence.
        MetricSet::new(name.clone(), self.contract.metrics.iter().cloned())
            .map_err(|wrong| ContractError(format!("contract `{name}`: {wrong}")))?;
        Ok(self.contract)
    }
}

/// A contract that contradicts itself; the text says where and what was expected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContractError(String);

impl fmt::Display for ContractError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for ContractError {}
