//! Labels: where their values come from, and how those are spelt.

use std::borrow::Cow;

/// A label of a metric.
///
/// ```
/// use llm_span_contract::{Fact, Label, Source};
///
/// let status = Label::new("status")
///     .or(Source::of(Fact::Outcome).only([("ok", "success"), ("error", "error"), ("panic", "error"), ("cancelled", "error")]));
/// let model = Label::of("model", ["gen_ai.request.model", "llm.model"]);
/// assert_eq!(status.name, "status");
/// assert_eq!(model.from.len(), 2);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Label {
    /// The label's name, as an OpenTelemetry attribute.
    pub name: Cow<'static, str>,
    /// Where its value comes from: the first that has one.
    pub from: Vec<Source>,
    /// Its value where none has. Without a default the label is left out.
    pub default: Option<Cow<'static, str>>,
    /// Whether measurements without it are expected; see [`Label::optional`].
    pub is_optional: bool,
}

/// Where a label's value may come from.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Source {
    /// What is asked.
    pub fact: Fact,
    /// Values that are spelt otherwise in the label: what is recorded, and what the label reads.
    pub renames: Vec<(Cow<'static, str>, Cow<'static, str>)>,
    /// Whether only values that are renamed count: any other is as if none were recorded.
    pub only_renamed: bool,
}

/// What of a span a label may tell.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Fact {
    /// What an attribute says. A boolean reads `true` or `false`.
    Attribute(Cow<'static, str>),
    /// The span's name, as it stands in the program.
    SpanName,
    /// How it ended: `ok`, `error`, `cancelled`, `panic`; see [`Outcome`](crate::Outcome). Of a span that is no call: `error` where an error
    /// was recorded (`error.type`, `otel.status_code`, an event of level ERROR), else `ok`.
    Outcome,
    /// The name of the service, as the layer was told, or as OpenTelemetry's environment variables say.
    Service,
    /// Of a violation: the contract.
    Contract,
    /// Of a violation: the finding's id.
    Finding,
    /// Of a violation: the attribute.
    FindingAttribute,
}

impl Label {
    /// A label that has no source yet. For a gauge that a callback tells, that is all: `register` gives the value.
    pub fn new(name: impl Into<Cow<'static, str>>) -> Self {
        Self { name: name.into(), from: Vec::new(), default: None, is_optional: false }
    }

    /// A label that says what the first of these attributes says that was recorded.
    pub fn of<K: Into<Cow<'static, str>>>(name: impl Into<Cow<'static, str>>, keys: impl IntoIterator<Item = K>) -> Self {
        keys.into_iter().fold(Self::new(name), |label, key| label.or(Source::attribute(key)))
    }

    /// Adds a source, asked where those before have no value: an attribute's name, or a [`Source`] that says more.
    ///
    /// ```
    /// use llm_span_contract::{Fact, Label, Source};
    ///
    /// let kind = Label::new("kind").or("job.kind").or(Source::of(Fact::SpanName));
    /// assert_eq!(kind.from, [Source::attribute("job.kind"), Source::of(Fact::SpanName)]);
    /// ```
    #[must_use]
    pub fn or(mut self, source: impl Into<Source>) -> Self {
        self.from.push(source.into());
        self
    }

    /// Its value where no source has one.
    #[must_use]
    pub fn default_to(mut self, value: impl Into<Cow<'static, str>>) -> Self {
        self.default = Some(value.into());
        self
    }

    /// Says that measurements without it are expected.
    ///
    /// It changes nothing of what is measured: any label without a value is left out. It tells those who know series beforehand: a series
    /// that lacks it is announced, and a gauge may be registered without it.
    #[must_use]
    pub fn optional(mut self) -> Self {
        self.is_optional = true;
        self
    }
}

impl From<&'static str> for Label {
    /// The label of an attribute's own name.
    fn from(key: &'static str) -> Self {
        Self::of(key, [key])
    }
}

impl From<String> for Label {
    /// The label of an attribute's own name.
    fn from(key: String) -> Self {
        Self::of(key.clone(), [key])
    }
}

impl From<&'static str> for Source {
    /// What the attribute says.
    fn from(key: &'static str) -> Self {
        Self::attribute(key)
    }
}

impl Source {
    /// What a fact says, as it says it.
    pub fn of(fact: Fact) -> Self {
        Self { fact, renames: Vec::new(), only_renamed: false }
    }

    /// What an attribute says.
    pub fn attribute(key: impl Into<Cow<'static, str>>) -> Self {
        Self::of(Fact::Attribute(key.into()))
    }

    /// Spells some values otherwise.
    #[must_use]
    pub fn renamed<K: Into<Cow<'static, str>>, V: Into<Cow<'static, str>>>(
        mut self,
        renames: impl IntoIterator<Item = (K, V)>,
    ) -> Self {
        self.renames.extend(renames.into_iter().map(|(from, to)| (from.into(), to.into())));
        self
    }

    /// Spells these values otherwise, and takes no other.
    #[must_use]
    pub fn only<K: Into<Cow<'static, str>>, V: Into<Cow<'static, str>>>(self, renames: impl IntoIterator<Item = (K, V)>) -> Self {
        Self { only_renamed: true, ..self.renamed(renames) }
    }

    /// What the label reads where the fact says `value`; `None` where that does not count.
    pub fn spell<'v>(&'v self, value: &'v str) -> Option<&'v str> {
        let renamed = self.renames.iter().find(|(from, _)| from == value).map(|(_, to)| to.as_ref());
        renamed.or((!self.only_renamed).then_some(value))
    }
}
