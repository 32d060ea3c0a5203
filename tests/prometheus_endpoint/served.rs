//! The endpoint within axum, within hyper, and by itself.

use std::net::SocketAddr;

use hyper_util::{rt::TokioIo, service::TowerToHyperService};
use llm_span::{Number, Prometheus};
use tokio::{net::TcpListener, runtime::Runtime};

use crate::{
    http::{ask, get},
    support::{OPEN_METRICS, TEXT, counter, open_metrics, tell, text},
};

fn some() -> Prometheus {
    let prometheus = Prometheus::new();
    tell(&prometheus, &counter("calls"), &[("model", "a")], Number::Unsigned(3));
    prometheus
}

/// What every server of it answers.
fn is_served(address: SocketAddr, prometheus: &Prometheus) {
    let table = [
        ("", "text/plain; version=0.0.4; charset=utf-8"),
        (TEXT, "text/plain; version=0.0.4; charset=utf-8"),
        ("application/json", "text/plain; version=0.0.4; charset=utf-8"),
        (OPEN_METRICS, "application/openmetrics-text; version=1.0.0; charset=utf-8"),
        ("application/openmetrics-text;q=0.2,text/plain;q=0.9", "text/plain; version=0.0.4; charset=utf-8"),
    ];
    for (accept, content_type) in table {
        let answer = get(address, "/metrics", accept);
        assert_eq!((answer.status, answer.header("content-type")), (200, Some(content_type)), "{accept}");
        let expected = if content_type.starts_with("text") { text(prometheus) } else { open_metrics(prometheus) };
        assert_eq!(answer.body, expected, "{accept}");
    }
    // Several headers are one.
    let twice = ask(address, "GET", "/metrics", &[("Accept", "text/plain;q=0.1"), ("Accept", OPEN_METRICS)]);
    assert!(twice.body.ends_with("# EOF\n"), "{}", twice.body);

    let head = ask(address, "HEAD", "/metrics", &[]);
    assert_eq!((head.status, head.body.as_str()), (200, ""));
    assert_eq!(head.header("content-length"), Some(text(prometheus).len().to_string().as_str()));
    for method in ["POST", "DELETE", "OPTIONS"] {
        let answer = ask(address, method, "/metrics", &[("Content-Length", "0")]);
        assert_eq!((answer.status, answer.header("allow")), (405, Some("GET, HEAD")), "{method}");
    }
}

#[test]
fn axum_serves_it_as_a_route() {
    let (runtime, prometheus) = (Runtime::new().unwrap(), some());
    let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).unwrap();
    let address = listener.local_addr().unwrap();
    let app = axum::Router::new().route_service("/metrics", prometheus.clone());
    runtime.spawn(async move { axum::serve(listener, app).await });
    is_served(address, &prometheus);
    assert_eq!(get(address, "/", "").status, 404);
}

#[test]
fn a_handler_of_any_framework_serves_what_is_rendered() {
    let (runtime, prometheus) = (Runtime::new().unwrap(), some());
    let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).unwrap();
    let address = listener.local_addr().unwrap();
    let told = prometheus.clone();
    let handler = async move |headers: axum::http::HeaderMap| {
        let exposition = told.render(headers.get("accept").and_then(|accept| accept.to_str().ok()));
        ([("content-type", exposition.content_type)], exposition.body)
    };
    let app = axum::Router::new().route("/own", axum::routing::get(handler));
    runtime.spawn(async move { axum::serve(listener, app).await });
    let answer = get(address, "/own", OPEN_METRICS);
    assert_eq!(answer.header("content-type"), Some("application/openmetrics-text; version=1.0.0; charset=utf-8"));
    assert_eq!(answer.body, open_metrics(&prometheus));
}

#[test]
fn hyper_serves_it_as_a_service() {
    let (runtime, prometheus) = (Runtime::new().unwrap(), some());
    let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).unwrap();
    let address = listener.local_addr().unwrap();
    let service = TowerToHyperService::new(prometheus.clone());
    runtime.spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let connection = hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service.clone());
            tokio::spawn(connection);
        }
    });
    is_served(address, &prometheus);
}

#[test]
fn the_listener_serves_it_by_itself() {
    let prometheus = some();
    let listening = prometheus.listener().address("127.0.0.1:0").start().unwrap();
    is_served(listening.local_addr(), &prometheus);
}
