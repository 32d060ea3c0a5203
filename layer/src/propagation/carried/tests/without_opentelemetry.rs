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
