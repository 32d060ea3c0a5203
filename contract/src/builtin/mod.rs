//! The contracts that come with the crate.

pub(crate) mod amtp;
pub(crate) mod gen_ai;
mod gen_ai_metrics;

use std::{borrow::Cow, sync::LazyLock};

pub use gen_ai::Generation;

use crate::{Attribute, AttributeType, Outcome, Relation, keys};

/// The spans of a call's phases (AMTP): parts of a call, not calls. They are never checked and never counted.
const PHASES: [&str; 2] = ["llm.inference", "llm.response.parse"];

/// Whether spans of that name are phases of a call: `llm.inference`, `llm.response.parse`.
pub fn is_phase(name: &str) -> bool {
    PHASES.contains(&name)
}

/// What every built-in contract says of how a call ended.
fn outcome() -> Attribute {
    Attribute::new(keys::LLM_OUTCOME, AttributeType::String)
        .one_of(Outcome::ALL.map(Outcome::name))
        .doc("How the call ended.", "ok")
}

const fn key(key: &'static str) -> Cow<'static, str> {
    Cow::Borrowed(key)
}

fn sum(total: &'static str, parts: [&'static str; 2]) -> Relation {
    Relation::Sum { total: key(total), parts: parts.into_iter().map(key).collect() }
}

fn part_of(part: &'static str, whole: &'static str) -> Relation {
    Relation::PartOf { part: key(part), whole: key(whole) }
}

static KNOWN: LazyLock<Vec<Attribute>> = LazyLock::new(|| {
    let mut known = amtp::contract().attributes;
    for generation in Generation::ALL {
        for attribute in gen_ai::contract(generation).attributes {
            if !known.iter().any(|other| other.key == attribute.key) {
                known.push(attribute);
            }
        }
    }
    known
});

/// Every attribute that a built-in contract states.
pub fn known_attributes() -> &'static [Attribute] {
    &KNOWN
}

/// What a built-in contract states of `key`.
pub fn known_attribute(key: &str) -> Option<&'static Attribute> {
    KNOWN.iter().find(|attribute| attribute.key == key)
}
