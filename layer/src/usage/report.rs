//! How a response reports what it used and what it is.

use std::{borrow::Cow, fmt, time::Instant};

use super::{Count, Usage};
use crate::content::ContentMode;

/// What a response tells of itself, beside its usage.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Response<'a> {
    /// The model that answered, `gen_ai.response.model`.
    pub model: Option<Cow<'a, str>>,
    /// The response's id, `gen_ai.response.id`.
    pub id: Option<Cow<'a, str>>,
    /// Why generation stopped, by the choice's position, `gen_ai.response.finish_reasons`. Empty: that choice has not told yet.
    pub finish_reasons: Vec<Cow<'a, str>>,
}

/// Of the output of a stream no more is joined: what is recorded is cut far below.
const MAX_OUTPUT: usize = 1024 * 1024;

/// Choices beyond it are not told apart: an index is whatever a provider sends.
const MAX_CHOICES: usize = 128;

impl<'a> Response<'a> {
    /// With the model that answered.
    #[must_use]
    pub fn model(mut self, model: impl Into<Cow<'a, str>>) -> Self {
        self.model = Some(model.into());
        self
    }

    /// With the response's id.
    #[must_use]
    pub fn id(mut self, id: impl Into<Cow<'a, str>>) -> Self {
        self.id = Some(id.into());
        self
    }

    /// With why a choice stopped; once a choice, in their order.
    #[must_use]
    pub fn finish_reason(mut self, reason: impl Into<Cow<'a, str>>) -> Self {
        self.finish_reasons.push(reason.into());
        self
    }

    /// With why the choice at `index` stopped: of a stream, whose choices end in different chunks.
    #[must_use]
    pub fn finish_reason_of(mut self, index: usize, reason: impl Into<Cow<'a, str>>) -> Self {
        if index < MAX_CHOICES {
            let reasons = &mut self.finish_reasons;
            reasons.resize(reasons.len().max(index + 1), Cow::Borrowed(""));
            reasons[index] = reason.into();
        }
        self
    }
}

/// A response that reports the tokens it took.
///
/// Implement it on the response itself: layers of `Result` and `Option` around it are taken off before it is asked.
///
/// ```
/// use llm_span::{ReportUsage, Response, Usage};
///
/// struct Answer {
///     text: String,
///     model: String,
///     tokens_in: u32,
///     tokens_out: u32,
/// }
///
/// impl ReportUsage for Answer {
///     fn usage(&self) -> Option<Usage> {
///         Some(Usage::new(self.tokens_in, self.tokens_out))
///     }
///
///     fn response(&self) -> Response<'_> {
///         Response::default().model(&self.model)
///     }
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not report token usage",
    label = "no usage is known of `{Self}`",
    note = "implement `ReportUsage` for it, or say where the usage is: `usage = |r| …`, `usage = openai`, `usage = in_body`, `usage = none`"
)]
pub trait ReportUsage {
    /// The tokens used; `None` where the provider sent none.
    fn usage(&self) -> Option<Usage>;

    /// What else the response tells of itself.
    #[inline]
    fn response(&self) -> Response<'_> {
        Response::default()
    }
}

impl<T: ReportUsage + ?Sized> ReportUsage for &T {
    #[inline]
    fn usage(&self) -> Option<Usage> {
        (**self).usage()
    }

    #[inline]
    fn response(&self) -> Response<'_> {
        (**self).response()
    }
}

impl<T: ReportUsage + ?Sized> ReportUsage for Box<T> {
    #[inline]
    fn usage(&self) -> Option<Usage> {
        (**self).usage()
    }

    #[inline]
    fn response(&self) -> Response<'_> {
        (**self).response()
    }
}

impl<T: ReportUsage + ?Sized> ReportUsage for std::sync::Arc<T> {
    #[inline]
    fn usage(&self) -> Option<Usage> {
        (**self).usage()
    }

    #[inline]
    fn response(&self) -> Response<'_> {
        (**self).response()
    }
}

/// Usage and response details together: what is recorded when a call ends.
///
/// Its `Debug` tells the output's length, not its text.
#[derive(Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Report<'a> {
    /// The tokens used.
    pub usage: Option<Usage>,
    /// What else the response tells.
    pub response: Response<'a>,
    /// What fills in the counts that the provider left out. Of a stream that of one chunk: they are added up.
    pub estimate: Option<Usage>,
    /// The text of the output, where content is captured. Of a stream that of one chunk: they are joined.
    pub output: Option<Cow<'a, str>>,
    /// What was seen of a stream so far.
    pub(crate) streamed: Option<Streamed>,
}

/// A log of a call, a handle or a stream is no place for what a model has said.
impl fmt::Debug for Report<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { usage, response, estimate, output, streamed } = self;
        f.debug_struct("Report")
            .field("usage", usage)
            .field("response", response)
            .field("estimate", estimate)
            .field("output_bytes", &output.as_ref().map(|text| text.len()))
            .field("streamed", streamed)
            .finish()
    }
}

/// What was seen of a stream.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Streamed {
    pub(crate) chunks: u64,
    pub(crate) first: Option<Instant>,
}

impl Response<'static> {
    /// Takes what a later chunk tells; what it leaves out stays. Nothing is allocated for what is told again.
    pub(crate) fn update(&mut self, later: Response<'_>) {
        let keep = |kept: &mut Option<Cow<'static, str>>, later: Option<Cow<'_, str>>| {
            if later.is_some() && *kept != later {
                *kept = later.map(|text| Cow::Owned(text.into_owned()));
            }
        };
        keep(&mut self.model, later.model);
        keep(&mut self.id, later.id);
        let kept = &mut self.finish_reasons;
        kept.resize(kept.len().max(later.finish_reasons.len()), Cow::Borrowed(""));
        for (kept, later) in kept.iter_mut().zip(later.finish_reasons) {
            if !later.is_empty() && *kept != later {
                *kept = Cow::Owned(later.into_owned());
            }
        }
    }
}

impl<'a> Report<'a> {
    /// The tokens used, and what else the response tells.
    ///
    /// ```
    /// use llm_span::{Report, Response, Usage};
    ///
    /// let report = Report::new(Usage::new(128, 64), Response::default().model("gpt-4o-2024-08-06").finish_reason("stop"));
    /// assert_eq!(report.response.finish_reasons, ["stop"]);
    /// ```
    #[inline]
    pub fn new(usage: impl Into<Option<Usage>>, response: Response<'a>) -> Self {
        // Each for itself: of a default the response would have to be dropped.
        Self { usage: usage.into(), response, estimate: None, output: None, streamed: None }
    }

    /// What `response` reports of itself.
    #[inline]
    pub fn of<T: ReportUsage + ?Sized>(response: &'a T) -> Self {
        Self::new(response.usage(), response.response())
    }

    /// The same, borrowing nothing of the response: for the closures of `call(…).run_with(…)` and its like.
    ///
    /// ```
    /// use llm_span::{Operation, Report, ReportUsage, Usage, call};
    /// # struct Answer;
    /// # impl ReportUsage for Answer {
    /// #     fn usage(&self) -> Option<Usage> { Some(Usage::new(128, 64)) }
    /// # }
    /// let answer = call(Operation::Chat, "openai", "gpt-4o").in_scope_with(|| Some(Answer), |answer| Report::of(answer).into_owned());
    /// ```
    #[must_use]
    pub fn into_owned(self) -> Report<'static> {
        let mut owned = Report { usage: self.usage, estimate: self.estimate, streamed: self.streamed, ..Report::default() };
        owned.output = self.output.map(|output| Cow::Owned(output.into_owned()));
        owned.response.update(self.response);
        owned
    }

    /// With counts that hold where the provider sent none. The call is marked by `llm.usage.estimated` where they do.
    #[must_use]
    pub fn estimate(mut self, estimate: Usage) -> Self {
        self.estimate = Some(estimate);
        self
    }

    /// With the text of the output, which is recorded where content is captured.
    #[must_use]
    pub fn output(mut self, output: impl Into<Cow<'a, str>>) -> Self {
        self.output = Some(output.into());
        self
    }

    /// With what `estimate` says, which is asked only where a count is absent.
    #[doc(hidden)]
    #[must_use]
    pub fn estimated_by<'e>(mut self, estimate: impl FnOnce() -> Report<'e>) -> Self {
        if !self.is_counted() {
            // A fault of it costs the estimate, not what the provider has sent.
            self.estimate = crate::guard::run(estimate).and_then(|report| report.usage).or(self.estimate);
        }
        self
    }

    /// With the output that `output` gives, which is asked only where content is captured.
    #[doc(hidden)]
    #[must_use]
    pub fn captured_by(mut self, output: impl FnOnce() -> Option<String>) -> Self {
        if crate::content::mode() != ContentMode::None {
            self.output = crate::guard::run(output).flatten().map(Cow::Owned).or(self.output);
        }
        self
    }

    /// Whether nothing is told but what was seen of a stream, and nothing is there to be dropped.
    #[inline]
    pub(crate) fn is_blank(&self) -> bool {
        let Self { usage, response: Response { model, id, finish_reasons }, estimate, output, streamed: _ } = self;
        let tells = usage.is_some() || estimate.is_some() || output.is_some() || model.is_some() || id.is_some();
        !tells && finish_reasons.capacity() == 0
    }

    /// Whether prompt and completion are told.
    pub(crate) fn is_counted(&self) -> bool {
        self.usage.is_some_and(|usage| usage.prompt.is_some() && usage.completion.is_some())
    }
}

impl Report<'static> {
    /// Takes what a later report of the same call tells: snapshots of usage are cumulative, estimates and output are not.
    ///
    /// A call does so with all that is recorded on it; this is for whoever follows a stream outside of one. Output is joined only
    /// where content is [captured](crate::ContentCapture), and up to 1 MiB: it is not kept in memory otherwise.
    ///
    /// ```
    /// use llm_span::{Report, Response, Usage};
    ///
    /// let mut report = Report::default();
    /// report.update(Report::new(Usage::new(128, 1), Response::default().id("msg_1")));
    /// report.update(Report::new(Usage::new(None::<i64>, 64), Response::default().finish_reason("end_turn")));
    /// assert_eq!(report.usage, Some(Usage::new(128, 64)));
    /// assert_eq!(report.response, Response::default().id("msg_1").finish_reason("end_turn"));
    /// ```
    pub fn update(&mut self, later: Report<'_>) {
        if let Some(usage) = later.usage {
            self.usage = Some(usage.or(self.usage.unwrap_or_default()));
        }
        if let Some(estimate) = later.estimate {
            self.estimate = Some(self.estimate.unwrap_or_default().plus(estimate));
        }
        if let Some(output) = later.output.filter(|_| crate::content::mode() != ContentMode::None) {
            let joined = self.output.get_or_insert_default().to_mut();
            joined.push_str(start(&output, MAX_OUTPUT.saturating_sub(joined.len())));
        }
        self.response.update(later.response);
    }

    /// Takes what several chunks have told.
    pub(crate) fn append(&mut self, later: Report<'_>) {
        if let Some(later) = later.streamed {
            let streamed = self.streamed.get_or_insert_default();
            streamed.chunks += later.chunks;
            streamed.first = streamed.first.or(later.first);
        }
        self.update(later);
    }

    /// Takes what a chunk tells, which came at that time, if it is known.
    pub(crate) fn chunk(&mut self, chunk: Report<'_>, at: Option<Instant>) {
        let streamed = self.streamed.get_or_insert_default();
        streamed.chunks += 1;
        streamed.first.get_or_insert_with(|| at.unwrap_or_else(Instant::now));
        self.update(chunk);
    }
}

/// The first `limit` bytes of a text, less what would be a part of a character.
fn start(text: &str, limit: usize) -> &str {
    let end = (0..=limit.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
    text.get(..end).unwrap_or_default()
}

/// What a `usage = |response| …` closure may return: [`Usage`], an `Option` of it, a pair of counts (prompt, completion), a
/// [`Report`].
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no token usage",
    note = "`usage = |response| …` returns a `Usage`, an `Option<Usage>`, a pair of counts (prompt, completion), or a `Report`"
)]
pub trait IntoReport<'a> {
    /// The report.
    fn into_report(self) -> Report<'a>;
}

impl<'a> IntoReport<'a> for Report<'a> {
    #[inline]
    fn into_report(self) -> Report<'a> {
        self
    }
}

/// Nothing is told.
impl<'a> IntoReport<'a> for () {
    #[inline]
    fn into_report(self) -> Report<'a> {
        Report::default()
    }
}

impl<'a> IntoReport<'a> for Usage {
    #[inline]
    fn into_report(self) -> Report<'a> {
        Report::new(self, Response::default())
    }
}

impl<'a, R: IntoReport<'a>> IntoReport<'a> for Option<R> {
    #[inline]
    fn into_report(self) -> Report<'a> {
        self.map(IntoReport::into_report).unwrap_or_default()
    }
}

impl<'a, P: Count, C: Count> IntoReport<'a> for (P, C) {
    #[inline]
    fn into_report(self) -> Report<'a> {
        Usage::new(self.0, self.1).into_report()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_start_ends_between_two_characters() {
        assert_eq!([0, 1, 2, 3, 4, 9].map(|limit| start("aüb", limit)), ["", "a", "a", "aü", "aüb", "aüb"]);
    }

    #[test]
    fn what_a_model_said_is_told_by_its_length() {
        let shown = format!("{:?}", Report::new(Usage::new(1, 2), Response::default().model("m")).output("SECRET"));
        assert!(!shown.contains("SECRET"), "{shown}");
        assert!(shown.contains("output_bytes: Some(6)") && shown.contains("\"m\""), "{shown}");
    }
}
