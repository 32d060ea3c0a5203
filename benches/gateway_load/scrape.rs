//! What a gateway tells by HTTP.

use std::{
    io::{self, Read as _, Write as _},
    net::TcpStream,
};

/// The answer to a GET, its head included.
pub(crate) fn get(address: &str, path: &str) -> io::Result<String> {
    let mut stream = TcpStream::connect(address)?;
    write!(stream, "GET {path} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\r\n")?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    Ok(answer)
}

/// The sum of a counter's samples.
pub(crate) fn sum(scrape: &str, counter: &str) -> f64 {
    let samples = scrape.lines().filter(|line| line.strip_prefix(counter).is_some_and(|rest| rest.starts_with(['{', ' '])));
    samples.filter_map(|line| line.rsplit(' ').next()?.parse::<f64>().ok()).sum()
}
