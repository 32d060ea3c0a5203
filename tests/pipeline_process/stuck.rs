//! Sinks that are stuck hold up the end of the program for the time that is set, and no longer.

use std::{net::TcpListener, thread, time::Duration};

use crate::process::{Ended, Setup};

/// `shutdown_timeout` of all of these.
const TIMEOUT: Duration = Duration::from_secs(3);
/// For what else there is to do.
const AND: Duration = Duration::from_secs(1);

fn ends_in_time(ended: &Ended, code: i32) {
    assert_eq!(ended.status.code(), Some(code), "{ended:?}");
    assert!(ended.took < TIMEOUT + AND, "{:?}: {}", ended.took, ended.stderr);
}

#[test]
fn an_output_that_nobody_reads() {
    let settings =
        ["sinks: [json_spans], logs: {format: off}", "sinks: [console]", "sinks: [], logs: {format: json, output: stdout}"];
    thread::scope(|scope| {
        for (settings, (end, code)) in
            settings.into_iter().flat_map(|settings| [("return", 0), ("panic", 101)].map(|end| (settings, end)))
        {
            scope.spawn(move || {
                let setup = Setup::new(&format!("{{llm_span: {{{settings}, queue: {{capacity: 5000}}, shutdown_timeout: 3s}}}}"));
                let mut running = setup.start_unread("multi_thread", end, 2_000);
                running.wait_for("ready");
                let ended = running.end();
                ends_in_time(&ended, code);
                assert!(ended.took > TIMEOUT / 2, "it is stuck: {settings} {ended:?}");
            });
        }
    });
}

#[test]
fn an_endpoint_that_takes_connections_and_never_answers() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    // Kept open; the thread ends with the test's process.
    thread::spawn(move || listener.incoming().collect::<Vec<_>>());
    let ends = [("none", "return", 0), ("current_thread", "return", 0), ("multi_thread", "panic", 101)];
    thread::scope(|scope| {
        for (protocol, (runtime, end, code)) in
            ["grpc", "http/protobuf"].into_iter().flat_map(|protocol| ends.map(|end| (protocol, end)))
        {
            scope.spawn(move || {
                let sinks = format!("{{json_spans: true, otlp: {{endpoint: 'http://{address}', protocol: {protocol}}}}}");
                let logs = "{format: json, output: stderr}";
                let setup = Setup::new(&format!("{{llm_span: {{sinks: {sinks}, logs: {logs}, shutdown_timeout: 3s}}}}"));
                let mut running = setup.start(runtime, end, 100);
                running.wait_for("ready");
                let ended = running.end();
                ends_in_time(&ended, code);
                assert_eq!((ended.spans("work"), ended.count("at work")), (100, 100), "the other sinks are well: {ended:?}");
                let told = ended.told("WARN");
                assert!(told.iter().any(|line| line.starts_with("otlp traces: ")), "{:?}: {}", ended.took, ended.stderr);
            });
        }
    });
}
