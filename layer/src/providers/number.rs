//! Counts as JSON has them.

use serde_json::Value;

use crate::usage::{CountProblem, TokenKind, Usage};

/// What stands where a count is expected.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Number {
    count: Option<i64>,
    problem: Option<CountProblem>,
}

impl Number {
    /// The whole number that a value is. `null` is absent, `128.0` a whole number, `"128"` a count and a problem.
    pub(super) fn of(value: &Value) -> Self {
        match value {
            Value::Null => Self::default(),
            Value::Number(number) => match (number.as_i64(), number.as_f64()) {
                (Some(count), _) if count >= 0 => Self { count: Some(count), problem: None },
                (Some(_), _) => CountProblem::Negative.into(),
                // A `u64` that is no `i64`, or a number that is no finite float.
                (None, None) => CountProblem::TooLarge.into(),
                (None, Some(float)) => whole(float),
            },
            Value::String(text) => Self { count: digits(text), problem: Some(CountProblem::Text) },
            _ => CountProblem::NoNumber.into(),
        }
    }

    /// The first of `names` that a group of counts has.
    pub(super) fn first(group: &Value, names: &[&str]) -> Self {
        names.iter().fold(Self::default(), |first, name| first.or(Self::of(&group[*name])))
    }

    /// It, or where nothing stands there, another.
    pub(super) fn or(self, other: Self) -> Self {
        if self == Self::default() { other } else { self }
    }

    /// Whether it is a count and nothing else.
    pub(super) fn clean(self) -> Option<i64> {
        self.count.filter(|_| self.problem.is_none())
    }

    /// Both together. What is absent adds nothing; with what is no count the sum is none.
    pub(super) fn plus(self, part: Self) -> Self {
        let problem = self.problem.or(part.problem);
        let is_broken = |number: Self| number.problem.is_some() && number.count.is_none();
        match (self.count, part.count) {
            _ if is_broken(self) || is_broken(part) => Self { count: None, problem },
            (Some(count), Some(part)) => match count.checked_add(part) {
                Some(sum) => Self { count: Some(sum), problem },
                None => Self { count: None, problem: problem.or(Some(CountProblem::TooLarge)) },
            },
            (count, part) => Self { count: count.or(part), problem },
        }
    }

    /// Usage with it as the count of that kind.
    pub(super) fn record(self, usage: Usage, kind: TokenKind) -> Usage {
        let usage = usage.with(kind, self.count);
        self.problem.map_or(usage, |problem| usage.invalid(kind, problem))
    }
}

impl From<CountProblem> for Number {
    fn from(problem: CountProblem) -> Self {
        Self { count: None, problem: Some(problem) }
    }
}

/// 2^63: the first float beyond an `i64`.
const BEYOND: f64 = 9_223_372_036_854_775_808.0;

fn whole(float: f64) -> Number {
    if float < 0.0 {
        CountProblem::Negative.into()
    } else if float >= BEYOND {
        CountProblem::TooLarge.into()
    } else if float.fract() != 0.0 {
        CountProblem::Fractional.into()
    } else {
        #[allow(clippy::cast_possible_truncation, reason = "a whole number within the bounds of an `i64`")]
        let count = float as i64;
        Number { count: Some(count), problem: None }
    }
}

/// The number that a text of digits is.
fn digits(text: &str) -> Option<i64> {
    text.parse().ok().filter(|_| text.bytes().all(|byte| byte.is_ascii_digit()))
}

/// Usage, where anything of it was told.
pub(super) fn told(usage: Usage) -> Option<Usage> {
    (usage != Usage::default()).then_some(usage)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(value: &Value) -> (Option<i64>, Option<CountProblem>) {
        let Number { count, problem } = Number::of(value);
        (count, problem)
    }

    #[test]
    fn whole_numbers_are_counts() {
        for (value, count) in [
            (json!(0), 0),
            (json!(128), 128),
            (json!(128.0), 128),
            (json!(-0.0), 0),
            (json!(i64::MAX), i64::MAX),
            (json!(9_223_372_036_854_774_784.0), 9_223_372_036_854_774_784),
        ] {
            assert_eq!(read(&value), (Some(count), None), "{value}");
        }
        assert_eq!(read(&json!(null)), (None, None));
    }

    #[test]
    fn what_is_no_count_is_absent_and_told() {
        use CountProblem::{Fractional, Negative, NoNumber, Text, TooLarge};
        for (value, problem) in [
            (json!(-1), Negative),
            (json!(-1.5), Negative),
            (json!(12.5), Fractional),
            (json!(1e300), TooLarge),
            (json!(u64::MAX), TooLarge),
            (json!(9_223_372_036_854_775_808.0), TooLarge),
            (json!(18_446_744_073_709_551_616.0), TooLarge),
            (json!(true), NoNumber),
            (json!([128]), NoNumber),
            (json!({ "tokens": 128 }), NoNumber),
            (json!("12.5"), Text),
            (json!("-128"), Text),
            (json!("+128"), Text),
            (json!("many"), Text),
            (json!(""), Text),
            (json!("9223372036854775808"), Text),
        ] {
            assert_eq!(read(&value), (None, Some(problem)), "{value}");
        }
    }

    #[test]
    fn a_text_of_digits_is_a_count_and_told() {
        assert_eq!(read(&json!("128")), (Some(128), Some(CountProblem::Text)));
    }

    #[test]
    fn a_sum_with_a_part_that_is_no_count_is_none() {
        let sum = |a: Value, b: Value| {
            let Number { count, problem } = Number::of(&a).plus(Number::of(&b));
            (count, problem)
        };
        assert_eq!(sum(json!(1), json!(2)), (Some(3), None));
        assert_eq!(sum(json!(1), json!(null)), (Some(1), None));
        assert_eq!(sum(json!(null), json!(null)), (None, None));
        assert_eq!(sum(json!(1), json!("2")), (Some(3), Some(CountProblem::Text)));
        assert_eq!(sum(json!(1), json!(-2)), (None, Some(CountProblem::Negative)));
        assert_eq!(sum(json!([]), json!(2)), (None, Some(CountProblem::NoNumber)));
        assert_eq!(sum(json!(i64::MAX), json!(1)), (None, Some(CountProblem::TooLarge)));
    }
}
