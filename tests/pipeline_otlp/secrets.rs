//! The values of headers are for the Collector only.

use std::time::Duration;

use tonic::Code;

use crate::{
    collector::{Behaviour, Collector},
    support::{Program, WIRES, chat, telemetry},
};

const TOKEN: &str = "s3cr3t-t0k3n-0f-4cm3";

#[test]
fn a_header_s_value_is_sent_and_never_shown() {
    let refusals = [
        Behaviour::status(401, Code::Unauthenticated, "who are you"),
        Behaviour::status(503, Code::Unavailable, "busy"),
        Behaviour::Partly { rejected: 1, message: format!("no quota for {TOKEN}") },
        Behaviour::Partly { rejected: 0, message: format!("{TOKEN} expires soon") },
        Behaviour::Die,
        Behaviour::Hang,
    ];
    for wire in WIRES {
        for refusal in &refusals {
            let collector = Collector::start();
            collector.behave(refusal.clone().repeating_headers());
            let mut endpoint = wire.endpoint(&collector).header("authorization", format!("Bearer {TOKEN}"));
            endpoint.timeout = Duration::from_millis(100);
            let mut program = Program::start(telemetry().otlp(endpoint).set(|settings| {
                settings.shutdown_timeout = Duration::from_millis(400);
            }));
            program.run(|| chat("gpt-4o", 1, 2));
            let shown = format!("{:?} {:?}", program.guard(), program.guard().settings());
            let report = program.shutdown();
            let told = program.told();
            assert!(!told.is_empty(), "{wire:?} {refusal:?}: it fails, and is told");
            for text in told.iter().chain([&shown, &format!("{report:?}")]) {
                assert!(!text.contains(TOKEN), "{wire:?} {refusal:?}: {text}");
            }
            if matches!(refusal, Behaviour::Partly { .. }) {
                for request in collector.received().requests {
                    assert_eq!(request.headers["authorization"], format!("Bearer {TOKEN}"), "{wire:?}");
                }
            }
        }
    }
}
