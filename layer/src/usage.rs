//! Token usage, and how a response reports it.

use std::borrow::Cow;

/// The tokens that a call used, by the OpenTelemetry GenAI conventions' count: the prompt includes cached tokens, the completion
/// includes reasoning. Parts are told beside them and never added to them.
///
/// A count that the provider did not send stays absent: absent is not zero.
///
/// ```
/// use llm_span::Usage;
///
/// let usage = Usage::new(128_u32, 64_u32).cache_read(Some(100_u32));
/// assert_eq!(usage.total(), Some(192));
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Usage {
    /// All input tokens, cached ones included.
    pub prompt: Option<i64>,
    /// All output tokens, reasoning included.
    pub completion: Option<i64>,
    /// Input tokens read from a cache, a part of the prompt.
    pub cache_read: Option<i64>,
    /// Input tokens written to a cache, a part of the prompt.
    pub cache_write: Option<i64>,
    /// Output tokens of reasoning, a part of the completion.
    pub reasoning: Option<i64>,
}

impl Usage {
    /// Tokens of prompt and completion.
    pub fn new(prompt: impl Count, completion: impl Count) -> Self {
        Self { prompt: prompt.count(), completion: completion.count(), ..Self::default() }
    }

    /// Tokens of a call that has input only, as embeddings: the completion is a true 0.
    pub fn input_only(prompt: impl Count) -> Self {
        Self::new(prompt, 0)
    }

    /// With the part of the prompt that was read from a cache.
    #[must_use]
    pub fn cache_read(mut self, tokens: impl Count) -> Self {
        self.cache_read = tokens.count();
        self
    }

    /// With the part of the prompt that was written to a cache.
    #[must_use]
    pub fn cache_write(mut self, tokens: impl Count) -> Self {
        self.cache_write = tokens.count();
        self
    }

    /// With the part of the completion that was reasoning.
    #[must_use]
    pub fn reasoning(mut self, tokens: impl Count) -> Self {
        self.reasoning = tokens.count();
        self
    }

    /// Prompt and completion together; `None` where one is absent or the sum is no `i64`.
    pub fn total(&self) -> Option<i64> {
        self.prompt?.checked_add(self.completion?)
    }

    /// What `self` has, and what only `other` has.
    pub(crate) fn or(self, other: Self) -> Self {
        Self {
            prompt: self.prompt.or(other.prompt),
            completion: self.completion.or(other.completion),
            cache_read: self.cache_read.or(other.cache_read),
            cache_write: self.cache_write.or(other.cache_write),
            reasoning: self.reasoning.or(other.reasoning),
        }
    }
}

/// A number of tokens: any integer, or an `Option` of one. What is too large for an `i64` is taken for absent, never cut.
#[diagnostic::on_unimplemented(message = "`{Self}` is no count of tokens", note = "a count is an integer or an `Option` of one")]
pub trait Count: sealed::Sealed {
    /// The count, where there is one.
    fn count(self) -> Option<i64>;
}

mod sealed {
    pub trait Sealed {}
}

macro_rules! counts {
    ($($integer:ty),*) => {$(
        impl sealed::Sealed for $integer {}
        impl Count for $integer {
            fn count(self) -> Option<i64> {
                i64::try_from(self).ok()
            }
        }
    )*};
}

counts!(u8, u16, u32, u64, u128, usize, i8, i16, i32, i64, i128, isize);

impl<C: Count> sealed::Sealed for Option<C> {}
impl<C: Count> Count for Option<C> {
    fn count(self) -> Option<i64> {
        self.and_then(Count::count)
    }
}

impl<C: Count + Copy> sealed::Sealed for &C {}
impl<C: Count + Copy> Count for &C {
    fn count(self) -> Option<i64> {
        (*self).count()
    }
}

/// What a response tells of itself, beside its usage.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Response<'a> {
    /// The model that answered, `gen_ai.response.model`.
    pub model: Option<Cow<'a, str>>,
    /// The response's id, `gen_ai.response.id`.
    pub id: Option<Cow<'a, str>>,
    /// Why generation stopped, one a choice, `gen_ai.response.finish_reasons`.
    pub finish_reasons: Vec<Cow<'a, str>>,
}

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
    fn response(&self) -> Response<'_> {
        Response::default()
    }
}

impl<T: ReportUsage + ?Sized> ReportUsage for &T {
    fn usage(&self) -> Option<Usage> {
        (**self).usage()
    }

    fn response(&self) -> Response<'_> {
        (**self).response()
    }
}

impl<T: ReportUsage + ?Sized> ReportUsage for Box<T> {
    fn usage(&self) -> Option<Usage> {
        (**self).usage()
    }

    fn response(&self) -> Response<'_> {
        (**self).response()
    }
}

impl<T: ReportUsage + ?Sized> ReportUsage for std::sync::Arc<T> {
    fn usage(&self) -> Option<Usage> {
        (**self).usage()
    }

    fn response(&self) -> Response<'_> {
        (**self).response()
    }
}

/// Usage and response details together: what is recorded when a call ends.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Report<'a> {
    /// The tokens used.
    pub usage: Option<Usage>,
    /// What else the response tells.
    pub response: Response<'a>,
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
    pub fn new(usage: impl Into<Option<Usage>>, response: Response<'a>) -> Self {
        Self { usage: usage.into(), response }
    }

    /// What `response` reports of itself.
    pub fn of<T: ReportUsage + ?Sized>(response: &'a T) -> Self {
        Self { usage: response.usage(), response: response.response() }
    }
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
    fn into_report(self) -> Report<'a> {
        self
    }
}

impl<'a> IntoReport<'a> for Usage {
    fn into_report(self) -> Report<'a> {
        Report { usage: Some(self), ..Report::default() }
    }
}

impl<'a, R: IntoReport<'a>> IntoReport<'a> for Option<R> {
    fn into_report(self) -> Report<'a> {
        self.map(IntoReport::into_report).unwrap_or_default()
    }
}

impl<'a, P: Count, C: Count> IntoReport<'a> for (P, C) {
    fn into_report(self) -> Report<'a> {
        Usage::new(self.0, self.1).into_report()
    }
}
