//! How the Collector treats requests.

use std::time::Duration;

use tonic::{Code, Status};
use tonic_types::{ErrorDetails, StatusExt as _};

/// How the Collector treats requests.
#[derive(Clone, Debug, Default)]
pub(crate) enum Behaviour {
    /// It takes them.
    #[default]
    Well,
    /// It never answers.
    Hang,
    /// It closes the connection in the middle of a request.
    Die,
    /// It answers so.
    Refuse(Refusal),
    /// It takes them, but so many items.
    Partly { rejected: i64, message: String },
    /// It takes messages of so many bytes at most; longer ones it refuses with that code by gRPC, and 413 by HTTP.
    AtMost { bytes: usize, grpc: Code },
    /// It answers so by HTTP, with a success: something else listens there.
    Page(&'static str, &'static str),
    /// So for a number of requests; then well.
    Times(usize, Box<Self>),
}

/// An answer that is no success, in both protocols.
#[derive(Clone, Debug)]
pub(crate) struct Refusal {
    pub(crate) http: u16,
    pub(crate) grpc: Code,
    pub(crate) message: String,
    /// `Retry-After`, `RetryInfo`.
    pub(crate) retry_after: Option<Duration>,
    /// Repeats the headers of the request in its message, as servers do that want to be helpful.
    pub(crate) repeats_headers: bool,
}

impl Behaviour {
    /// Answers with a status.
    pub(crate) fn status(http: u16, grpc: Code, message: &str) -> Self {
        Self::Refuse(Refusal { http, grpc, message: message.to_owned(), retry_after: None, repeats_headers: false })
    }

    /// Asks for some time before the next attempt.
    pub(crate) fn asking_for(self, time: Duration) -> Self {
        match self {
            Self::Refuse(refusal) => Self::Refuse(Refusal { retry_after: Some(time), ..refusal }),
            other => other,
        }
    }

    /// Repeats the headers of the request in the answer.
    pub(crate) fn repeating_headers(self) -> Self {
        match self {
            Self::Refuse(refusal) => Self::Refuse(Refusal { repeats_headers: true, ..refusal }),
            other => other,
        }
    }

    /// For so many requests only.
    pub(crate) fn times(self, times: usize) -> Self {
        Self::Times(times, Box::new(self))
    }

    /// What holds for one request.
    pub(super) fn take_one(&mut self) -> Self {
        match self {
            Self::Times(0, _) => Self::Well,
            Self::Times(left, behaviour) => {
                *left -= 1;
                (**behaviour).clone()
            }
            other => other.clone(),
        }
    }
}

impl Refusal {
    pub(super) fn message(&self, headers: &http::HeaderMap) -> String {
        if self.repeats_headers { format!("{}: {headers:?}", self.message) } else { self.message.clone() }
    }

    pub(super) fn grpc_status(&self, headers: &http::HeaderMap) -> Status {
        let message = self.message(headers);
        match self.retry_after {
            Some(time) => Status::with_error_details(self.grpc, message, ErrorDetails::with_retry_info(Some(time))),
            None => Status::new(self.grpc, message),
        }
    }
}
