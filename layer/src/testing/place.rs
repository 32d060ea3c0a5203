//! Where in the program something stands.

use std::fmt;

use super::store::SpanData;

/// A line of the program, and what is known of the function it stands in.
///
/// Prints as `src/chat.rs:17 complete`, `src/chat.rs:17 in app::chat` or `src/chat.rs:17`.
///
/// ```
/// let calls = llm_span::testing::capture();
/// tracing::info_span!("a", code.file.path = "src/chat.rs", code.line.number = 17).in_scope(|| {});
/// assert_eq!(calls.span("a").place().unwrap().to_string(), "src/chat.rs:17");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Place {
    /// The file, as the compiler was given it.
    pub file: String,
    /// The line, from 1.
    pub line: Option<u32>,
    /// The function, where a span told it as `code.function.name`.
    pub function: Option<String>,
    /// The path of the module.
    pub module: Option<String>,
}

/// OpenTelemetry's names for it.
const FILE: &str = "code.file.path";
const LINE: &str = "code.line.number";
const FUNCTION: &str = "code.function.name";

impl Place {
    /// The attributes that tell it.
    pub(super) const KEYS: [&str; 3] = [FILE, LINE, FUNCTION];

    pub(super) fn of_location(location: &std::panic::Location<'_>) -> Self {
        Self { file: location.file().to_owned(), line: Some(location.line()), function: None, module: None }
    }

    /// Where a span was opened: as recorded, else where its callsite stands.
    pub(super) fn of_span(span: &SpanData) -> Option<Self> {
        let text = |key| Some(span.get(key)?.as_str()?.to_owned());
        let function = text(FUNCTION);
        if let Some(file) = text(FILE) {
            let line = span.get(LINE).and_then(|line| u32::try_from(line.as_int()?).ok());
            return Some(Self { file, line, function, module: None });
        }
        let metadata = span.metadata;
        let module = metadata.module_path().map(str::to_owned);
        Some(Self { file: metadata.file()?.to_owned(), line: metadata.line(), function, module })
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.file)?;
        if let Some(line) = self.line {
            write!(f, ":{line}")?;
        }
        match (&self.function, &self.module) {
            (Some(function), _) => write!(f, " {function}"),
            (None, Some(module)) => write!(f, " in {module}"),
            (None, None) => Ok(()),
        }
    }
}
