//! Delivers messages, also to a Collector that is away for a while.

use std::time::{Duration, Instant};

use bytes::Bytes;

use super::{
    answer::{Accepted, Refusal, Why},
    backoff::Backoff,
    batch::Batch,
    client::Client,
    part::Part,
    runtime::{Cut, OtlpRuntime},
    signal::Signal,
};
use crate::pipeline::{
    settings::OtlpEndpoint,
    worker::{Failure, Patience, Teller},
};

/// A batch that could not be delivered for so long is lost. The Collector's own exporters give up after the same time; what is older is of
/// little use, and keeps what is newer from being sent.
pub(super) const LONGEST_RETRY: Duration = Duration::from_secs(5 * 60);

/// No message is longer than so many bytes, unless it is of one item. Collectors take 4 MiB by gRPC, unless they are told otherwise.
const LONGEST_MESSAGE: usize = 3_500_000;

/// Before the end of all patience: so that what is lost is counted when the end comes.
const MARGIN: Duration = Duration::from_millis(100);

/// Delivers the messages of one signal, one after the other.
pub(super) struct Delivery {
    client: Client,
    runtime: OtlpRuntime,
    signal: Signal,
    teller: Teller,
    /// For one attempt.
    timeout: Duration,
    /// For all attempts of one message.
    retry: Duration,
    trouble: Trouble,
    /// Whether a Collector's warning has been told.
    warned: bool,
}

fn is_over(patience: &Patience) -> bool {
    patience.left().is_some_and(|left| left <= MARGIN)
}

/// A part that was not delivered, or not all of it, and why.
enum Undelivered {
    /// It may be delivered in smaller parts.
    TooLarge(String),
    Refused(String),
    /// So many items of it.
    Rejected(usize, String),
    /// There is no time for further ones either.
    GivenUp(String),
}

/// What has been told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Trouble {
    None,
    /// That attempts fail.
    Waiting,
    /// That, and something was lost since, which its sink tells.
    Lost,
}

impl Delivery {
    pub(super) fn new(
        endpoint: &OtlpEndpoint,
        signal: Signal,
        runtime: &OtlpRuntime,
        teller: &Teller,
        retry: Duration,
    ) -> Result<Self, String> {
        let client = Client::new(endpoint, signal, runtime)?;
        let (runtime, teller) = (runtime.clone(), teller.clone());
        Ok(Self { client, runtime, signal, teller, timeout: endpoint.timeout, retry, trouble: Trouble::None, warned: false })
    }

    /// Whether the program has ended: then no message is made any more, since what still waits is to be counted soon.
    pub(super) fn too_late(&self, items: usize, patience: &Patience) -> Result<(), Failure> {
        if is_over(patience) {
            return Err(Failure { lost: items, why: self.client.explain(&"the program ended before it was sent".into()) });
        }
        Ok(())
    }

    /// Delivers a message: tries again where that may help, for as long as there is patience; in parts, where it is too large.
    pub(super) fn deliver(&mut self, message: impl Batch, patience: &Patience) -> Result<(), Failure> {
        self.deliver_part(Part::Message(message), patience)
    }

    /// The same of a message that is encoded already, of so many items.
    pub(super) fn deliver_encoded<M: Batch>(&mut self, message: Bytes, items: usize, patience: &Patience) -> Result<(), Failure> {
        self.deliver_part(Part::<M>::Encoded(message, items), patience)
    }

    fn deliver_part(&mut self, message: Part<impl Batch>, patience: &Patience) -> Result<(), Failure> {
        let delivered = self.deliver_in_parts(message, patience);
        match &delivered {
            Ok(()) => {
                if self.trouble == Trouble::Waiting {
                    self.teller.inform(&self.signal.to_string(), "the Collector takes telemetry again");
                }
                self.trouble = Trouble::None;
            }
            Err(_) if self.trouble == Trouble::Waiting => self.trouble = Trouble::Lost,
            Err(_) => {}
        }
        delivered
    }

    /// What is lost of all parts, with the first reason. Where one was given up, because time is over, those behind it are lost with it.
    fn deliver_in_parts<M: Batch>(&mut self, message: Part<M>, patience: &Patience) -> Result<(), Failure> {
        let mut since = Instant::now();
        let mut failure: Option<Failure> = None;
        let mut waiting = vec![message];
        while let Some(part) = waiting.pop() {
            let (items, parts) = (part.items(), part.parts());
            if part.length() > LONGEST_MESSAGE && parts > 1 {
                waiting.extend(part.halves());
                continue;
            }
            let encoded = part.encoded();
            let body = self.client.body(&encoded);
            let (lost, why) = match self.try_to_deliver(&body, items, since, patience) {
                Ok(()) => {
                    since = Instant::now();
                    continue;
                }
                Err(Undelivered::TooLarge(_)) if parts > 1 => {
                    waiting.extend(Part::<M>::Encoded(encoded, parts).halves());
                    continue;
                }
                Err(Undelivered::TooLarge(why) | Undelivered::Refused(why)) => (items, why),
                Err(Undelivered::Rejected(lost, why)) => (lost, why),
                Err(Undelivered::GivenUp(why)) => (items + waiting.drain(..).map(|part| part.items()).sum::<usize>(), why),
            };
            failure.get_or_insert(Failure { lost: 0, why }).lost += lost;
        }
        failure.map_or(Ok(()), Err)
    }

    fn try_to_deliver(&mut self, body: &Bytes, items: usize, since: Instant, patience: &Patience) -> Result<(), Undelivered> {
        let given_up = |why: String| Err(Undelivered::GivenUp(why));
        if is_over(patience) {
            return given_up(self.client.explain(&"the program ended before it was sent".into()));
        }
        let mut backoff = Backoff::new();
        let mut is_last = false;
        loop {
            let timeout = self.timeout.min(self.retry.saturating_sub(since.elapsed()));
            let attempt = self.client.send(body.clone(), timeout);
            let (why, asked) = match self.runtime.run(attempt, || !is_over(patience)) {
                Ok(Ok(accepted)) => return self.accepted(&accepted, items),
                Ok(Err(Refusal::Never { why })) => return Err(Undelivered::Refused(self.client.explain(&why))),
                Ok(Err(Refusal::TooLarge { why })) => return Err(Undelivered::TooLarge(self.client.explain(&why))),
                Ok(Err(Refusal::Later { why, asked })) => (why, asked),
                Ok(Err(Refusal::Silent)) => {
                    self.client.renew(&self.runtime);
                    (Why::new(format!("no answer within {:?}", self.timeout), ""), None)
                }
                Err(Cut::OutOfTime) => return given_up(self.client.explain(&"the program ended before it was answered".into())),
                Err(Cut::Panicked) => return Err(Undelivered::Refused(self.client.explain(&"its client has panicked".into()))),
            };
            let why = self.client.explain(&why);
            let left = self.retry.saturating_sub(since.elapsed());
            if is_last || left.is_zero() {
                return given_up(format!("{why}; given up after {:.1}s", since.elapsed().as_secs_f64()));
            }
            self.tell(&why);
            let wait = backoff.next(asked);
            // There is a last attempt, with time for it, also where the server asks for a longer wait than there is time.
            let longest = left.saturating_sub(self.timeout.min(left / 2));
            let (began, wanted) = (Instant::now(), wait.min(longest));
            patience.wait(wanted);
            // One that was cut short, because the program ends, is followed by further attempts.
            is_last = wait >= longest && began.elapsed() >= wanted;
            if is_over(patience) {
                return given_up(why);
            }
        }
    }

    /// It was taken; perhaps not all of it. What was not is not sent again: it would be refused again.
    fn accepted(&mut self, accepted: &Accepted, items: usize) -> Result<(), Undelivered> {
        let what = self.signal.items();
        match (accepted.rejected, accepted.message.as_str()) {
            (0, "") => Ok(()),
            (0, warning) => {
                if !std::mem::replace(&mut self.warned, true) {
                    let why = Why::new(format!("the Collector took all {what}, and warns, which is told once"), warning);
                    self.teller.warn(&self.signal.to_string(), &self.client.explain(&why));
                }
                Ok(())
            }
            (rejected, message) => {
                let lost = usize::try_from(rejected).unwrap_or(usize::MAX).min(items);
                let why = Why::new(format!("the Collector has rejected {lost} of {items} {what}"), message);
                Err(Undelivered::Rejected(lost, self.client.explain(&why)))
            }
        }
    }

    /// Once, until it is well again. Metrics are not: an export is over soon, and tells itself whether it has failed.
    fn tell(&mut self, why: &str) {
        if self.trouble == Trouble::None && self.signal != Signal::Metrics {
            self.trouble = Trouble::Waiting;
            let text = format!(
                "{} can't be sent now; they are kept while there is room, and sent again for up to {:?}: {why}",
                self.signal.items(),
                self.retry
            );
            self.teller.warn(&self.signal.to_string(), &text);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::{
        io::{BufRead as _, BufReader, Read as _, Write as _},
        net::{TcpListener, TcpStream},
        sync::mpsc,
    };

    use opentelemetry_proto::tonic::{
        collector::trace::v1::ExportTraceServiceRequest,
        trace::v1::{ResourceSpans, ScopeSpans, Span},
    };

    use super::*;

    fn seven_spans() -> ExportTraceServiceRequest {
        let scope_spans = vec![ScopeSpans { spans: vec![Span::default(); 7], ..ScopeSpans::default() }];
        ExportTraceServiceRequest { resource_spans: vec![ResourceSpans { scope_spans, ..ResourceSpans::default() }] }
    }

    fn delivery(url: String, timeout: u64, retry: u64) -> Delivery {
        let mut endpoint = OtlpEndpoint::http(url);
        endpoint.timeout = Duration::from_millis(timeout);
        let runtime = OtlpRuntime::start().expect("a thread");
        Delivery::new(&endpoint, Signal::Traces, &runtime, &Teller::default(), Duration::from_millis(retry)).expect("an endpoint")
    }

    /// Answers each request so; tells when each has come.
    fn server(answer: &'static str) -> (String, mpsc::Receiver<Instant>) {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let (came, has_come) = mpsc::channel();
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                if came.send(Instant::now()).is_err() || respond(stream, answer).is_err() {
                    break;
                }
            }
        });
        (url, has_come)
    }

    fn respond(mut stream: TcpStream, answer: &str) -> std::io::Result<()> {
        let mut request = BufReader::new(stream.try_clone()?);
        let (mut line, mut length) = (String::new(), 0);
        while request.read_line(&mut line)? > 2 {
            if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
                length = value.trim().parse().unwrap_or_default();
            }
            line.clear();
        }
        request.read_exact(&mut vec![0; length])?;
        stream.write_all(answer.as_bytes())
    }

    #[test]
    fn a_batch_is_given_up_when_its_time_is_over() {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        drop(listener);
        let since = Instant::now();
        let failure = delivery(url, 200, 500).deliver(seven_spans(), &Patience::default()).expect_err("nobody listens");
        assert!(since.elapsed() >= Duration::from_millis(200) && since.elapsed() < Duration::from_secs(3));
        assert_eq!(failure.lost, 7);
        let (_, after) = failure.why.rsplit_once("given up after ").expect("given up");
        let after: f64 = after.trim_end_matches('s').parse().expect("seconds");
        assert!((after - since.elapsed().as_secs_f64()).abs() < 0.5, "the time that has passed, {after}");
    }

    #[test]
    fn a_longer_wait_than_there_is_time_is_cut_for_one_last_attempt() {
        let (url, has_come) =
            server("HTTP/1.1 503 Busy\r\nretry-after: 3600\r\ncontent-length: 4\r\nconnection: close\r\n\r\nbusy");
        let failure = delivery(url.clone(), 300, 900).deliver(seven_spans(), &Patience::default()).expect_err("it is busy");
        assert!(failure.why.starts_with(&format!("{url}/v1/traces: HTTP status 503: busy; given up after ")), "{}", failure.why);
        let attempts: Vec<Instant> = has_come.try_iter().collect();
        assert_eq!(attempts.len(), 2);
        assert!(attempts[1] - attempts[0] >= Duration::from_millis(300), "as late as there was time for");
    }
}
