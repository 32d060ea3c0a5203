//! The contracts that come with the crate.

pub(crate) mod amtp;
pub(crate) mod gen_ai;
pub(crate) mod selectors;

use std::{borrow::Cow, sync::LazyLock};

use crate::{Attribute, AttributeType, Generation, Outcome, Relation, keys};

/// The spans of a call's phases (AMTP): parts of a call, not calls. They are never checked and never counted.
const PHASES: [&str; 2] = ["llm.inference", "llm.response.parse"];

/// Whether spans of that name are phases of a call: `llm.inference`, `llm.response.parse`.
pub fn is_phase(name: &str) -> bool {
    PHASES.contains(&name)
}

/// What every built-in contract says of the attributes that are this project's own. None is demanded, and none tells that a span is
/// subject to a contract.
fn own() -> [Attribute; 5] {
    use AttributeType::{Bool, Double, Int, String};
    [
        Attribute::new(keys::LLM_OUTCOME, String).one_of(Outcome::ALL.map(Outcome::name)).doc("How the call ended.", "ok"),
        Attribute::new(keys::LLM_USAGE_ESTIMATED, Bool).doc("Whether a count was estimated, as the provider sent none.", "true"),
        Attribute::new(keys::LLM_USAGE_INVALID, String)
            .doc("Which counts came in a form that is no count, and what was wrong.", "prompt is negative"),
        Attribute::new(keys::LLM_STREAM_CHUNKS, Int).non_negative().doc("How many chunks a stream has yielded.", "12"),
        Attribute::new(keys::LLM_COST_USD, Double).non_negative().doc("What the call cost, in US dollars.", "0.00096"),
    ]
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
