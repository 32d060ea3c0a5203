//! The time of a line: RFC 3339, UTC, microseconds.
//!
//! Working out the calendar costs more than the rest of a line, so each thread keeps the text of its last second.

use jiff::Timestamp;
use jiff::tz::Offset;
use std::cell::Cell;
use std::time::{SystemTime, UNIX_EPOCH};

/// `2026-03-03T06:36:44.`
const SECOND: usize = 20;
/// `2026-03-03T06:36:44.123456Z"`: with the quote that ends the value.
const WHOLE: usize = 28;

thread_local! {
    static LAST: Cell<(i64, [u8; SECOND])> = const { Cell::new((i64::MIN, [0; SECOND])) };
}

/// Appends the key with its opening quote, the time now and the closing quote.
pub(super) fn now(key: &[u8], out: &mut Vec<u8>) {
    let (seconds, micros) = split(SystemTime::now());
    out.extend_from_slice(key);
    out.extend_from_slice(&text(seconds, micros));
}

/// Seconds since 1970, rounded down, and the microseconds after them.
fn split(time: SystemTime) -> (i64, u32) {
    match time.duration_since(UNIX_EPOCH) {
        Ok(since) => (i64::try_from(since.as_secs()).unwrap_or(i64::MAX), since.subsec_micros()),
        Err(before) => {
            let before = before.duration();
            let whole = i64::try_from(before.as_secs()).unwrap_or(i64::MAX);
            match before.subsec_micros() {
                0 => (-whole, 0),
                micros => (-whole - 1, 1_000_000 - micros),
            }
        }
    }
}

fn text(seconds: i64, micros: u32) -> [u8; WHOLE] {
    let mut text = *b"0000-00-00T00:00:00.000000Z\"";
    text[..SECOND].copy_from_slice(&second(seconds));
    digits(&mut text[SECOND..SECOND + 6], micros);
    text
}

fn second(seconds: i64) -> [u8; SECOND] {
    LAST.with(|last| {
        let (known, text) = last.get();
        if known == seconds {
            return text;
        }
        let text = calendar(seconds);
        last.set((seconds, text));
        text
    })
}

/// Clocks beyond the years 0 to 9999, which RFC 3339 has no form for, stand still at its ends.
#[cold]
fn calendar(seconds: i64) -> [u8; SECOND] {
    const YEAR_0: i64 = -62_167_219_200;
    const YEAR_9999: i64 = 253_402_207_200;
    let time = Timestamp::from_second(seconds.clamp(YEAR_0, YEAR_9999)).unwrap_or(Timestamp::UNIX_EPOCH);
    let civil = Offset::UTC.to_datetime(time);
    let mut text = *b"0000-00-00T00:00:00.";
    digits(&mut text[0..4], civil.year().unsigned_abs().into());
    for (at, number) in [(5, civil.month()), (8, civil.day()), (11, civil.hour()), (14, civil.minute()), (17, civil.second())] {
        digits(&mut text[at..at + 2], number.unsigned_abs().into());
    }
    text
}

/// The number in decimal, filled up with zeros on the left.
fn digits(out: &mut [u8], mut number: u32) {
    for digit in out.iter_mut().rev() {
        *digit = b'0' + u8::try_from(number % 10).unwrap_or(0);
        number /= 10;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    fn at(time: SystemTime) -> String {
        let (seconds, micros) = split(time);
        let text = String::from_utf8(text(seconds, micros).to_vec()).expect("ASCII");
        text.trim_end_matches('"').to_owned()
    }

    #[test]
    fn a_time_is_written_in_utc_with_microseconds() {
        let time = UNIX_EPOCH + Duration::new(1_772_519_804, 123_456_789);
        assert_eq!(at(time), "2026-03-03T06:36:44.123456Z");
    }

    #[test]
    fn a_clock_before_1970_is_written_as_such() {
        assert_eq!(at(UNIX_EPOCH - Duration::from_millis(1)), "1969-12-31T23:59:59.999000Z");
    }

    #[test]
    fn clocks_out_of_range_stay_valid() {
        assert!(at(UNIX_EPOCH + Duration::from_secs(1 << 40)).starts_with("9999-12-"));
    }

    #[test]
    fn leap_days_are_dates() {
        assert_eq!(at(UNIX_EPOCH + Duration::from_secs(951_782_400)), "2000-02-29T00:00:00.000000Z");
    }
}
