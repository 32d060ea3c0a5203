//! How long something took, in the unit that suits it.

use std::time::Duration;

/// `850 µs`, `41 ms`, `1.25 s`.
pub(super) fn elapsed(duration: Duration) -> String {
    if duration.as_secs() > 0 {
        format!("{:.2} s", duration.as_secs_f64())
    } else if duration.as_millis() > 0 {
        format!("{} ms", duration.as_millis())
    } else {
        format!("{} µs", duration.as_micros())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_unit_suits_the_duration() {
        let cases = [(0, "0 µs"), (850, "850 µs"), (41_700, "41 ms"), (1_250_000, "1.25 s"), (90_000_000, "90.00 s")];
        for (micros, expected) in cases {
            assert_eq!(elapsed(Duration::from_micros(micros)), expected);
        }
    }
}
