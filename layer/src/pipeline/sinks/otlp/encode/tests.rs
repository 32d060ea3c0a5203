use std::{borrow::Cow, time::Duration};

use opentelemetry::trace::{Link, SpanContext, TraceFlags, TraceId, TraceState};
use opentelemetry_proto::{
    tonic::{collector::trace::v1::ExportTraceServiceRequest, resource::v1::Resource as ProtoResource},
    transform::{common::tonic::ResourceAttributesWithSchema, trace::tonic::group_spans_by_resource_and_scope},
};
use opentelemetry_sdk::{
    Resource,
    trace::{SpanEvents, SpanLinks},
};
use proptest::prelude::*;

use super::*;

fn text() -> impl Strategy<Value = String> {
    prop_oneof![Just(String::new()), "[a-zä]{1,12}", "x{120,140}", "y{16380,16390}"]
}

fn value() -> impl Strategy<Value = Value> {
    prop_oneof![
        text().prop_map(Value::from),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        (-2_i64..0x82).prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        Just(Value::from(0.0)),
        prop::collection::vec(any::<i64>(), 0..3).prop_map(|numbers| Value::Array(numbers.into())),
        Just(Value::Array(vec![opentelemetry::StringValue::from("a"), "".into()].into())),
    ]
}

fn attributes(most: usize) -> impl Strategy<Value = Vec<KeyValue>> {
    let attribute = (text(), value()).prop_map(|(key, value)| KeyValue::new(key, value));
    prop::collection::vec(attribute, 0..most)
}

fn time() -> impl Strategy<Value = SystemTime> {
    prop_oneof![
        Just(UNIX_EPOCH),
        Just(UNIX_EPOCH - Duration::from_secs(1)),
        (0_u64..1 << 60).prop_map(|nanoseconds| UNIX_EPOCH + Duration::from_nanos(nanoseconds)),
    ]
}

fn context() -> impl Strategy<Value = SpanContext> {
    let state = prop_oneof![Just(TraceState::NONE), Just(TraceState::from_key_value([("a", "1"), ("b", "2")]).unwrap())];
    (any::<u128>(), any::<u64>(), any::<u8>(), any::<bool>(), state).prop_map(|(trace, span, flags, is_remote, state)| {
        SpanContext::new(TraceId::from(trace), SpanId::from(span), TraceFlags::new(flags), is_remote, state)
    })
}

fn status() -> impl Strategy<Value = Status> {
    prop_oneof![Just(Status::Unset), Just(Status::Ok), text().prop_map(Status::error)]
}

fn kinds() -> impl Strategy<Value = SpanKind> {
    prop::sample::select(vec![SpanKind::Client, SpanKind::Server, SpanKind::Producer, SpanKind::Consumer, SpanKind::Internal])
}

fn scopes() -> impl Strategy<Value = InstrumentationScope> {
    let full = InstrumentationScope::builder("full").with_version("1").with_schema_url("http://schema");
    let full = full.with_attributes([KeyValue::new("k", 1)]).build();
    prop::sample::select(vec![InstrumentationScope::builder("bare").build(), full, InstrumentationScope::default()])
}

fn events() -> impl Strategy<Value = SpanEvents> {
    let event = (text(), time(), attributes(3), 0_u32..3)
        .prop_map(|(name, at, attributes, dropped)| Event::new(Cow::<'static, str>::Owned(name), at, attributes, dropped));
    (prop::collection::vec(event, 0..3), 0_u32..3).prop_map(|(all, dropped)| {
        let mut events = SpanEvents::default();
        events.events = all;
        events.dropped_count = dropped;
        events
    })
}

fn links() -> impl Strategy<Value = SpanLinks> {
    let link =
        (context(), attributes(3), 0_u32..3).prop_map(|(context, attributes, dropped)| Link::new(context, attributes, dropped));
    (prop::collection::vec(link, 0..3), 0_u32..3).prop_map(|(all, dropped)| {
        let mut links = SpanLinks::default();
        links.links = all;
        links.dropped_count = dropped;
        links
    })
}

fn spans() -> impl Strategy<Value = Vec<SpanData>> {
    let first = (context(), any::<u64>(), any::<bool>(), kinds(), text(), time(), time());
    let rest = (attributes(8), 0_u32..3, events(), links(), status(), scopes());
    let span = (first, rest).prop_map(
        |(
            (span_context, parent, parent_span_is_remote, span_kind, name, start_time, end_time),
            (attributes, dropped_attributes_count, events, links, status, instrumentation_scope),
        )| SpanData {
            span_context,
            parent_span_id: SpanId::from(parent % 3),
            parent_span_is_remote,
            span_kind,
            name: name.into(),
            start_time,
            end_time,
            attributes,
            dropped_attributes_count,
            events,
            links,
            status,
            instrumentation_scope,
        },
    );
    prop::collection::vec(span, 1..6)
}

proptest! {
    #[test]
    fn what_is_written_is_what_the_generated_types_write(spans in spans(), schema_url in prop::option::of(Just("http://schema"))) {
        let attributes = [KeyValue::new("service.name", "gateway"), KeyValue::new("replica", 3)];
        let resource = match schema_url {
            Some(url) => Resource::builder_empty().with_schema_url(attributes, url).build(),
            None => Resource::builder_empty().with_attributes(attributes).build(),
        };
        let theirs = ResourceAttributesWithSchema::from(&resource);
        let encoded = ProtoResource { attributes: theirs.attributes.0.clone(), ..ProtoResource::default() }.encode_to_vec();
        let ours = traces(spans.iter(), &encoded, schema_url.unwrap_or_default());
        let resource_spans = group_spans_by_resource_and_scope(spans, &theirs);
        prop_assert_eq!(ours, ExportTraceServiceRequest { resource_spans }.encode_to_vec());
    }
}
