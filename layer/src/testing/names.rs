//! The two names of a captured span: the one it was opened with, and the one it is exported by.

use llm_span_contract::keys;

use super::CapturedSpan;

impl CapturedSpan {
    /// The name it is exported by: `otel.name` where that was recorded, as of `execute_tool get_weather`; else its own.
    ///
    /// Assertions that take a name take either.
    ///
    /// ```
    /// let calls = llm_span::testing::capture();
    /// llm_span::tool("get_weather").in_scope_in_body(|| "sunny");
    ///
    /// let tool = calls.span("execute_tool get_weather");
    /// assert_eq!((tool.name(), tool.exported_name().as_str()), ("execute_tool", "execute_tool get_weather"));
    /// ```
    pub fn exported_name(&self) -> String {
        let exported = self.attribute(keys::OTEL_NAME);
        exported.as_ref().and_then(|name| name.as_str()).unwrap_or(self.name()).to_owned()
    }

    pub(super) fn is_named(&self, name: &str) -> bool {
        self.name() == name || self.attribute(keys::OTEL_NAME).is_some_and(|exported| exported.as_str() == Some(name))
    }
}
