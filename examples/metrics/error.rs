//! Why the service does not run.

use std::{fmt, io};

use llm_span::{GaugeError, PriceError, contract::MetricError};

use crate::endpoint::EndpointError;

/// Why the service does not run. `Debug` prints what `Display` prints: it is what a `main` that returns it shows.
#[non_exhaustive]
pub enum ServiceError {
    /// The metrics do not go together.
    Metrics(MetricError),
    /// A price is none.
    Price(PriceError),
    /// A gauge was not registered.
    Gauge(GaugeError),
    /// The embedded provider did not start.
    Endpoint(EndpointError),
    /// A port was not opened.
    Port(io::Error),
    /// A request was not sent, or its answer not read.
    Request(reqwest::Error),
    /// A request was not answered as it should be.
    Answer(String),
}

impl fmt::Display for ServiceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Metrics(error) => error.fmt(f),
            Self::Price(error) => error.fmt(f),
            Self::Gauge(error) => error.fmt(f),
            Self::Endpoint(error) => fmt::Display::fmt(error, f),
            Self::Port(error) => write!(f, "a port was not opened: {error}"),
            Self::Request(error) => write!(f, "a request failed: {error}"),
            Self::Answer(what) => f.write_str(what),
        }
    }
}

impl fmt::Debug for ServiceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl std::error::Error for ServiceError {}

impl From<MetricError> for ServiceError {
    fn from(error: MetricError) -> Self {
        Self::Metrics(error)
    }
}

impl From<PriceError> for ServiceError {
    fn from(error: PriceError) -> Self {
        Self::Price(error)
    }
}

impl From<GaugeError> for ServiceError {
    fn from(error: GaugeError) -> Self {
        Self::Gauge(error)
    }
}

impl From<EndpointError> for ServiceError {
    fn from(error: EndpointError) -> Self {
        Self::Endpoint(error)
    }
}

impl From<io::Error> for ServiceError {
    fn from(error: io::Error) -> Self {
        Self::Port(error)
    }
}

impl From<reqwest::Error> for ServiceError {
    fn from(error: reqwest::Error) -> Self {
        Self::Request(error)
    }
}
