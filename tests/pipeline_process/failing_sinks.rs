//! A sink that can't be set up is told, and the program goes on without it.

use std::net::TcpListener;

use crate::process::Setup;

#[test]
fn a_file_that_cannot_be_made_and_a_port_that_is_taken_are_told_once_each() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap();
    let sinks = format!("{{json_spans: true, sqlite: /dev/null/x.db, prometheus: {{listen: '{address}'}}}}");
    let setup = Setup::new(&format!("{{llm_span: {{sinks: {sinks}, logs: {{output: stderr}}}}}}"));
    let ended = setup.run("multi_thread", "return", 10);
    assert_eq!((ended.status.code(), ended.spans("work"), ended.count("at work")), (Some(0), 10, 10), "{ended:?}");
    let mut told = ended.told("ERROR");
    told.sort();
    let [prometheus, sqlite] = &told[..] else { panic!("{told:?}") };
    assert!(prometheus.starts_with("prometheus: ") && prometheus.contains(&address.to_string()), "{prometheus}");
    assert!(sqlite.starts_with("sqlite: ") && sqlite.contains("/dev/null"), "{sqlite}");
    for line in told {
        assert!(line.contains("the program goes on"), "{line}");
    }
}

#[test]
fn settings_that_are_wrong_are_told_with_their_place_and_the_program_decides() {
    let ended = Setup::new("llm_span:\n  sinks: [consle]\n").run("none", "return", 10);
    assert_eq!(ended.status.code(), Some(101));
    assert!(ended.stderr.contains("config.yaml:2:"), "{}", ended.stderr);
}
