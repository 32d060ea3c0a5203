//! Contracts of one's own: what a builder takes, and how it refuses.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use llm_span_contract::{
    Attribute, AttributeType, Contract, Contracts, FindingKind, Observed, Operation, OperationSet, Relation, Selector,
};

fn message(result: Result<Contract, llm_span_contract::ContractError>) -> String {
    result.map(|contract| contract.name().to_owned()).unwrap_err().to_string()
}

#[test]
fn an_extended_contract_demands_what_it_extends_and_what_was_added() {
    let ours = Contract::amtp().extend("ours").require("tenant.id", AttributeType::String).build().unwrap();
    let findings = Contracts::from(ours).check(&Observed::new("llm.completion"));
    assert_eq!(findings.len(), 9);
    assert!(findings.iter().all(|finding| finding.contract == "ours"));
}

#[test]
fn an_attribute_can_be_demanded_of_some_operations_only() {
    let embeddings = OperationSet::of(&[Operation::Embeddings]);
    let ours = Contract::builder("ours")
        .select(Selector::Attribute("gen_ai.operation.name".into()))
        .require_of(embeddings, "index.name", AttributeType::String)
        .build()
        .unwrap();
    let contracts = Contracts::from(ours);
    let of = |operation: &'static str| contracts.check(&Observed::new("call").with("gen_ai.operation.name", operation)).len();
    assert_eq!((of("embeddings"), of("chat")), (1, 0));
}

#[test]
fn a_closed_set_admits_nothing_else() {
    let tier = Attribute::new("tenant.tier", AttributeType::String).one_of(["free", "pro"]);
    let contracts = Contracts::from(Contract::builder("ours").attribute(tier).build().unwrap());
    let findings = contracts.check(&Observed::new("call").with("tenant.tier", "gold"));
    assert_eq!(findings[0].kind, FindingKind::ValueNotAllowed);
    assert_eq!(findings[0].help, "use one of `free`, `pro`");
}

#[test]
fn a_contract_of_the_same_name_replaces_the_one_before() {
    let strict = Contracts::default().and(Contract::amtp().strict());
    assert_eq!(strict.iter().filter(|contract| contract.name() == "amtp").count(), 1);
    assert!(strict.iter().any(Contract::is_strict));
}

#[test]
fn contradictions_are_refused_with_the_place_and_the_remedy() {
    use AttributeType::{Int, String};
    assert_eq!(
        message(Contract::builder(" ").require("a", String).build()),
        "a contract needs a name: findings and metrics carry it"
    );
    assert_eq!(
        message(Contract::builder("ours").require("tenant id", String).build()),
        "contract `ours`: \"tenant id\" is no attribute key; expected a dotted name such as `tenant.id`"
    );
    assert_eq!(
        message(Contract::builder("ours").require("a", String).require("a", String).build()),
        "contract `ours`: attribute `a` is stated twice; say all of it in one `.attribute(…)`"
    );
    assert_eq!(
        message(Contract::amtp().extend("ours").require("llm.model", Int).build()),
        "contract `ours`: `llm.model` is of type string in the contract it extends, not int"
    );
    assert_eq!(
        message(Contract::builder("ours").require("a", String).relation(Relation::Equal("a".into(), "b".into())).build()),
        "contract `ours`: a relation speaks of `b`, which is not stated; add `.attribute(Attribute::new(\"b\", …))`"
    );
    assert_eq!(
        message(Contract::builder("ours").build()),
        "contract `ours` is about no span; require an attribute or add `.select(…)`"
    );
}

#[test]
fn built_in_contracts_are_found_by_name() {
    for (name, found) in [("amtp", "amtp"), ("gen_ai", "gen_ai"), ("gen_ai/g2", "gen_ai/g2"), ("gen_ai/g3", "gen_ai/g3")] {
        assert_eq!(Contract::named(name).map(|contract| contract.name().to_owned()).as_deref(), Some(found));
    }
    assert!(Contract::named("openai").is_none());
}
