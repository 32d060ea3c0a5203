//! Times as text, in UTC.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use jiff::{Timestamp, tz::Offset};

/// RFC 3339 with nanoseconds: `2026-03-03T06:36:44.123456789Z`.
pub(crate) fn rfc3339(time: SystemTime) -> String {
    format!("{:.9}", timestamp(time))
}

/// The time of day with milliseconds: `06:36:44.123`.
pub(crate) fn clock(time: SystemTime) -> String {
    let time = Offset::UTC.to_datetime(timestamp(time)).time();
    format!("{:02}:{:02}:{:02}.{:03}", time.hour(), time.minute(), time.second(), time.millisecond())
}

/// In seconds since 1970, as Llama Stack tells times.
pub(super) fn seconds(time: SystemTime) -> f64 {
    match time.duration_since(UNIX_EPOCH) {
        Ok(since) => since.as_secs_f64(),
        Err(before) => -before.duration().as_secs_f64(),
    }
}

/// In milliseconds; a clock that was set back meanwhile makes it 0.
#[expect(clippy::cast_precision_loss, reason = "a double is what is asked for; 104 days are still exact")]
pub(crate) fn millis_between(start: SystemTime, end: SystemTime) -> f64 {
    end.duration_since(start).unwrap_or(Duration::ZERO).as_nanos() as f64 / 1e6
}

/// Clocks beyond the years that RFC 3339 has a form for stand still at its end.
fn timestamp(time: SystemTime) -> Timestamp {
    const YEAR_0: i64 = -62_167_219_200;
    let earliest = Timestamp::from_second(YEAR_0).unwrap_or(Timestamp::UNIX_EPOCH);
    match Timestamp::try_from(time) {
        Ok(timestamp) => timestamp.max(earliest),
        Err(_) if time < UNIX_EPOCH => earliest,
        Err(_) => Timestamp::MAX,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_in_utc_and_keep_their_nanoseconds() {
        let time = UNIX_EPOCH + Duration::new(1_772_519_804, 123_456_789);
        assert_eq!(rfc3339(time), "2026-03-03T06:36:44.123456789Z");
        assert_eq!(rfc3339(UNIX_EPOCH), "1970-01-01T00:00:00.000000000Z");
        assert_eq!(clock(time), "06:36:44.123");
        assert!((seconds(time) - 1_772_519_804.123_457).abs() < 1e-5);
    }

    #[test]
    fn clocks_out_of_range_stay_valid() {
        assert!(rfc3339(UNIX_EPOCH + Duration::from_secs(1 << 40)).starts_with("9999-12-"));
        assert!(rfc3339(UNIX_EPOCH - Duration::from_secs(1 << 37)).starts_with("0000-01-01T"));
        assert_eq!(millis_between(UNIX_EPOCH, UNIX_EPOCH + Duration::from_nanos(341_267)).to_string(), "0.341267");
        assert!((millis_between(UNIX_EPOCH + Duration::from_secs(1), UNIX_EPOCH)).abs() < f64::EPSILON);
        assert!((seconds(UNIX_EPOCH - Duration::from_millis(1_500)) + 1.5).abs() < 1e-9);
    }
}
