//! Headers that authenticate, and passwords in URLs, are never shown.

use llm_span::{Telemetry, pipeline::OtlpEndpoint};

use crate::{read, read_variables, sound, with};

const SECRET: &str = "hush-hush";

#[test]
fn not_in_the_settings() {
    let settings = sound(&format!("observability: {{tracing: {{exporter: {{headers: {{Authorization: Bearer {SECRET}}}}}}}}}"));
    let (name, value) = &settings.otlp.traces.as_ref().unwrap().headers[0];
    assert_eq!((name.as_str(), value.expose()), ("authorization", "Bearer hush-hush"));
    assert!(!format!("{settings:?}").contains(SECRET));
}

#[test]
fn not_in_messages_about_files() {
    for exporter in [
        format!("headers: {SECRET}"),
        format!("headers: [\"{SECRET}\"]"),
        format!("headers: {{authorization: [{SECRET}]}}"),
        format!("headers: {{authorization: {{{SECRET}: x}}}}"),
        format!("headers: {{authorization: \"{SECRET}\\nsplit\"}}"),
        format!("headers: {{authorization: \"{SECRET} é\"}}"),
        format!("headers: {{\"Bearer {SECRET}\": x}}"),
        format!("headers: {{content-type: {SECRET}}}"),
        format!("type: stdout, headers: {{authorization: {SECRET}}}"),
        format!("endpoint: \"http://user:{SECRET}@localhost:4317\""),
        format!("endpoint: \"user:{SECRET}@localhost:4317\""),
        format!("endpoint: \"ftp://user:{SECRET}@localhost:4317\""),
        format!("endpoint: \"http://localhost:4317/?key={SECRET}\""),
        format!("endpoint: \"http://user:{SECRET}@localhost:4317:99999/\""),
        format!("endpoint: \"http:/user:{SECRET}@localhost\""),
        format!("endpoint: \"//user:{SECRET}@localhost:4317\""),
        format!("endpoint: \"http//user:{SECRET}@localhost:4317\""),
        format!("endpoint: \"http:///user:{SECRET}@localhost:4317\""),
        format!("endpoint: \"localhost?{SECRET}\""),
    ] {
        let errors = read(&format!("observability: {{tracing: {{exporter: {{{exporter}}}}}}}"), &[]).expect_err(&exporter);
        assert!(!format!("{errors} {errors:?}").contains(SECRET), "{errors}");
    }
    let number = read("observability: {tracing: {exporter: {headers: {authorization: 4711}}}}", &[]).unwrap_err().to_string();
    assert!(!number.contains("4711") && number.contains("a number; expected a text in quotes"), "{number}");
}

#[test]
fn not_where_a_variable_of_the_file_has_it() {
    let yaml = "telemetry: [{provider_type: \"inline::meta-reference\", config: {otel_exporter_otlp_endpoint: \"${env.URL}\"}}]";
    for url in [format!("http:/user:{SECRET}@localhost"), format!("http//user:{SECRET}@localhost:4317")] {
        let errors = read(yaml, &[("URL", &url), ("OTEL_TRACES_EXPORTER", "otlp")]).unwrap_err().to_string();
        assert!(!errors.contains(SECRET), "{errors}");
    }
}

#[test]
fn not_in_messages_about_variables() {
    for headers in [
        SECRET.to_owned(),
        format!("Bearer {SECRET}="),
        format!("authorization={SECRET}%0A"),
        format!("authorization={SECRET}%FF"),
    ] {
        let errors = read_variables(&[("OTEL_EXPORTER_OTLP_HEADERS", &headers)]).expect_err(&headers);
        assert!(!errors.to_string().contains(SECRET), "{errors}");
    }
}

#[test]
fn not_in_messages_about_the_program() {
    let url = format!("http://user:{SECRET}@localhost:4317");
    for endpoint in [
        OtlpEndpoint::grpc(url),
        OtlpEndpoint::grpc(format!("localhost:4317?{SECRET}")),
        OtlpEndpoint::grpc("http://localhost:4317").header("authorization", format!("{SECRET}\n")),
        OtlpEndpoint::grpc("http://localhost:4317").header(format!("Bearer {SECRET}"), "x"),
    ] {
        let errors = with(Telemetry::new().otlp(endpoint), &[]).unwrap_err();
        assert!(!errors.to_string().contains(SECRET), "{errors}");
    }
}
