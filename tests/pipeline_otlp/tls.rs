//! TLS: whom the program trusts, and who it is.

use std::time::Duration;

use crate::{
    arrival::two_calls,
    collector::{Collector, certificates::Authority},
    support::{Program, WIRES, folder, traces},
};

#[test]
fn all_signals_arrive_where_the_server_s_authority_is_named() {
    for wire in WIRES {
        let (authority, folder) = (Authority::new(), folder());
        let collector = Collector::with_tls(authority.server(false));
        let received = two_calls(wire, &collector, |endpoint| endpoint.certificate = Some(authority.file(folder.path())));
        assert_eq!((received.spans().len(), received.logs().len()), (3, 2), "{wire:?}");
        assert_eq!(received.sums("total_tokens").into_values().collect::<Vec<_>>(), [195.0], "{wire:?}");
    }
}

#[test]
fn all_signals_arrive_where_the_server_wants_to_know_the_client() {
    for wire in WIRES {
        let (authority, folder) = (Authority::new(), folder());
        let collector = Collector::with_tls(authority.server(true));
        let received = two_calls(wire, &collector, |endpoint| {
            endpoint.certificate = Some(authority.file(folder.path()));
            endpoint.client_certificate = Some(authority.client_files(folder.path()));
        });
        assert_eq!((received.spans().len(), received.logs().len()), (3, 2), "{wire:?}");
    }
}

/// Nothing arrives, and it is told why.
fn fails(
    wire: crate::support::Wire,
    collector: &Collector,
    change: impl FnOnce(&mut llm_span::pipeline::OtlpEndpoint),
) -> Vec<String> {
    let mut endpoint = wire.endpoint(collector);
    change(&mut endpoint);
    let mut program = Program::start(traces(endpoint).set(|settings| settings.shutdown_timeout = Duration::from_millis(400)));
    program.spans(0..3);
    let report = program.shutdown();
    assert_eq!(report.losses.first().map(|(_, losses)| losses.failed), Some(3), "{wire:?}: {report:?}");
    assert_eq!(collector.received().requests.len(), 0, "{wire:?}");
    program.told()
}

#[test]
fn a_server_of_an_unknown_authority_is_not_trusted() {
    for wire in WIRES {
        let collector = Collector::with_tls(Authority::new().server(false));
        let folder = folder();
        let other = Authority::new().file(folder.path());
        let told = fails(wire, &collector, |endpoint| endpoint.certificate = Some(other));
        assert!(told[0].contains("invalid peer certificate"), "{wire:?}: {told:?}");
        assert!(told[0].contains("; set `certificate`"), "{wire:?}: {told:?}");
    }
}

#[test]
fn a_client_without_a_certificate_is_told_that_the_server_wants_one() {
    for wire in WIRES {
        let (authority, folder) = (Authority::new(), folder());
        let collector = Collector::with_tls(authority.server(true));
        let told = fails(wire, &collector, |endpoint| endpoint.certificate = Some(authority.file(folder.path())));
        assert!(told[0].contains("can't be sent now"), "{wire:?}: {told:?}");
    }
}

#[test]
fn tls_is_not_spoken_in_plaintext_nor_plaintext_in_tls() {
    for wire in WIRES {
        let (authority, folder) = (Authority::new(), folder());
        let plain = Collector::start();
        let told = fails(wire, &plain, |endpoint| {
            endpoint.url = endpoint.url.replace("http://", "https://");
            endpoint.certificate = Some(authority.file(folder.path()));
        });
        assert!(told[0].contains("; the server seems to speak plaintext: write `http://`"), "{wire:?}: {told:?}");
        let secure = Collector::with_tls(authority.server(false));
        let told = fails(wire, &secure, |endpoint| endpoint.url = endpoint.url.replace("https://", "http://"));
        // By gRPC the connection may be gone before the answer that gives it away is read.
        let symptom = "stream closed because of a broken pipe";
        let is_told = told[0].contains("; the server seems to speak TLS: write `https://`") || told[0].contains(symptom);
        assert!(is_told || told[0].contains("onnection reset"), "{wire:?}: {told:?}");
    }
}
