//! What the workers of a gateway are to be.

use std::{net::SocketAddr, time::Duration};

use llm_span::pipeline::Settings;
use uuid::Uuid;

use super::worker::{LISTEN, NUMBER};

/// `service.instance.id`, as OpenTelemetry's resource conventions have it.
const INSTANCE: &str = "service.instance.id";

/// These of the supervisor's variables would give a worker settings beside those that it is given: a file, and the choice of a form.
pub(super) const NOT_INHERITED: [&str; 7] = [
    "LLM_SPAN_CONFIG",
    "TELEMETRY_SINKS",
    "TWINKLE_TELEMETRY_DEBUG",
    "TWINKLE_TELEMETRY_ENABLED",
    "TWINKLE_TELEMETRY_ENDPOINT",
    "TWINKLE_TELEMETRY_INTERVAL",
    "TWINKLE_TELEMETRY_SERVICE",
];

/// What the workers of a gateway are to be.
pub(crate) struct Plan {
    /// How many.
    pub(crate) workers: u32,
    /// Where all of them listen; at the port 0 the supervisor finds one.
    pub(crate) listen: SocketAddr,
    /// How long their requests may take once they are told to stop.
    pub(crate) grace: Duration,
    /// Their telemetry.
    pub(crate) settings: Settings,
}

impl Plan {
    /// How long the end of a worker may take: that of its requests, that of its telemetry, and what it takes besides.
    pub(super) fn time_to_end(&self) -> Duration {
        self.grace + self.time_to_end_at_once()
    }

    /// The same, where it gives up its requests.
    pub(super) fn time_to_end_at_once(&self) -> Duration {
        self.settings.shutdown_timeout + Duration::from_secs(2)
    }

    /// The variables of a worker, which listens there. **They hold secrets.**
    pub(super) fn environment(&self, number: u32, address: SocketAddr) -> Vec<(String, String)> {
        let mut settings = self.settings.clone();
        let instance = match settings.resource_attributes.get(INSTANCE).filter(|id| !id.is_empty()) {
            Some(id) => format!("{id}-{number}"),
            None => Uuid::new_v4().to_string(),
        };
        settings.resource_attributes.insert(INSTANCE.to_owned(), instance);
        if let Some(prometheus) = &mut settings.prometheus {
            prometheus.listen = Some(metrics_of(number, prometheus.listen));
        }
        let mut variables = settings.worker_environment();
        variables.extend([(NUMBER.to_owned(), number.to_string()), (LISTEN.to_owned(), address.to_string())]);
        variables
    }
}

/// Where a worker shows its metrics to Prometheus. At the address that all share a scrape would find one worker or another.
///
/// From an address of the operator's choice the ports are counted on, so that they can be scraped by a list; else each worker takes any that is free.
fn metrics_of(number: u32, chosen: Option<SocketAddr>) -> SocketAddr {
    let Some(mut address) = chosen else { return ([127, 0, 0, 1], 0).into() };
    let next = u16::try_from(number - 1).ok().and_then(|further| address.port().checked_add(further));
    // 0 stays 0: any.
    address.set_port(next.filter(|_| address.port() != 0).unwrap_or(0));
    address
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

    use llm_span::{Telemetry, pipeline::PrometheusSettings};

    use super::*;

    fn plan(telemetry: Telemetry) -> Plan {
        let settings = telemetry.settings().unwrap();
        Plan { workers: 2, listen: address(), grace: Duration::from_secs(1), settings }
    }

    fn address() -> SocketAddr {
        ([127, 0, 0, 1], 8080).into()
    }

    /// The settings with which a worker comes out.
    fn worker(plan: &Plan, number: u32) -> Settings {
        Telemetry::new().variables(plan.environment(number, address())).settings().unwrap()
    }

    #[test]
    fn each_worker_is_an_instance_of_its_own_and_keeps_the_other_attributes() {
        let plan = plan(Telemetry::new().environment([("OTEL_RESOURCE_ATTRIBUTES", "deployment.environment.name=a%2Cb")]));
        let (one, two) = (worker(&plan, 1), worker(&plan, 2));
        assert_eq!(one.resource_attributes["deployment.environment.name"], "a,b");
        assert_ne!(one.resource_attributes[INSTANCE], two.resource_attributes[INSTANCE]);
    }

    #[test]
    fn an_instance_that_has_a_name_gives_it_to_its_workers() {
        let plan = plan(Telemetry::new().environment([("OTEL_RESOURCE_ATTRIBUTES", "service.instance.id=pod-7")]));
        assert_eq!(worker(&plan, 2).resource_attributes[INSTANCE], "pod-7-2");
    }

    #[test]
    fn each_worker_shows_its_metrics_at_a_place_of_its_own() {
        let shows = |prometheus, number| {
            let plan = plan(Telemetry::new().environment([]).prometheus(prometheus));
            worker(&plan, number).prometheus.unwrap().listen.unwrap().to_string()
        };
        assert_eq!(shows(PrometheusSettings::new(), 2), "127.0.0.1:0");
        let chosen = || PrometheusSettings::new().listening(([10, 0, 0, 1], 9464));
        assert_eq!((shows(chosen(), 1), shows(chosen(), 3)), ("10.0.0.1:9464".to_owned(), "10.0.0.1:9466".to_owned()));
        assert_eq!(shows(PrometheusSettings::new().listening(([0, 0, 0, 0], 0)), 2), "0.0.0.0:0");
        assert_eq!(shows(PrometheusSettings::new().listening(([0, 0, 0, 0], u16::MAX)), 2), "0.0.0.0:0");
    }

    #[test]
    fn without_metrics_for_prometheus_no_worker_listens_for_it() {
        let plan = plan(Telemetry::new().environment([]));
        assert_eq!(worker(&plan, 1).prometheus, None);
    }

    #[test]
    fn twinkles_own_settings_make_twinkles_worker() {
        let file = "telemetry: {enabled: true, otlp_endpoint: 'http://localhost:4317'}";
        let plan = plan(Telemetry::new().yaml("server_config.yaml", file).environment([]));
        assert!(worker(&plan, 1).is_twinkle_worker);
    }
}
