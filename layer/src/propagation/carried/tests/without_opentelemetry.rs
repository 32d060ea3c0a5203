//! Services that do not trace.

use http::HeaderMap;
use tracing::{Instrument as _, subscriber::set_default};

use super::{SPAN, TRACE, request};
use crate::propagation::inject;

#[tokio::test]
async fn the_trace_goes_on_as_it_came_in() {
    let _default = set_default(tracing_subscriber::registry());
    for flags in ["00", "01"] {
        let carried = request(flags);
        let span = tracing::info_span!("request");
        carried.adopt(&span);
        carried.link(&span);
        let mut onward = HeaderMap::new();
        carried.run(async { inject(&mut onward) }.instrument(span)).await;
        assert_eq!(onward["traceparent"], format!("00-{TRACE}-{SPAN}-{flags}").as_str());
        assert_eq!(onward["baggage"], "tier=gold");
    }
}

#[cfg(feature = "json")]
mod json {
    use std::{
        io,
        sync::{Arc, Mutex},
    };

    use tracing::subscriber::with_default;
    use tracing_subscriber::layer::SubscriberExt as _;

    use super::*;
    use crate::{IdSource, JsonLogs, propagation::Carried};

    #[derive(Clone, Default)]
    struct Output(Arc<Mutex<Vec<u8>>>);

    impl io::Write for Output {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().expect("a lock").extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    impl Output {
        fn traces(&self) -> Vec<String> {
            let lines = String::from_utf8(self.0.lock().expect("a lock").clone()).expect("text");
            let trace = |line: &str| {
                let line: serde_json::Value = serde_json::from_str(line).expect("JSON");
                line["trace_id"].as_str().unwrap_or_default().to_owned()
            };
            lines.lines().map(trace).collect()
        }
    }

    /// The traces of the lines that are written meanwhile.
    fn traces_of(source: IdSource, work: impl FnOnce()) -> Vec<String> {
        let output = Output::default();
        let writer = output.clone();
        let logs = JsonLogs::new(move || writer.clone()).with_ids(source);
        with_default(tracing_subscriber::registry().with(logs), work);
        output.traces()
    }

    fn finish(future: impl Future<Output = ()>) {
        let polled = std::pin::pin!(future).poll(&mut std::task::Context::from_waker(std::task::Waker::noop()));
        assert!(polled.is_ready());
    }

    fn logs(name: &'static str) {
        tracing::info_span!(parent: None, "span", name).in_scope(|| tracing::info!("a line"));
    }

    #[test]
    fn detached_work_stays_in_the_trace_of_the_lines_where_it_began() {
        for source in [IdSource::Auto, IdSource::Own] {
            let traces = traces_of(source, || {
                let request = tracing::info_span!("request");
                let carried = request.in_scope(|| {
                    tracing::info!("begun");
                    Carried::current()
                });
                // Of a request that has logged nothing yet, too.
                let silent = tracing::info_span!("silent");
                let of_silent = silent.in_scope(Carried::current);
                drop(request);
                finish(carried.run_in(tracing::info_span!(parent: None, "summary"), async {
                    tracing::info!("in its span");
                    logs("a root of its own");
                    let again = Carried::current();
                    finish(again.run_in(tracing::info_span!(parent: None, "detached again"), async { tracing::info!("a line") }));
                }));
                finish(carried.run(async { logs("in no span") }));
                finish(of_silent.run(async { logs("of a silent one") }));
                silent.in_scope(|| tracing::info!("late"));
                logs("of nobody");
                let mut onward = HeaderMap::new();
                carried.inject(&mut onward);
                assert!(onward.is_empty() && carried.trace_id().is_none(), "it is no trace for others");
            });
            let [begun, rest @ .., silent, late, nobody] = &traces[..] else { panic!("eight lines: {traces:?}") };
            assert_eq!(rest, [begun.as_str(); 4], "{source:?}");
            assert_eq!((begun.len(), silent), (32, late));
            assert!(begun != silent && begun != nobody && silent != nobody);
        }
    }

    #[test]
    fn roots_that_are_opened_while_a_request_runs_are_of_its_trace() {
        for source in [IdSource::Auto, IdSource::Own] {
            let traces = traces_of(source, || {
                finish(request("01").run(async { logs("inside") }));
                logs("outside");
            });
            let [inside, outside] = &traces[..] else { panic!("two lines: {traces:?}") };
            assert!(inside == TRACE && outside != TRACE && outside.len() == 32);
        }
    }

    #[test]
    fn log_lines_join_the_trace() {
        for source in [IdSource::Auto, IdSource::Own] {
            let output = Output::default();
            let writer = output.clone();
            let logs = JsonLogs::new(move || writer.clone()).with_ids(source);
            with_default(tracing_subscriber::registry().with(logs), || {
                let span = tracing::info_span!("request");
                request("01").adopt(&span);
                span.in_scope(|| {
                    tracing::info!("begun");
                    tracing::info_span!("below").in_scope(|| tracing::info!("below"));
                });
                // What a line has shown stays.
                let late = tracing::info_span!("late");
                late.in_scope(|| tracing::info!("own"));
                request("01").adopt(&late);
                late.in_scope(|| tracing::info!("own"));
                let nothing = tracing::info_span!("nothing");
                Carried::default().adopt(&nothing);
                nothing.in_scope(|| tracing::info!("other"));
            });
            let traces = output.traces();
            let [begun, below, own, late, other] = &traces[..] else { panic!("five lines: {traces:?}") };
            assert_eq!((begun.as_str(), below.as_str()), (TRACE, TRACE));
            assert_eq!(own, late);
            assert!(own.len() == 32 && other.len() == 32 && own != TRACE && other != TRACE);
        }
    }
}
