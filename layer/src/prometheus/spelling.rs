//! How texts and numbers are spelt.

use std::fmt::Write as _;

use crate::metrics::Number;

/// The value of a label, without its quotes.
pub(super) fn label_value(text: &str, out: &mut String) {
    escape(text, true, out);
}

/// The text of a `# HELP` line. OpenMetrics wants quotes escaped, the text format wants them as they are.
pub(super) fn help(text: &str, escapes_quotes: bool, out: &mut String) {
    escape(text, escapes_quotes, out);
}

fn escape(text: &str, escapes_quotes: bool, out: &mut String) {
    for of in text.chars() {
        match of {
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '"' if escapes_quotes => out.push_str("\\\""),
            other => out.push(other),
        }
    }
}

pub(super) fn number(number: Number, out: &mut String) {
    match number {
        Number::Billionths(_) | Number::Double(_) => double(number.as_f64(), out),
        whole => out.push_str(&whole.to_string()),
    }
}

/// Shortest digits that say the number; with an exponent where Go would write one, as Prometheus does.
pub(super) fn double(number: f64, out: &mut String) {
    if number.is_nan() {
        return out.push_str("NaN");
    }
    if number.is_infinite() {
        return out.push_str(if number > 0.0 { "+Inf" } else { "-Inf" });
    }
    let scientific = format!("{number:e}");
    let (digits, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exponent = exponent.parse::<i32>().unwrap_or_default();
    if (-4..6).contains(&exponent) {
        let _ = write!(out, "{number}");
    } else {
        let sign = if exponent < 0 { '-' } else { '+' };
        let _ = write!(out, "{digits}e{sign}{:02}", exponent.unsigned_abs());
    }
}

/// The upper bound of a bucket, `1.0`: as OpenMetrics and Prometheus 3 spell it. Both formats have it so, since the series of a bucket would
/// change with the format else.
pub(super) fn bound(number: f64) -> String {
    let mut out = String::new();
    double(number, &mut out);
    if !out.contains(['.', 'e', 'f']) {
        out.push_str(".0");
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_spelt_as_prometheus_reads_them() {
        let table = [
            (0.0, "0", "0.0"),
            (1.0, "1", "1.0"),
            (-2.5, "-2.5", "-2.5"),
            (0.01, "0.01", "0.01"),
            (0.0001, "0.0001", "0.0001"),
            (0.000_01, "1e-05", "1e-05"),
            (100_000.0, "100000", "100000.0"),
            (999_999.5, "999999.5", "999999.5"),
            (1_000_000.0, "1e+06", "1e+06"),
            (1_048_576.0, "1.048576e+06", "1.048576e+06"),
            (67_108_864.0, "6.7108864e+07", "6.7108864e+07"),
            (1e300, "1e+300", "1e+300"),
            (f64::INFINITY, "+Inf", "+Inf"),
            (f64::NEG_INFINITY, "-Inf", "-Inf"),
        ];
        for (number, value, le) in table {
            let mut out = String::new();
            double(number, &mut out);
            assert_eq!((out.as_str(), bound(number).as_str()), (value, le), "{number}");
            assert_eq!(out.parse::<f64>(), Ok(number));
        }
        let mut out = String::new();
        double(f64::NAN, &mut out);
        assert_eq!(out, "NaN");
    }

    #[test]
    fn whole_numbers_keep_all_their_digits() {
        let spelt = |of| {
            let mut out = String::new();
            number(of, &mut out);
            out
        };
        assert_eq!(spelt(Number::Unsigned(u64::MAX)), "18446744073709551615");
        assert_eq!(spelt(Number::Signed(-7)), "-7");
        assert_eq!(spelt(Number::Billionths(2_500_000)), "0.0025");
        assert_eq!(spelt(Number::Double(f64::NAN)), "NaN");
    }
}
