//! What texts mean, and which values there are: the same in a file, in a variable, in the program.

use std::{fmt::Write as _, net::SocketAddr, path::Path, time::Duration};

use http::{HeaderName, HeaderValue};
use llm_span_contract::suggest::nearest;
use tracing_subscriber::filter::Targets;

/// No queue is longer: it would be memory for ever.
pub(super) const MOST_WAITING: u64 = 10_000_000;

/// Between which times a time lies.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bounds {
    pub(super) least: Duration,
    pub(super) most: Duration,
}

const fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// Bounds of [`Settings::export_interval`](super::super::Settings::export_interval).
pub(super) const INTERVAL: Bounds = Bounds { least: Duration::from_millis(10), most: seconds(86_400) };
/// Bounds of an export's timeout.
pub(super) const TIMEOUT: Bounds = Bounds { least: Duration::from_millis(1), most: seconds(3_600) };
/// Bounds of what is waited for a batch to fill.
pub(super) const DELAY: Bounds = Bounds { least: Duration::ZERO, most: seconds(3_600) };
/// Bounds of what the end of the program waits.
pub(super) const SHUTDOWN: Bounds = Bounds { least: Duration::ZERO, most: seconds(600) };
/// Bounds of the age of what a file keeps.
pub(super) const AGE: Bounds = Bounds { least: seconds(1), most: seconds(100 * 366 * 86_400) };
/// A file of less could be written a few rows at a time only.
pub(super) const LEAST_SIZE: u64 = 16_000_000;

impl Bounds {
    pub(super) fn contains(&self, time: Duration) -> bool {
        (self.least..=self.most).contains(&time)
    }
}

/// An endpoint as it is told: nothing of one that may hold a password or a key, be it a URL or a slip of the pen.
pub(super) fn quoted_url(text: &str) -> String {
    if text.contains(['@', '?', '#']) {
        return "a text that may hold a password or a key (not shown)".to_owned();
    }
    quoted(text)
}

/// A value in quotes, cut where it is long; of what may hold credentials, that it is a URL.
pub(super) fn quoted(text: &str) -> String {
    if text.contains("//") && text.contains(['@', '?', '#']) {
        return "a URL with more than host, port and path".to_owned();
    }
    let mut shown: String = text.chars().take(60).collect();
    if shown.len() < text.len() {
        shown.push('…');
    }
    format!("{shown:?}")
}

/// A value as it is told: numbers as they are, the rest in quotes.
pub(super) fn shown(text: &str) -> String {
    if text.parse::<f64>().is_ok() && text.len() < 30 { text.to_owned() } else { quoted(text) }
}

/// `` `a`, `b` or `c` ``.
pub(super) fn either<'n>(names: impl IntoIterator<Item = &'n str>) -> String {
    let names: Vec<String> = names.into_iter().map(|name| format!("`{name}`")).collect();
    match names.as_slice() {
        [] => "nothing".to_owned(),
        [name] => name.clone(),
        [first @ .., last] => format!("{} or {last}", first.join(", ")),
    }
}

pub(super) fn is_rate(rate: f64) -> bool {
    (0.0..=1.0).contains(&rate)
}

const UNITS: [(&str, u64); 5] = [("ms", 1), ("s", 1_000), ("m", 60_000), ("h", 3_600_000), ("d", 86_400_000)];

/// `500ms`, `10s`, `5m`, `12h`, `7d`.
pub(super) fn duration(text: &str, bounds: Bounds) -> Result<Duration, String> {
    let digits = text.find(|character: char| !character.is_ascii_digit()).unwrap_or(text.len());
    let (count, unit) = text.split_at(digits);
    let unit = UNITS.iter().find(|(name, _)| *name == unit.trim()).map(|(_, milliseconds)| *milliseconds);
    let time = unit.and_then(|unit| count.parse::<u64>().ok()?.checked_mul(unit)).map(Duration::from_millis);
    match time {
        None => Err(format!("is {}; expected a time with its unit: `500ms`, `10s`, `5m`, `12h`, `7d`", shown(text))),
        Some(time) if !bounds.contains(time) => {
            Err(format!("is {}; expected a time from {} to {}", shown(text), written(bounds.least), written(bounds.most)))
        }
        Some(time) => Ok(time),
    }
}

/// A time as [`duration`] reads it.
pub(super) fn written(time: Duration) -> String {
    let milliseconds = u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
    let (name, unit) = UNITS.iter().rfind(|(_, unit)| milliseconds > 0 && milliseconds % unit == 0).unwrap_or(&("s", 1_000));
    format!("{}{name}", milliseconds / unit)
}

const SIZES: [(&str, u64); 8] = [
    ("B", 1),
    ("KB", 1_000),
    ("MB", 1_000_000),
    ("GB", 1_000_000_000),
    ("TB", 1_000_000_000_000),
    ("KIB", 1 << 10),
    ("MIB", 1 << 20),
    ("GIB", 1 << 30),
];

/// `512MB`, `1GiB`, in bytes.
pub(super) fn size(text: &str) -> Result<u64, String> {
    let digits = text.find(|character: char| !character.is_ascii_digit()).unwrap_or(text.len());
    let (count, unit) = text.split_at(digits);
    let unit = SIZES.iter().find(|(name, _)| name.eq_ignore_ascii_case(unit.trim())).map(|(_, bytes)| *bytes);
    match unit.and_then(|unit| count.parse::<u64>().ok()?.checked_mul(unit)) {
        None => Err(format!("is {}; expected a size with its unit: `512MB`, `1GB`, `256MiB`", shown(text))),
        Some(bytes) if bytes < LEAST_SIZE => Err(format!("is {}; expected a size of 16MB at least", shown(text))),
        Some(bytes) => Ok(bytes),
    }
}

/// A level, or levels by target, as `RUST_LOG` has them.
pub(super) fn filter(text: &str) -> Result<String, String> {
    let is_half =
        |directive: &str| directive.split_once('=').is_some_and(|(target, level)| target.is_empty() || level.is_empty());
    if text.trim().is_empty() || text.split(',').any(is_half) || text.parse::<Targets>().is_err() {
        return Err(format!("is {}; expected a level, or levels by target: `info`, `info,hyper=warn`", shown(text)));
    }
    // A word that is no level is taken for a target, whose lines are then all there are.
    let levels = ["off", "error", "warn", "info", "debug", "trace"];
    for word in text.split(',').map(str::trim).filter(|word| !word.contains('=')) {
        if let Some(level) = nearest(&word.to_ascii_lowercase(), levels) {
            return Err(format!("is {}; did you mean `{level}`? (for a target of that name: `{word}=trace`)", shown(text)));
        }
        let is_of_path = |character: char| character.is_alphanumeric() || "_:-.".contains(character);
        if !word.chars().all(is_of_path) {
            return Err(format!(
                "is {}, in which {} is neither a level nor the path of a module; expected levels between commas: `info,hyper=warn`",
                shown(text),
                shown(word)
            ));
        }
    }
    Ok(text.to_owned())
}

/// The path of an endpoint that is scraped.
pub(super) fn endpoint_path(text: &str) -> Result<String, String> {
    let is_path = text.starts_with('/') && text.parse::<http::uri::PathAndQuery>().is_ok() && !text.contains(['?', '#']);
    if is_path {
        Ok(text.to_owned())
    } else {
        Err(format!("is {}; expected a path that begins with `/`: `/metrics`", shown(text)))
    }
}

/// The path of a file that is written.
pub(super) fn file_path(text: &str) -> Result<&Path, String> {
    let path = Path::new(text);
    if text.trim().is_empty() {
        return Err("is empty; expected the path of a file".to_owned());
    }
    if text.ends_with('/') || path.is_dir() {
        return Err(format!("is {}, a folder; expected the path of a file in it", shown(text)));
    }
    Ok(path)
}

/// A field of spans, and the key it has in log lines.
pub(super) fn span_field(key: &str, field: &str) -> Result<(), String> {
    if !key.trim().is_empty() && !field.trim().is_empty() {
        return Ok(());
    }
    Err(format!(
        "gives the span field {} the key {}; expected a name for each: `request_id` of `http.request_id`",
        shown(field),
        shown(key)
    ))
}

/// Where a listener listens.
pub(super) fn address(text: &str) -> Result<SocketAddr, String> {
    let numeric = text.strip_prefix("localhost:").map(|port| format!("127.0.0.1:{port}"));
    let address = numeric.as_deref().unwrap_or(text).parse();
    address.map_err(|_| format!("is {}; expected an address with its port: `127.0.0.1:9464`, `0.0.0.0:9464`", shown(text)))
}

/// What the protocols themselves say in headers.
const TAKEN: [&str; 9] = [
    "connection",
    "content-encoding",
    "content-length",
    "content-type",
    "grpc-encoding",
    "grpc-timeout",
    "host",
    "te",
    "transfer-encoding",
];

/// A header's name, in lower case.
pub(super) fn header_name(name: &str) -> Result<String, String> {
    let Ok(name) = HeaderName::from_bytes(name.as_bytes()) else {
        return Err("names a header that HTTP does not allow; expected letters, digits and `-`: `authorization`".to_owned());
    };
    if TAKEN.contains(&name.as_str()) {
        return Err(format!("sets the header `{name}`, which the exporter sets itself; leave it out"));
    }
    Ok(name.as_str().to_owned())
}

/// Whether a header may have that value, which is never shown.
pub(super) fn header_value(value: &str) -> Result<(), String> {
    if HeaderValue::from_str(value).is_ok() && value.is_ascii() {
        return Ok(());
    }
    Err("has a value that HTTP does not allow (it is not shown); expected ASCII without line breaks".to_owned())
}

/// `%20` and the like, as OpenTelemetry's lists of pairs have them; `None` where they are no UTF-8.
pub(super) fn percent_decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&byte, after)) = rest.split_first() {
        let code = (byte == b'%').then(|| after.get(..2)).flatten().and_then(|code| std::str::from_utf8(code).ok());
        if let Some(decoded) = code.and_then(|code| u8::from_str_radix(code, 16).ok()) {
            bytes.push(decoded);
            rest = after.get(2..).unwrap_or_default();
        } else {
            bytes.push(byte);
            rest = after;
        }
    }
    String::from_utf8(bytes).ok()
}

/// What [`percent_decoded`] reads back.
pub(super) fn percent_encoded(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~/:".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            let _ = write!(encoded, "%{byte:02X}");
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const ANY: Bounds = Bounds { least: Duration::ZERO, most: Duration::MAX };

    proptest! {
        #[test]
        fn a_time_that_is_written_is_read_back(milliseconds in 0_u64..1 << 40) {
            let time = Duration::from_millis(milliseconds);
            prop_assert_eq!(duration(&written(time), ANY), Ok(time));
        }

        #[test]
        fn what_is_encoded_is_decoded(text in ".*") {
            let encoded = percent_encoded(&text);
            prop_assert!(!encoded.contains([',', '=', ' ']));
            prop_assert_eq!(percent_decoded(&encoded), Some(text));
        }
    }

    #[test]
    fn a_filter_is_of_levels_and_paths() {
        for right in ["info", "info,hyper=warn", "warn, chat::tools ,my-target", "3"] {
            assert!(filter(right).is_ok(), "{right}");
        }
        for wrong in ["info/foo", "warn;info", "warn info", "inof", "=", "a="] {
            assert!(filter(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn times_and_sizes_have_units() {
        assert_eq!(written(Duration::from_secs(7 * 86_400)), "7d");
        assert_eq!(written(Duration::from_millis(1_500)), "1500ms");
        assert_eq!(duration("90 s", ANY), Ok(Duration::from_secs(90)));
        for wrong in ["", "s", "5", "1.5s", "-1s", "99999999999999999999d", "5 weeks"] {
            assert!(duration(wrong, ANY).is_err(), "{wrong}");
        }
        assert_eq!((size("512MB"), size("1gib"), size("20000000B")), (Ok(512_000_000), Ok(1 << 30), Ok(20_000_000)));
        for wrong in ["", "MB", "512", "15999KB", "99999999999TB"] {
            assert!(size(wrong).is_err(), "{wrong}");
        }
    }
}
