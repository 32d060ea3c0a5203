//! Assertions on one span. Each panics with a box that tells what was observed, what was expected, and what was recorded.

use llm_span_contract::{Outcome, Value, suggest};

use super::{CapturedSpan, fail::fail};
use crate::report::shown;

impl CapturedSpan {
    /// Asserts the value of an attribute, type included: `128` is an `int`, which an unsigned field is not.
    ///
    /// # Panics
    ///
    /// If the attribute was not recorded, or holds another value.
    #[track_caller]
    pub fn assert_attribute<'v>(&self, key: &str, expected: impl Into<Value<'v>>) {
        let expected = expected.into();
        match self.data().get(key) {
            Some(observed) if *observed == expected => {}
            Some(observed) => fail(self.differs(key, observed, &expected)),
            None => fail(self.lacks(key, &expected)),
        }
    }

    /// Asserts that an attribute was not recorded.
    ///
    /// # Panics
    ///
    /// If it was.
    #[track_caller]
    pub fn assert_no_attribute(&self, key: &str) {
        if let Some(observed) = self.data().get(key) {
            let title = format!("attribute `{key}` of span {} is {}, expected none", self.name(), shown(key, observed));
            fail(self.panel(title, self.recorded(), String::new()));
        }
    }

    /// Asserts how the call ended.
    ///
    /// # Panics
    ///
    /// If it ended otherwise, or has not ended.
    #[track_caller]
    pub fn assert_outcome(&self, expected: Outcome) {
        let observed = self.outcome();
        if observed == Some(expected) {
            return;
        }
        let observed = observed.map_or_else(|| "not recorded yet".to_owned(), |outcome| format!("`{outcome}`"));
        let title = format!("the outcome of span {} is {observed}, expected `{expected}`", self.name());
        fail(self.panel(title, self.recorded(), String::new()));
    }

    /// Asserts that the span was opened directly below another.
    ///
    /// # Panics
    ///
    /// If its parent is another one, or none.
    #[track_caller]
    pub fn assert_child_of(&self, parent: &CapturedSpan) {
        if !self.parent().is_some_and(|observed| observed.is(parent)) {
            let twins = self.parent().is_some_and(|observed| observed.name() == parent.name());
            let which = if twins { "another span of that name" } else { "that span" };
            fail(self.misplaced(parent.name(), self.ancestors().any(|ancestor| ancestor.is(parent)), which));
        }
    }

    /// Asserts the name of the span it was opened directly below.
    ///
    /// # Panics
    ///
    /// If its parent has another name, or there is none.
    #[track_caller]
    pub fn assert_parent(&self, name: &str) {
        if self.parent().is_none_or(|parent| !parent.is_named(name)) {
            let above = self.ancestors().any(|ancestor| ancestor.is_named(name));
            fail(self.misplaced(name, above, "a span of that name"));
        }
    }

    fn differs(&self, key: &str, observed: &Value<'_>, expected: &Value<'_>) -> String {
        let typed = |value: &Value<'_>| {
            if observed.type_name() == expected.type_name() {
                shown(key, value)
            } else {
                format!("{} ({})", shown(key, value), value.type_name())
            }
        };
        let (is, not) = (typed(observed), typed(expected));
        let alike = if is == not { ", with other text" } else { "" };
        let title = format!("attribute `{key}` of span {} is {is}, expected {not}{alike}", self.name());
        let help = match (observed, expected) {
            (Value::UInt(number), Value::Int(other)) if i64::try_from(*number) == Ok(*other) => {
                "record it as `i64`: tracing-opentelemetry exports unsigned fields as text"
            }
            _ => "",
        };
        self.panel(title, self.recorded(), help.to_owned()).to_string()
    }

    fn lacks(&self, key: &str, expected: &Value<'_>) -> String {
        let title = format!("attribute `{key}` of span {} was never recorded, expected {}", self.name(), shown(key, expected));
        let help = match suggest::nearest(key, self.records().map(|(recorded, _)| recorded)) {
            Some(near) => format!("did you mean `{near}`?"),
            None if self.data().metadata.fields().field(key).is_some() => {
                format!("the span declares `{key}`: record it before the call ends")
            }
            None => format!("declare `{key}` where the span is opened: a record of an undeclared field is lost"),
        };
        self.panel(title, self.recorded(), help).to_string()
    }

    fn misplaced(&self, expected: &str, above: bool, which: &str) -> String {
        let chain: Vec<_> = self.ancestors().map(|ancestor| ancestor.name()).collect();
        let observed = chain.first().map_or_else(|| "no parent".to_owned(), |name| format!("the parent {name}"));
        let title = format!("span {} has {observed}, expected {expected}", self.name());
        let path: Vec<_> = chain.iter().rev().copied().chain([self.name()]).collect();
        let help = if above {
            format!("{which} is further up: name the span in between, or look at `ancestors()`")
        } else {
            String::new()
        };
        self.panel(title, vec![format!("opened below: {}", path.join(" → "))], help).to_string()
    }
}
