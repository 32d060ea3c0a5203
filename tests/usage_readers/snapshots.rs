//! Streams whose snapshots repeat, or come apart: the last one that tells a count holds.

use llm_span::{Report, Usage, WireFormat};
use proptest::prelude::*;
use serde_json::{Value, json};

/// What a snapshot tells: each count or nothing.
#[derive(Clone, Copy, Debug)]
struct Snapshot {
    input: Option<i64>,
    read: Option<i64>,
    written: Option<i64>,
    output: Option<i64>,
}

fn snapshot() -> impl Strategy<Value = Snapshot> {
    let count = || proptest::option::of(0..1000_i64);
    (count(), count(), count(), count()).prop_map(|(input, read, written, output)| Snapshot { input, read, written, output })
}

fn anthropic(snapshot: &Snapshot, is_start: bool) -> Value {
    let usage = json!({
        "input_tokens": snapshot.input,
        "cache_read_input_tokens": snapshot.read,
        "cache_creation_input_tokens": snapshot.written,
        "output_tokens": snapshot.output,
    });
    if is_start { json!({ "message": { "usage": usage } }) } else { json!({ "delta": {}, "usage": usage }) }
}

fn bedrock(snapshot: &Snapshot) -> Value {
    json!({ "metadata": { "usage": {
        "inputTokens": snapshot.input,
        "cacheReadInputTokens": snapshot.read,
        "cacheWriteInputTokens": snapshot.written,
        "outputTokens": snapshot.output,
    } } })
}

fn openai(snapshot: &Snapshot) -> Value {
    json!({ "choices": [], "usage": {
        "prompt_tokens": snapshot.input,
        "completion_tokens": snapshot.output,
        "prompt_tokens_details": { "cached_tokens": snapshot.read, "cache_write_tokens": snapshot.written },
    } })
}

fn merged(format: WireFormat, events: impl IntoIterator<Item = Value>) -> Usage {
    let mut report = Report::default();
    for event in events {
        report.update(format.read(&event));
    }
    report.usage.unwrap_or_default()
}

/// What is told last of each count.
fn last(snapshots: &[Snapshot]) -> Snapshot {
    let last = |of: fn(&Snapshot) -> Option<i64>| snapshots.iter().rev().find_map(of);
    Snapshot {
        input: last(|snapshot| snapshot.input),
        read: last(|snapshot| snapshot.read),
        written: last(|snapshot| snapshot.written),
        output: last(|snapshot| snapshot.output),
    }
}

fn expected(snapshots: &[Snapshot], excludes_cache: bool) -> Usage {
    let Snapshot { input, read, written, output } = last(snapshots);
    let cache = if excludes_cache { read.unwrap_or(0) + written.unwrap_or(0) } else { 0 };
    Usage::new(input.map(|input| input + cache), output).cache_read(read).cache_write(written)
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(600) })]

    #[test]
    fn the_last_snapshot_holds_count_by_count(
        snapshots in proptest::collection::vec((snapshot(), 1..4_usize), 0..8),
    ) {
        let told: Vec<_> = snapshots.iter().map(|(snapshot, _)| *snapshot).collect();
        let repeated: Vec<_> = snapshots.iter().flat_map(|(snapshot, times)| std::iter::repeat_n(*snapshot, *times)).collect();
        let messages = repeated.iter().enumerate().map(|(i, snapshot)| anthropic(snapshot, i == 0));
        prop_assert_eq!(merged(WireFormat::Anthropic, messages), expected(&told, true));
        prop_assert_eq!(merged(WireFormat::Bedrock, repeated.iter().map(bedrock)), expected(&told, true));
        prop_assert_eq!(merged(WireFormat::OpenAi, repeated.iter().map(openai)), expected(&told, false));
    }

    #[test]
    fn events_that_tell_nothing_change_nothing_wherever_they_stand(
        snapshots in proptest::collection::vec(snapshot(), 1..6),
        places in proptest::collection::vec(any::<prop::sample::Index>(), 0..6),
    ) {
        let silent = [json!({ "type": "ping" }), json!({ "usage": null }), json!({ "type": "content_block_stop", "index": 0 }), json!(null)];
        let mut events: Vec<_> = snapshots.iter().map(|snapshot| anthropic(snapshot, false)).collect();
        for (i, place) in places.iter().enumerate() {
            events.insert(place.index(events.len() + 1), silent[i % silent.len()].clone());
        }
        prop_assert_eq!(merged(WireFormat::Anthropic, events), expected(&snapshots, true));
    }
}
