//! Where what the program tells can be seen.

use llm_span::{
    Listening,
    pipeline::{Guard, OtlpEndpoint},
};

/// Says on standard error where everything goes. Metrics that no listener of the pipeline's serves are served while what is returned is
/// kept; a program with a server of its own routes them there.
pub(crate) fn show(telemetry: &Guard) -> Option<Listening> {
    let settings = telemetry.settings();
    if !settings.enabled {
        place("log lines", "standard output or error; telemetry is disabled");
        return None;
    }
    if settings.console.is_some() {
        place("all", "on standard output");
    }
    if settings.json_spans {
        place("spans", "on standard output, one JSON object each");
    }
    if let Some(sqlite) = &settings.sqlite {
        place("SQLite", &format!("cargo run --example traces -- --db {} list", sqlite.path.display()));
    }
    let otlp = &settings.otlp;
    for (signal, endpoint) in [("traces", &otlp.traces), ("metrics", &otlp.metrics), ("logs", &otlp.logs)] {
        if let Some(OtlpEndpoint { url, protocol, .. }) = endpoint {
            place(signal, &format!("{url} by {}", protocol.name()));
        }
    }
    let prometheus = settings.prometheus.as_ref()?;
    if let Some(address) = prometheus.listen {
        place("metrics", &format!("http://{address}{}", prometheus.path));
        return None;
    }
    let listening = telemetry.prometheus()?.listener().address("127.0.0.1:0").path(&prometheus.path).start();
    match &listening {
        Ok(listening) => place("metrics", &format!("http://{}{}", listening.local_addr(), prometheus.path)),
        Err(error) => place("metrics", &error.to_string()),
    }
    listening.ok()
}

fn place(what: &str, place: &str) {
    eprintln!("{what:<10}{place}");
}
