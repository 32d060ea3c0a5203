//! What is captured, where it goes, and what is done to it before.

use std::{borrow::Cow, fmt};

use crate::guard;

/// How many bytes of a text are kept where nothing else is said.
const LIMIT: usize = 8 * 1024;

/// What stands at the end of a text that was cut.
const MARK: &str = "…";

/// Where the texts of prompts and completions go.
///
/// The values of `OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT` are those that OpenTelemetry's instrumentations take.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ContentMode {
    /// Nowhere: `NO_CONTENT`.
    #[default]
    None,
    /// On the call's span: `SPAN_ONLY`.
    Span,
    /// In an event below the call's span: `EVENT_ONLY`.
    Event,
    /// In both: `SPAN_AND_EVENT`.
    SpanAndEvent,
}

impl ContentMode {
    /// Whether texts go on the call's span.
    pub const fn on_span(self) -> bool {
        matches!(self, Self::Span | Self::SpanAndEvent)
    }

    /// Whether texts go in an event.
    pub const fn in_event(self) -> bool {
        matches!(self, Self::Event | Self::SpanAndEvent)
    }
}

/// Captures the texts of prompts, completions and tool calls, which are never recorded otherwise.
///
/// What is captured is what `input`, `output`, `system_instructions` and `tool_definitions` of `#[llm_span]` say; calls made by
/// [`call`](crate::call) capture none. They may hold secrets, and whoever reads the telemetry reads them: mask them.
///
/// ```
/// use std::borrow::Cow;
///
/// use llm_span::{ContentCapture, ContentMode};
///
/// ContentCapture::new(ContentMode::Span)
///     .limit(2_048)
///     .mask(|_key, text| match text.contains("password") {
///         true => Cow::Borrowed("[masked]"),
///         false => Cow::Borrowed(text),
///     })
///     .install();
/// # ContentCapture::uninstall();
/// ```
///
/// Where no program installs one, `OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT` is read when the first call asks:
/// `NO_CONTENT`, `SPAN_ONLY`, `EVENT_ONLY`, `SPAN_AND_EVENT`, or, as older instrumentations take it, `true` (events) and `false`.
/// Another value captures nothing, and is told once: as a warning of the target `llm_span::content`, or on standard error where
/// no subscriber takes warnings.
pub struct ContentCapture {
    pub(super) mode: ContentMode,
    limit: usize,
    mask: Option<Box<Mask>>,
}

type Mask = dyn for<'t> Fn(&str, &'t str) -> Cow<'t, str> + Send + Sync;

impl ContentCapture {
    /// Captures what goes there: at most 8 KiB of each text, unmasked.
    #[must_use]
    pub fn new(mode: ContentMode) -> Self {
        Self { mode, limit: LIMIT, mask: None }
    }

    /// With at most that many bytes of each text, cut where a character ends; `…` follows what was cut.
    ///
    /// Messages that were cut are no valid JSON any more.
    #[must_use]
    pub fn limit(mut self, bytes: usize) -> Self {
        self.limit = bytes;
        self
    }

    /// With a function that says what is recorded in the place of a text; it is given the attribute's key and the whole text,
    /// before that is cut. Where it panics the text is not recorded.
    #[must_use]
    pub fn mask(mut self, mask: impl for<'t> Fn(&str, &'t str) -> Cow<'t, str> + Send + Sync + 'static) -> Self {
        self.mask = Some(Box::new(mask));
        self
    }

    /// The text as it is recorded: masked first, a secret must not escape by being cut in two.
    pub(super) fn prepare(&self, key: &str, text: &str) -> Option<String> {
        match &self.mask {
            Some(mask) => guard::run(|| cut(mask(key, text), self.limit)),
            None => Some(cut(Cow::Borrowed(text), self.limit)),
        }
    }
}

fn cut(text: Cow<'_, str>, limit: usize) -> String {
    if text.len() <= limit {
        return text.into_owned();
    }
    let end = (0..=limit).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
    [text.get(..end).unwrap_or_default(), MARK].concat()
}

impl fmt::Debug for ContentCapture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let masked = self.mask.is_some();
        f.debug_struct("ContentCapture")
            .field("mode", &self.mode)
            .field("limit", &self.limit)
            .field("masked", &masked)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn capture() -> ContentCapture {
        ContentCapture::new(ContentMode::Span)
    }

    #[test]
    fn a_text_is_masked_before_it_is_cut() {
        let capture = capture().limit(4).mask(|key, text| Cow::Owned(text.replace("secret", key)));
        assert_eq!(capture.prepare("key", "a secret").as_deref(), Some("a ke…"));
        assert_eq!(capture.prepare("k", "secret").as_deref(), Some("k"));
    }

    #[test]
    fn a_text_whose_mask_panics_is_not_captured() {
        let capture = capture().mask(|_, text| match text {
            "bad" => std::panic::panic_any("a mask"),
            text => Cow::Borrowed(text),
        });
        assert_eq!((capture.prepare("key", "bad"), capture.prepare("key", "good")), (None, Some("good".to_owned())));
    }

    #[test]
    fn eight_kibibytes_are_kept_where_nothing_else_is_said() {
        let text = capture().prepare("key", &"x".repeat(10_000)).expect("a text");
        assert_eq!(text.len(), 8_192 + MARK.len());
    }

    proptest! {
        #[test]
        fn a_text_is_cut_where_a_character_ends(text in "[a-c…🦀]{0,12}", limit in 0_usize..30) {
            let kept = capture().limit(limit).prepare("key", &text).expect("a text");
            if text.len() <= limit {
                prop_assert_eq!(kept, text);
            } else {
                let kept = kept.strip_suffix(MARK).expect("the mark");
                let next = text[kept.len()..].chars().next().expect("a rest").len_utf8();
                prop_assert!(text.starts_with(kept) && kept.len() <= limit && kept.len() + next > limit);
            }
        }
    }
}
