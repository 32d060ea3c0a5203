//! An endpoint that can't be used is told when the program starts, and left out; the program goes on.

use llm_span::pipeline::OtlpEndpoint;

use crate::{
    collector::{Collector, certificates::Authority},
    support::{Program, WIRES, folder, telemetry, write},
};

/// What is told of an endpoint that can't be used; the program goes on without it.
fn told(endpoint: OtlpEndpoint) -> String {
    let mut program = Program::start(telemetry().otlp(endpoint));
    program.spans(0..3);
    let told = program.told();
    assert!(program.shutdown().is_complete());
    let start = "this sink could not be set up, and is left out; the program goes on: ";
    let mut whys: Vec<&str> = told.iter().filter_map(|line| line.split_once(start)).map(|(_, why)| why).collect();
    assert_eq!(whys.len(), 3, "one for each signal: {told:?}");
    assert!(told.iter().all(|line| line.starts_with("ERROR otlp ")), "{told:?}");
    whys.dedup_by_key(|why| why.replace("v1/traces", "").replace("v1/logs", "").replace("v1/metrics", ""));
    assert_eq!(whys.len(), 1, "{told:?}");
    whys[0].to_owned()
}

#[test]
fn certificates_that_can_t_be_used_are_told() {
    let (authority, folder) = (Authority::new(), folder());
    let path = |name: &str| folder.path().join(name).display().to_string();
    let ca = authority.file(folder.path());
    let (certificate, key) = authority.client_files(folder.path());
    let text = write(folder.path(), "text.pem", "no certificate");
    let broken = write(folder.path(), "broken.pem", "-----BEGIN CERTIFICATE-----\n!!!!\n-----END CERTIFICATE-----\n");
    let bad = write(folder.path(), "bad.pem", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");
    let other = folder.path().join("other");
    std::fs::create_dir(&other).expect("a folder");
    let (_, other_key) = authority.client_files(&other);
    for wire in WIRES {
        let with = |file: &std::path::Path| {
            let mut endpoint = wire.endpoint_at("https://localhost:1");
            endpoint.certificate = Some(file.to_owned());
            endpoint
        };
        let why = told(with(&folder.path().join("missing.pem")));
        assert!(why.starts_with(&format!("the file `{}` can't be read: ", path("missing.pem"))), "{why}");
        let why = told(with(&text));
        assert_eq!(
            why,
            format!("`{}` has no certificate; it must be a PEM file (`-----BEGIN CERTIFICATE-----`)", path("text.pem"))
        );
        let why = told(with(&broken));
        assert!(why.starts_with(&format!("the certificates in `{}` can't be read: ", path("broken.pem"))), "{why}");
        let why = told(with(&bad));
        assert!(why.starts_with(&format!("the certificate in `{}` can't be used: ", path("bad.pem"))), "{why}");
        let with_client = |certificate: &std::path::Path, key: &std::path::Path| {
            let mut endpoint = with(&ca);
            endpoint.client_certificate = Some((certificate.to_owned(), key.to_owned()));
            endpoint
        };
        let why = told(with_client(&certificate, &text));
        assert_eq!(why, format!("`{}` has no private key; it must be a PEM file with one, unencrypted", path("text.pem")));
        let why = told(with_client(&certificate, &other_key));
        assert!(why.starts_with("the client certificate ") && why.contains(" can't be used: "), "{why}");
        let ok = Program::start(telemetry().otlp(with_client(&certificate, &key)));
        assert_eq!(ok.told(), Vec::<String>::new());
    }
}

#[test]
fn a_signal_that_can_t_be_set_up_does_not_take_the_others_with_it() {
    let collector = Collector::start();
    let endpoint = OtlpEndpoint::grpc(collector.url());
    let mut program = Program::start(telemetry().otlp(endpoint).set(|settings| {
        let mut endpoint = OtlpEndpoint::grpc("https://localhost:1");
        endpoint.certificate = Some("missing.pem".into());
        settings.otlp.logs = Some(endpoint);
    }));
    program.run(|| crate::support::chat("gpt-4o", 1, 2));
    assert!(program.shutdown().is_complete());
    let received = collector.received();
    assert_eq!((received.spans().len(), received.logs().len()), (1, 0));
    assert_eq!(received.sums("total_tokens").into_values().collect::<Vec<_>>(), [3.0]);
    assert_eq!(program.told_of("left out"), 1, "{:?}", program.told());
}
