//! What anybody may send.

use http::{HeaderMap, HeaderName, HeaderValue};
use opentelemetry::baggage::BaggageExt as _;
use proptest::prelude::*;

use super::Carried;

const NAMES: [&str; 5] = ["traceparent", "tracestate", "baggage", "x-session-id", "x-telemetry-service"];

fn map(lines: &[(usize, Vec<u8>)]) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for (name, line) in lines {
        if let Ok(line) = HeaderValue::from_bytes(line) {
            headers.append(HeaderName::from_static(NAMES[name % NAMES.len()]), line);
        }
    }
    headers
}

/// Bytes of which many are of the grammar.
fn byte() -> impl Strategy<Value = u8> {
    prop_oneof![
        proptest::sample::select(b"0123456789abcdef-=,;%@+ \t".to_vec()),
        (0x20_u8..=0xff).prop_filter("no header has it", |byte| *byte != 0x7f),
    ]
}

fn baggage_of(carried: &Carried) -> Vec<(String, String, String)> {
    let member = |(key, (value, properties)): (&opentelemetry::Key, &(opentelemetry::StringValue, _))| {
        let properties: &opentelemetry::baggage::BaggageMetadata = properties;
        (key.to_string(), value.to_string(), properties.as_str().to_owned())
    };
    let mut members: Vec<_> = carried.context.baggage().iter().map(member).collect();
    members.sort();
    members
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn whatever_comes_in_is_read_without_panic_and_goes_out_the_same(
        lines in proptest::collection::vec((any::<usize>(), proptest::collection::vec(byte(), 0..200)), 0..8),
    ) {
        let carried = Carried::of_headers(&map(&lines));
        let mut onward = HeaderMap::new();
        carried.inject(&mut onward);
        let again = Carried::of_headers(&onward);
        prop_assert_eq!(carried.span_context(), again.span_context());
        prop_assert_eq!(baggage_of(&carried), baggage_of(&again));
    }

    #[test]
    fn what_is_well_formed_goes_round(
        trace in 1_u128.., span in 1_u64.., flags in 0_u8..4,
        state in proptest::collection::btree_map("[a-z][a-z0-9_/*-]{0,20}", "[!-+\\--<>-~][ !-+\\--<>-~]{0,20}[!-+\\--<>-~]", 0..32),
        baggage in proptest::collection::btree_map("[!#$%&'*+.^_`|~0-9A-Za-z-]{1,12}", "\\PC{0,20}", 0..20),
    ) {
        let state: Vec<_> = state.iter().map(|(key, value)| format!("{key}={value}")).collect();
        let encoded = |text: &String| text.bytes().map(|byte| format!("%{byte:02X}")).collect::<Vec<_>>().concat();
        let members: Vec<_> = baggage.iter().map(|(key, value)| format!("{key}={}", encoded(value))).collect();
        let mut headers = HeaderMap::new();
        headers.insert("traceparent", format!("00-{trace:032x}-{span:016x}-{flags:02x}").parse().expect("a header"));
        headers.insert("tracestate", state.join(",").parse().expect("a header"));
        headers.insert("baggage", members.join(",").parse().expect("a header"));
        let carried = Carried::of_headers(&headers);
        let mut onward = HeaderMap::new();
        carried.inject(&mut onward);
        for read in [carried, Carried::of_headers(&onward)] {
            let context = read.span_context().expect("a span");
            prop_assert_eq!(context.trace_id().to_bytes(), trace.to_be_bytes());
            prop_assert_eq!(context.span_id().to_bytes(), span.to_be_bytes());
            prop_assert_eq!(context.trace_flags().to_u8(), flags);
            prop_assert_eq!(context.trace_state().header(), state.join(","));
            let pairs: Vec<_> = baggage_of(&read).into_iter().map(|(key, value, _)| (key, value)).collect();
            let mut expected: Vec<_> = baggage.clone().into_iter().collect();
            expected.sort();
            prop_assert_eq!(pairs, expected);
        }
    }
}
