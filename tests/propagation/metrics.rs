//! What the set `http` makes of the layer's spans: the metrics of the HTTP conventions.

use axum::{
    Router,
    body::Bytes,
    routing::{get, post},
};

use crate::support::{Serving, Telemetry, bare, layer, serve};

#[tokio::test]
async fn a_request_is_measured_by_the_conventions() {
    let app = Router::new().route("/v1/echo/{id}", post(|body: Bytes| async move { [&body[..], &body[..]].concat() }));
    let body = "x".repeat(300);
    let request = format!("POST /v1/echo/7 HTTP/1.1\r\nhost: a\r\nconnection: close\r\ncontent-length: 300\r\n\r\n{body}");
    let (telemetry, _) = serve(app.layer(layer()), &request).await;
    let labels = "http_request_method=\"POST\",http_response_status_code=\"200\",http_route=\"/v1/echo/{id}\",\
                  network_protocol_version=\"1.1\",url_scheme=\"http\"";
    for (name, value) in [
        ("http_server_request_duration_seconds_count", 1),
        ("http_server_request_body_size_bytes_sum", 300),
        ("http_server_response_body_size_bytes_sum", 600),
    ] {
        assert_eq!(telemetry.samples(name), [format!("{name}{{{labels}}} {value}")]);
    }
}

#[tokio::test]
async fn a_request_is_active_while_it_is_served() {
    let telemetry = Telemetry::install();
    let prometheus = telemetry.prometheus.clone();
    let app = Router::new().route("/", get(move || async move { prometheus.render(None).body })).layer(layer());
    let serving = Serving::start(app).await;
    let answer = serving.raw(&bare("GET", "/")).await;
    serving.stop().await;
    let series = "http_server_active_requests{http_request_method=\"GET\",url_scheme=\"http\"}";
    assert!(answer.lines().any(|line| line == format!("{series} 1")), "{answer}");
    assert_eq!(telemetry.samples("http_server_active_requests{"), [format!("{series} 0")]);
}

#[tokio::test]
async fn what_has_matched_no_route_has_no_label_of_one() {
    let app = || Router::new().route("/", get(|| async {})).layer(layer());
    let (telemetry, _) = serve(app(), &bare("GET", "/admin/4711")).await;
    let counts = telemetry.samples("http_server_request_duration_seconds_count");
    assert!(matches!(&counts[..], [one] if one.contains("http_response_status_code=\"404\"")), "{counts:?}");
    assert!(!counts[0].contains("http_route") && !counts[0].contains("4711"), "{counts:?}");
}

#[tokio::test]
async fn an_error_of_the_server_is_told_by_its_type() {
    let broken = || async { axum::http::StatusCode::BAD_GATEWAY };
    let (telemetry, _) = serve(Router::new().route("/", get(broken)).layer(layer()), &bare("GET", "/")).await;
    let counts = telemetry.samples("http_server_request_duration_seconds_count");
    assert!(matches!(&counts[..], [one] if one.contains("error_type=\"502\"")), "{counts:?}");
}
