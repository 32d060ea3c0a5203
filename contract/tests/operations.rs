//! What each operation of the conventions must have, and nothing else.

use llm_span_contract::{
    Contract, Contracts, Finding, FindingKind, Generation, Observed, Operation, Outcome, Requirement, SetAt, SpanKind, keys,
};

/// The keys that a span lacks, by all contracts that it is subject to.
fn missing(span: &Observed<'_>) -> Vec<String> {
    let of = |finding: Finding| (finding.kind == FindingKind::MissingAttribute).then_some(finding.attribute);
    let mut missing: Vec<String> =
        Contracts::default().check(span).into_iter().filter_map(of).flatten().map(Into::into).collect();
    missing.sort();
    missing
}

/// A span of the conventions that tells its operation and its outcome only.
fn span(operation: Operation, outcome: Outcome) -> Observed<'static> {
    Observed::new(operation.span_name().trim_start_matches("llm.completion"))
        .with("gen_ai.operation.name", operation.name())
        .with("llm.outcome", outcome.name())
}

#[test]
fn each_operation_demands_exactly_what_the_conventions_require_of_it_and_its_usage() {
    let provider = "gen_ai.provider.name";
    let (input, output) = ("gen_ai.usage.input_tokens", "gen_ai.usage.output_tokens");
    let table: [(Operation, &[&str]); 9] = [
        (Operation::Chat, &[provider, input, output]),
        (Operation::TextCompletion, &[provider, input, output]),
        (Operation::GenerateContent, &[provider, input, output]),
        (Operation::Embeddings, &[provider, input]),
        (Operation::Retrieval, &[]),
        (Operation::CreateAgent, &[provider]),
        (Operation::InvokeAgent, &[]),
        (Operation::ExecuteTool, &["gen_ai.tool.name"]),
        (Operation::InvokeWorkflow, &[]),
    ];
    assert_eq!(table.map(|(operation, _)| operation), Operation::ALL);
    for (operation, demanded) in table {
        assert_eq!(missing(&span(operation, Outcome::Ok)), demanded, "{operation}");
        // Who hangs up has no usage to tell, and all that was known at the start.
        let at_start: Vec<_> = demanded.iter().filter(|key| !key.contains("usage")).collect();
        assert_eq!(missing(&span(operation, Outcome::Cancelled)).iter().collect::<Vec<_>>(), at_start, "{operation}");
        // Who fails says of what.
        let failed: Vec<_> = ["error.type"].into_iter().chain(at_start.into_iter().copied()).collect();
        assert_eq!(missing(&span(operation, Outcome::Error)), failed, "{operation}");
        assert_eq!(missing(&span(operation, Outcome::Panic)), failed, "{operation}");
    }
}

#[test]
fn agents_tools_and_workflows_of_the_conventions_are_not_held_to_the_amtp_contract() {
    for operation in [Operation::CreateAgent, Operation::InvokeAgent, Operation::ExecuteTool, Operation::InvokeWorkflow] {
        let span = span(operation, Outcome::Ok)
            .with("gen_ai.agent.name", "tutor")
            .with("gen_ai.tool.name", "get_weather")
            .with("gen_ai.request.model", "gpt-4o")
            .with("gen_ai.provider.name", "openai")
            .with("gen_ai.usage.input_tokens", 128)
            .with("gen_ai.conversation.id", "conv_1");
        assert!(!Contract::amtp().applies_to(&span), "{operation}");
        assert_eq!(Contracts::default().check(&span), [], "{operation}");
    }
}

#[test]
fn what_a_span_tells_beside_its_call_selects_no_contract() {
    let span = Observed::new("sum")
        .with("llm.outcome", "ok")
        .with("llm.usage.estimated", true)
        .with("llm.usage.invalid", "prompt is negative")
        .with("llm.stream.chunks", 3)
        .with("llm.cost.usd", 0.5)
        .with("gen_ai.conversation.id", "conv_1")
        .with("session.id", "s")
        .with("user.id", "u");
    assert!(!Contracts::default().apply_to(&span));
}

#[test]
fn every_attribute_of_the_conventions_tables_is_stated_in_every_generation() {
    let stated = [
        "gen_ai.request.choice.count",
        "gen_ai.request.seed",
        "gen_ai.request.stream",
        "gen_ai.request.max_tokens",
        "gen_ai.request.temperature",
        "gen_ai.request.top_p",
        "gen_ai.request.top_k",
        "gen_ai.request.frequency_penalty",
        "gen_ai.request.presence_penalty",
        "gen_ai.request.stop_sequences",
        "gen_ai.request.encoding_formats",
        "gen_ai.embeddings.dimension.count",
        "gen_ai.output.type",
        "gen_ai.response.id",
        "gen_ai.response.model",
        "gen_ai.response.finish_reasons",
        "gen_ai.response.time_to_first_chunk",
        "gen_ai.usage.cache_read.input_tokens",
        "gen_ai.usage.cache_creation.input_tokens",
        "gen_ai.usage.cache_write.input_tokens",
        "gen_ai.usage.reasoning.output_tokens",
        "gen_ai.usage.audio.input_tokens",
        "gen_ai.usage.audio.output_tokens",
        "gen_ai.data_source.id",
        "gen_ai.retrieval.documents",
        "gen_ai.retrieval.query.text",
        "gen_ai.agent.id",
        "gen_ai.agent.name",
        "gen_ai.agent.description",
        "gen_ai.agent.version",
        "gen_ai.tool.name",
        "gen_ai.tool.call.id",
        "gen_ai.tool.call.arguments",
        "gen_ai.tool.call.result",
        "gen_ai.tool.description",
        "gen_ai.tool.type",
        "gen_ai.tool.definitions",
        "gen_ai.workflow.name",
        "gen_ai.conversation.id",
        "gen_ai.system_instructions",
        "gen_ai.input.messages",
        "gen_ai.output.messages",
        "error.type",
        "server.address",
        "server.port",
    ];
    for generation in Generation::ALL {
        let contract = Contract::gen_ai(generation);
        let lacking: Vec<_> = stated.into_iter().filter(|key| contract.attribute(key).is_none()).collect();
        assert!(lacking.is_empty(), "{generation:?}: {lacking:?}");
    }
}

#[test]
fn both_built_in_contracts_state_the_projects_own_attributes_and_demand_none() {
    for contract in Generation::ALL.map(Contract::gen_ai).into_iter().chain([Contract::amtp()]) {
        for key in
            [keys::LLM_USAGE_ESTIMATED, keys::LLM_USAGE_INVALID, keys::LLM_STREAM_CHUNKS, keys::LLM_COST_USD, keys::LLM_OUTCOME]
        {
            let attribute = contract.attribute(key);
            assert!(attribute.is_some_and(|attribute| attribute.demands.is_empty()), "{key} in {}", contract.name());
        }
    }
}

#[test]
fn content_is_demanded_of_nobody() {
    for attribute in Contract::gen_ai(Generation::G1).attributes() {
        let opt_in = attribute.demands.iter().any(|demand| demand.requirement == Requirement::OptIn);
        let required = Operation::ALL.iter().any(|operation| attribute.is_required(Some(*operation), Outcome::Ok, true));
        assert!(!(opt_in && required), "{}", attribute.key);
    }
}

#[test]
fn samplers_see_who_is_asked_to_do_what() {
    let contract = Contract::gen_ai(Generation::G1);
    for key in [
        "gen_ai.operation.name",
        "gen_ai.provider.name",
        "gen_ai.request.model",
        "gen_ai.agent.name",
        "gen_ai.tool.name",
        "server.address",
        "server.port",
    ] {
        assert!(contract.attribute(key).is_some_and(|attribute| attribute.set == SetAt::Creation), "{key}");
    }
}

#[test]
fn work_inside_the_process_is_internal_and_what_leaves_it_is_a_client() {
    let internal = Operation::ALL.into_iter().filter(|operation| operation.span_kind() == SpanKind::Internal);
    assert_eq!(internal.collect::<Vec<_>>(), [Operation::ExecuteTool, Operation::InvokeWorkflow]);
}

#[test]
fn an_operation_of_ones_own_is_held_to_what_holds_for_all_of_them() {
    let own = Observed::new("plan").with("gen_ai.operation.name", "plan");
    assert_eq!(missing(&own), Vec::<String>::new());
    assert_eq!(missing(&own.clone().with("llm.outcome", "error")), ["error.type"]);
    // Beside AMTP's attributes it is a request to a model, of the kind that those tell.
    let chat = own.with("llm.request.type", "chat");
    assert!(missing(&chat).contains(&"llm.tokens.total".to_owned()));
}

#[test]
fn parts_of_the_usage_are_not_more_than_the_whole() {
    let parts = [
        ("gen_ai.usage.audio.input_tokens", "gen_ai.usage.input_tokens"),
        ("gen_ai.usage.audio.output_tokens", "gen_ai.usage.output_tokens"),
        ("gen_ai.usage.reasoning.output_tokens", "gen_ai.usage.output_tokens"),
        ("gen_ai.usage.cache_write.input_tokens", "gen_ai.usage.input_tokens"),
    ];
    for (part, whole) in parts {
        let of = |number: i64| {
            let span = span(Operation::InvokeAgent, Outcome::Ok).with(whole, 10).with(part, number);
            Contracts::default().check(&span).iter().map(|finding| finding.kind).collect::<Vec<_>>()
        };
        assert_eq!(of(10), [], "{part}");
        assert_eq!(of(11), [FindingKind::BrokenRelation], "{part}");
    }
}
