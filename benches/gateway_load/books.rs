//! Whether each gateway did what its figures are said to be of.

use std::collections::HashMap;

use crate::{
    Failure,
    gateway::Ended,
    kinds::{CONNECTIONS, Kind},
    scrape::sum,
};

/// Requests are counted, spans sent and lines written as the gateways were told, to the last one.
pub(crate) fn check(gateways: &[Ended], provider: &str, collector: &str) -> Result<(), Failure> {
    let [answered, failed] = counts(provider).ok_or("the provider tells nothing")?;
    let served: u64 = gateways.iter().map(|gateway| gateway.served).sum();
    let broken_off: u64 = gateways.iter().map(broken_off).sum();
    if failed != 0 || !(served..=served + broken_off).contains(&answered) {
        return Err(format!("the provider has answered {answered} requests and failed {failed}; served were {served}").into());
    }
    let received: HashMap<_, _> = collector
        .lines()
        .filter_map(|line| line.split_once(' '))
        .filter_map(|(name, told)| Some((name, counts(told)?)))
        .collect();
    gateways.iter().try_for_each(|gateway| of(gateway, received.get(gateway.kind.id()).copied().unwrap_or_default()))
}

fn of(gateway: &Ended, [requests, calls]: [u64; 2]) -> Result<(), Failure> {
    let Ended { kind, served, .. } = *gateway;
    let wrong = |what: &str, found: f64, expected: f64| {
        Err(format!("the gateway `{}` has {found} {what}, expected {expected}", kind.name()).into())
    };
    #[expect(clippy::cast_precision_loss, reason = "counts of a few minutes")]
    let [served, broken_off, requests, calls] = [served, broken_off(gateway), requests, calls].map(|count| count as f64);
    let counted = sum(&gateway.metrics, "provider_requests_total");
    if kind.has_metrics() && !(served..=served + broken_off).contains(&counted) {
        return wrong("requests counted", counted, served);
    }
    // The last scrape did not count itself; all others and the look at its health did.
    let all = sum(&gateway.metrics, "http_requests_total") + 1.0;
    for (what, found, of) in [("spans of requests", requests, all), ("spans of calls", calls, counted)] {
        let expected = of * kind.sampled();
        // Six standard deviations.
        let most = 6.0 * (expected * (1.0 - kind.sampled())).sqrt();
        if (found - expected).abs() > most {
            return wrong(what, found, expected);
        }
    }
    #[expect(clippy::cast_precision_loss, reason = "counts of a few minutes")]
    let lines = |text: &str| gateway.out.lines().filter(|line| line.contains(text)).count() as f64;
    let expected = if kind.has_logs() { all } else { 0.0 };
    let written = lines("\"request served\"");
    if (written - expected).abs() > f64::EPSILON {
        return wrong("log lines of requests", written, expected);
    }
    match lines("\"WARN\"") + lines("\"ERROR\"") {
        0.0 => Ok(()),
        _ if kind == Kind::All => {
            Err(format!("the gateway warns: {:?}", gateway.out.lines().find(|line| line.contains("\"WARN\""))).into())
        }
        told => wrong("lines that warn", told, 0.0),
    }
}

/// As a load ends it breaks off what is under way.
fn broken_off(gateway: &Ended) -> u64 {
    gateway.loads * u64::from(CONNECTIONS)
}

fn counts(told: &str) -> Option<[u64; 2]> {
    let (first, second) = told.trim().split_once(' ')?;
    Some([first.parse().ok()?, second.parse().ok()?])
}
