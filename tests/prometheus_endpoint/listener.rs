//! The listener: where it listens, when it stops, and that nobody holds it up.

use std::{
    io::{ErrorKind, Read as _, Write as _},
    net::{TcpListener, TcpStream},
    sync::{Mutex, mpsc},
    thread,
    time::Duration,
};

use llm_span::{Labels, ListenError, Listening, MetricSink as _, Number, Prometheus, Read, Reader};

use crate::{
    http::get,
    support::{counter, gauge, labels, tell},
};

const ANY: &str = "127.0.0.1:0";

fn some() -> Prometheus {
    let prometheus = Prometheus::new();
    tell(&prometheus, &counter("calls"), &[], Number::Unsigned(3));
    prometheus
}

fn is_served(listening: &Listening) {
    assert!(get(listening.local_addr(), "/metrics", "").body.ends_with("calls_total 3\n"));
}

#[test]
fn only_its_path_is_answered() {
    let listening = some().listener().address(ANY).path("/own/metrics").start().unwrap();
    let address = listening.local_addr();
    assert!(address.ip().is_loopback());
    assert_eq!(get(address, "/own/metrics", "").status, 200);
    assert_eq!(get(address, "/own/metrics?name=calls", "").status, 200);
    for other in ["/metrics", "/", "/own/metrics/", "*"] {
        let answer = get(address, other, "");
        assert_eq!((answer.status, answer.body.as_str()), (404, "nothing here; metrics are at /own/metrics\n"), "{other}");
    }
}

#[test]
fn it_needs_no_runtime_and_may_be_started_and_dropped_within_one() {
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
        let listening = some().listener().address(ANY).start().unwrap();
        is_served(&listening);
    });
}

#[test]
fn its_port_is_free_again_when_it_has_stopped_or_is_dropped() {
    let listening = some().listener().address(ANY).start().unwrap();
    let address = listening.local_addr();
    // One that is asking just then, too.
    let waiting = TcpStream::connect(address).unwrap();
    is_served(&listening);
    listening.stop();
    assert_eq!(TcpStream::connect(address).unwrap_err().kind(), ErrorKind::ConnectionRefused);
    let again = some().listener().address(address.to_string()).start().unwrap();
    is_served(&again);
    drop(again);
    assert_eq!(TcpStream::connect(address).unwrap_err().kind(), ErrorKind::ConnectionRefused);
    drop(waiting);
}

/// Stops the listener that asks it.
struct Stops(Mutex<mpsc::Receiver<Listening>>);

impl Read for Stops {
    fn read(&self, each: &mut dyn FnMut(&Labels, Number)) {
        if let Ok(listening) = self.0.lock().unwrap().recv() {
            listening.stop();
        }
        each(&labels(&[]), Number::Double(1.0));
    }
}

#[test]
fn a_callback_may_stop_the_listener_that_asks_it() {
    let prometheus = Prometheus::new();
    let (hand_over, handed_over) = mpsc::channel();
    prometheus.observed(&gauge("last"), Reader::new(Stops(Mutex::new(handed_over))));
    let listening = prometheus.listener().address(ANY).start().unwrap();
    let mut stream = TcpStream::connect(listening.local_addr()).unwrap();
    stream.write_all(b"GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n").unwrap();
    hand_over.send(listening).unwrap();
    // The connection ends, answered or not.
    let _ = stream.read_to_end(&mut Vec::new());
}

#[test]
fn clients_that_say_nothing_hold_up_nobody() {
    let listening = some().listener().address(ANY).timeout(Duration::from_secs(3600)).start().unwrap();
    let address = listening.local_addr();
    // Many more than may be open at a time; each has begun a request, and sends no end of it.
    let silent: Vec<_> = (0..100)
        .map(|_| {
            let mut stream = TcpStream::connect(address).unwrap();
            stream.write_all(b"GET /metrics HTTP/1.1\r\nHost: x\r\nX-Slow: ").unwrap();
            stream
        })
        .collect();
    is_served(&listening);
    // The first ones had to give way.
    for mut stream in silent.into_iter().take(50) {
        let mut end = Vec::new();
        assert!(stream.read_to_end(&mut end).is_err() || end.is_empty(), "{}", String::from_utf8_lossy(&end));
    }
}

#[test]
fn a_client_that_is_too_slow_loses_its_connection() {
    let listening = some().listener().address(ANY).timeout(Duration::from_millis(50)).start().unwrap();
    let mut stream = TcpStream::connect(listening.local_addr()).unwrap();
    stream.write_all(b"GET /metrics HTTP/1.1\r\nHost: ").unwrap();
    // It would wait for ever, were the connection not closed.
    let mut end = Vec::new();
    let closed = stream.read_to_end(&mut end);
    assert!(closed.is_err() || !end.starts_with(b"HTTP/1.1 200"), "{}", String::from_utf8_lossy(&end));
}

#[test]
fn what_is_no_http_is_turned_away() {
    let listening = some().listener().address(ANY).start().unwrap();
    let long = format!("GET /metrics HTTP/1.1\r\nX: {}\r\n\r\n", "x".repeat(100_000));
    for nonsense in ["\x16\x03\x01\x02\0\x01\0\x01\u{fc}\x03\x03", "no http at all\r\n\r\n", &long] {
        let mut stream = TcpStream::connect(listening.local_addr()).unwrap();
        // Where the server has closed it already, that is an answer too.
        let _ = stream.write_all(nonsense.as_bytes());
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer);
        assert!(answer.is_empty() || answer.starts_with(b"HTTP/1.1 4"), "{}", String::from_utf8_lossy(&answer));
    }
    is_served(&listening);
}

#[test]
fn many_scrapes_at_a_time_are_answered() {
    let listening = some().listener().address(ANY).start().unwrap();
    thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| (0..25).for_each(|_| is_served(&listening)));
        }
    });
}

#[test]
fn a_path_that_is_none_is_refused_with_what_to_do() {
    let none = ["", "metrics", "http://localhost/metrics", "/met rics", "/metrics?x", "/metrics#x", "/met\nrics"];
    for path in none.into_iter().chain(["/café", "/a%zz", "/a%4", "/%", "/a\"b"]) {
        let error = some().listener().address(ANY).path(path).start().unwrap_err();
        assert!(matches!(error, ListenError::Path { .. }), "{error:?}");
        let expected = format!(
            "the path of the metrics is {path:?}; write one that begins with `/`, as clients send it: without spaces, `?` and `#`, other \
             letters than those of ASCII as `%` and two hexadecimal digits a byte: `/metrics`, `/caf%C3%A9`"
        );
        assert_eq!(error.to_string(), expected);
    }
    let listening = some().listener().address(ANY).path("/caf%C3%A9/~m!").start().unwrap();
    assert_eq!(get(listening.local_addr(), "/caf%C3%A9/~m!", "").status, 200);
}

#[test]
fn a_timeout_that_no_clock_can_keep_is_refused_with_what_to_do() {
    for timeout in [Duration::ZERO, Duration::MAX, Duration::from_secs(24 * 60 * 60 + 1)] {
        let error = some().listener().address(ANY).timeout(timeout).start().unwrap_err();
        assert!(matches!(error, ListenError::Timeout { .. }), "{error:?}");
        let expected = format!(
            "the timeout of the metrics' connections is {timeout:?}; choose one that is more than 0 and at most a day: \
             `Duration::from_secs(10)`"
        );
        assert_eq!(error.to_string(), expected);
    }
    is_served(&some().listener().address(ANY).timeout(Duration::from_secs(24 * 60 * 60)).start().unwrap());
}

/// Tells when it is asked, and blocks until it may go on.
struct Blocks {
    asked: mpsc::Sender<()>,
    go_on: Mutex<mpsc::Receiver<()>>,
}

impl Read for Blocks {
    fn read(&self, each: &mut dyn FnMut(&Labels, Number)) {
        self.asked.send(()).unwrap();
        let _ = self.go_on.lock().unwrap().recv();
        each(&labels(&[]), Number::Double(1.0));
    }
}

/// Metrics with a callback that blocks: tells of each time that it is asked, and lets it go on.
fn blocking() -> (Prometheus, mpsc::Receiver<()>, mpsc::Sender<()>) {
    let prometheus = some();
    let ((asked, is_asked), (let_go_on, go_on)) = (mpsc::channel(), mpsc::channel());
    prometheus.observed(&gauge("blocks"), Reader::new(Blocks { asked, go_on: Mutex::new(go_on) }));
    (prometheus, is_asked, let_go_on)
}

#[test]
fn while_a_callback_blocks_others_are_answered_and_the_listener_stops() {
    let (prometheus, is_asked, let_go_on) = blocking();
    let listening = prometheus.listener().address(ANY).timeout(Duration::from_secs(3600)).start().unwrap();
    let address = listening.local_addr();
    let scrape = thread::spawn(move || get(address, "/metrics", ""));
    is_asked.recv().unwrap();
    assert_eq!(get(address, "/other", "").status, 404);
    let_go_on.send(()).unwrap();
    assert!(scrape.join().unwrap().body.contains("blocks 1\n"));

    let mut waiting = TcpStream::connect(address).unwrap();
    waiting.write_all(b"GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n").unwrap();
    is_asked.recv().unwrap();
    listening.stop();
    assert_eq!(TcpStream::connect(address).unwrap_err().kind(), ErrorKind::ConnectionRefused);
    drop(let_go_on);
}

#[test]
fn a_scrape_that_is_under_way_does_not_give_way_to_clients_that_say_nothing() {
    let (prometheus, is_asked, let_go_on) = blocking();
    let listening = prometheus.listener().address(ANY).timeout(Duration::from_secs(3600)).start().unwrap();
    let address = listening.local_addr();
    let scrape = thread::spawn(move || get(address, "/metrics", ""));
    is_asked.recv().unwrap();
    let silent: Vec<_> = (0..100).map(|_| TcpStream::connect(address).unwrap()).collect();
    // They were all accepted before this one was.
    assert_eq!(get(address, "/other", "").status, 404);
    let_go_on.send(()).unwrap();
    assert!(scrape.join().unwrap().body.contains("blocks 1\n"));
    drop(silent);
}

#[test]
fn a_scrape_that_waits_too_long_for_a_callback_is_told_so_and_few_wait_on_threads() {
    let (prometheus, is_asked, let_go_on) = blocking();
    let listening = prometheus.listener().address(ANY).timeout(Duration::from_millis(200)).start().unwrap();
    for _ in 0..6 {
        let answer = get(listening.local_addr(), "/metrics", "");
        let expected = "the metrics were not collected within 180ms: does the callback of a gauge block?\n";
        assert_eq!((answer.status, answer.body.as_str()), (503, expected));
    }
    assert_eq!(is_asked.try_iter().count(), 4);
    drop(let_go_on);
}

#[test]
fn an_address_that_cannot_be_listened_on_is_refused_with_what_to_do() {
    let start = |address: &str| some().listener().address(address).start().unwrap_err();
    for address in ["", "9464", "localhost", "127.0.0.1:metrics", "127.0.0.1:99999"] {
        let error = start(address);
        assert!(matches!(error, ListenError::Address { .. }), "{error:?}");
        assert!(error.to_string().ends_with("; write host and port: `127.0.0.1:9464`"), "{error}");
    }
    let taken = TcpListener::bind(ANY).unwrap();
    let error = start(&taken.local_addr().unwrap().to_string()).to_string();
    assert!(error.starts_with(&format!("metrics can't be served on {}: ", taken.local_addr().unwrap())), "{error}");
    assert!(error.ends_with("has the port: choose another, or port 0 for a free one"), "{error}");
    // An address for documents, which no machine has.
    let error = start("192.0.2.1:9464").to_string();
    assert!(error.ends_with("this machine has no such address: choose `127.0.0.1`, or `0.0.0.0` for all it has"), "{error}");
}
