//! The gateways that are compared, and the loads that they are under.

/// How much telemetry a gateway has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// None.
    Off,
    /// Metrics, which are scraped.
    Metrics,
    /// And one trace in ten, sent to a Collector.
    Tenth,
    /// And each trace, and log lines as JSON.
    All,
}

impl Kind {
    pub(crate) const ALL: [Self; 4] = [Self::Off, Self::Metrics, Self::Tenth, Self::All];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::Metrics => "metrics",
            Self::Tenth => "10 %",
            Self::All => "100 % and logs",
        }
    }

    /// As its spans and `RATIO` lines name it.
    pub(crate) fn id(self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::Metrics => "metrics",
            Self::Tenth => "10%",
            Self::All => "100%",
        }
    }

    /// The share of its traces that is sent.
    pub(crate) fn sampled(self) -> f64 {
        match self {
            Self::Off | Self::Metrics => 0.0,
            Self::Tenth => 0.1,
            Self::All => 1.0,
        }
    }

    pub(crate) fn has_metrics(self) -> bool {
        self != Self::Off
    }

    pub(crate) fn has_logs(self) -> bool {
        self == Self::All
    }

    /// The gateway's configuration file.
    pub(crate) fn config(self, collector: &str) -> String {
        let sampler = match self {
            Self::Off => return "observability: {enabled: false}".to_owned(),
            Self::Metrics => {
                return "observability: {enabled: true, tracing: {enabled: false, sampler: {type: never}}}".to_owned();
            }
            Self::Tenth => "{type: probability, rate: 0.1}",
            Self::All => "{type: always}",
        };
        let exporter = format!("{{type: otlp, endpoint: '{collector}', insecure: true}}");
        format!("observability: {{enabled: true, tracing: {{enabled: true, sampler: {sampler}, exporter: {exporter}}}}}")
    }
}

/// What a gateway is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Load {
    /// As much as it can do, of a provider that answers at once.
    FullSpeed,
    /// So much a second, of a provider that takes 20 ms.
    FixedRate,
}

/// Connections of a load.
pub(crate) const CONNECTIONS: u32 = 16;

impl Load {
    pub(crate) const ALL: [Self; 2] = [Self::FullSpeed, Self::FixedRate];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::FullSpeed => "full speed, the provider answers at once",
            Self::FixedRate => "200 requests a second, the provider takes 20 ms",
        }
    }

    pub(crate) fn id(self) -> &'static str {
        match self {
            Self::FullSpeed => "full",
            Self::FixedRate => "fixed",
        }
    }

    /// Requests a second; `None`: as many as there can be.
    pub(crate) fn rate(self) -> Option<u32> {
        match self {
            Self::FullSpeed => None,
            Self::FixedRate => Some(200),
        }
    }
}
