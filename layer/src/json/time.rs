//! The time of a line: RFC 3339, UTC, microseconds.
//!
//! Working out the calendar costs more than the rest of a line, so each thread keeps the text of its last second.

use jiff::Timestamp;
use jiff::tz::Offset;
use std::time::{SystemTime, UNIX_EPOCH};

/// `2026-03-03T06:36:44.`
const SECOND: usize = 20;
/// `2026-03-03T06:36:44.123456Z`
pub(super) const LENGTH: usize = 27;
/// A time as it stands in a line.
pub(super) type Text = [u8; LENGTH];
/// Stands for one.
pub(super) const NO_TIME: Text = *b"0000-00-00T00:00:00.000000Z";

/// The system's clock, read as text.
#[derive(Debug)]
pub(super) struct Clock {
    /// The text is right for it but for the microseconds.
    second: Option<i64>,
    text: Text,
}

impl Default for Clock {
    fn default() -> Self {
        Self { second: None, text: NO_TIME }
    }
}

impl Clock {
    /// The time now.
    #[inline]
    pub(super) fn now(&mut self) -> &Text {
        self.at(SystemTime::now())
    }

    #[inline]
    fn at(&mut self, time: SystemTime) -> &Text {
        let (second, micros) = split(time);
        if self.second != Some(second) {
            self.text[..SECOND].copy_from_slice(&calendar(second));
            self.second = Some(second);
        }
        let places = &mut self.text[SECOND..SECOND + 6];
        for (place, number) in places.chunks_exact_mut(2).zip([micros / 10_000, micros / 100, micros]) {
            place.copy_from_slice(&pair(number));
        }
        &self.text
    }
}

/// The last two digits.
#[inline]
fn pair(number: u32) -> [u8; 2] {
    const PAIRS: [[u8; 2]; 100] = {
        let mut pairs = [*b"00"; 100];
        let mut number: u8 = 0;
        while number < 100 {
            pairs[number as usize] = [b'0' + number / 10, b'0' + number % 10];
            number += 1;
        }
        pairs
    };
    PAIRS[(number % 100) as usize]
}

/// Seconds since 1970, rounded down, and the microseconds after them; before 1970 a time is rounded to the next microsecond.
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
    use proptest::prelude::*;
    use std::time::Duration;

    fn at(time: SystemTime) -> String {
        text(&mut Clock::default(), time)
    }

    fn text(clock: &mut Clock, time: SystemTime) -> String {
        String::from_utf8(clock.at(time).to_vec()).expect("ASCII")
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
    /// Times near to each other and far apart, forth and back, as of a clock that is set.
    fn times() -> impl Strategy<Value = Vec<i64>> {
        let step = prop_oneof![-3_000_000..3_000_000_i64, -200_000_000_000_000_000..200_000_000_000_000_000_i64, Just(0_i64)];
        prop::collection::vec(step, 1..20)
    }

    proptest! {
        #[test]
        fn a_clock_that_was_read_before_tells_what_the_calendar_tells(steps in times()) {
            // The range of RFC 3339 and of `Timestamp`, in microseconds.
            let (first, last) = (-62_167_219_200_000_000_i64, 253_402_207_200_000_000_i64);
            let (mut clock, mut micros) = (Clock::default(), 1_772_519_804_123_456_i64);
            for step in steps {
                micros = micros.saturating_add(step).clamp(first, last);
                let ago = Duration::from_micros(micros.unsigned_abs());
                let time = if micros < 0 { UNIX_EPOCH - ago } else { UNIX_EPOCH + ago };
                let plain = format!("{:.6}", Timestamp::from_microsecond(micros).expect("in range"));
                prop_assert_eq!(text(&mut clock, time), plain);
            }
        }
    }
}
