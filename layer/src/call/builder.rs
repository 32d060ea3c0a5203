//! Calls without the attribute: around a future, around a closure, or between two lines of synchronous code.

use std::{borrow::Cow, future::Future, panic::Location, sync::Arc};

use llm_span_contract::{Operation, Outcome};
use tracing::{Span, span::EnteredSpan};

use super::{
    Call,
    private::{DefaultCallsite, Level, Metadata, Parent, Site, Start, error_name, metadata, settle, unreported, widen},
    probe::Split,
    run::{once, run},
    scope::{self, Unheard},
};
use crate::{
    guard,
    usage::{IntoReport, Report, ReportUsage},
};

/// Where the call is written: OpenTelemetry's `code.*` attributes. The callsite of a function is this file's.
const FIELDS: [&str; super::private::FIELDS.len() + 2] = widen(&["code.file.path", "code.line.number"]);

macro_rules! sites {
    ($($operation:ident),*) => {
        fn site(operation: Operation) -> &'static Site {
            match operation {
                $(Operation::$operation => {
                    static METADATA: Metadata<'static> = metadata(
                        Operation::$operation.span_name(),
                        "llm_span::call",
                        Level::INFO,
                        (file!(), line!(), module_path!()),
                        &FIELDS,
                        &CALLSITE,
                    );
                    static CALLSITE: DefaultCallsite = DefaultCallsite::new(&METADATA);
                    static SITE: Site = Site::new(&CALLSITE, &METADATA, Operation::$operation, false);
                    &SITE
                })*
                _ => site(Operation::Chat),
            }
        }
    };
}

sites!(Chat, TextCompletion, GenerateContent, Embeddings, Retrieval, CreateAgent, InvokeAgent, ExecuteTool, InvokeWorkflow);

/// A call of `operation` to `model` at `provider`, for where `#[llm_span]` can't stand: a block, a closure, a generated function.
///
/// The span's level is `INFO`, its target `llm_span::call`; the place of this line is recorded as `code.file.path` and
/// `code.line.number`.
///
/// ```
/// use llm_span::{Operation, Usage, call};
///
/// # async fn ask() -> Result<(String, u32, u32), std::io::Error> { Ok((String::new(), 1, 2)) }
/// # async fn demo() -> Result<(), std::io::Error> {
/// let (text, ..) = call(Operation::Chat, "openai", "gpt-4o")
///     .run_with(ask(), |(_, prompt, completion)| Usage::new(prompt, completion))
///     .await?;
/// # Ok(())
/// # }
/// ```
#[track_caller]
pub fn call<'a>(operation: Operation, provider: impl Into<Cow<'a, str>>, model: impl Into<Cow<'a, str>>) -> CallBuilder<'a> {
    CallBuilder {
        site: site(operation),
        provider: provider.into(),
        model: Some(model.into()),
        parent: Parent::Current,
        location: Location::caller(),
    }
}

/// A call that has not started yet; made by [`call`].
#[derive(Debug)]
#[must_use = "a call starts when it is run"]
pub struct CallBuilder<'a> {
    site: &'static Site,
    provider: Cow<'a, str>,
    model: Option<Cow<'a, str>>,
    parent: Parent,
    location: &'static Location<'static>,
}

impl CallBuilder<'_> {
    /// With another parent than the current span; `None` for none.
    pub fn parent(mut self, parent: impl Into<Option<tracing::Id>>) -> Self {
        self.parent = Parent::Explicit(parent.into());
        self
    }

    /// The model is told in the body, by [`record_model`](crate::record_model).
    pub fn model_in_body(mut self) -> Self {
        self.model = None;
        self
    }

    fn start(self) -> Call {
        if !self.site.enabled() {
            return self.site.skip();
        }
        self.site.start(Start {
            provider: &self.provider,
            model: self.model.as_deref(),
            extra: &[Some(&self.location.file()), Some(&i64::from(self.location.line()))],
            parent: self.parent,
        })
    }

    /// Runs a future whose response reports its usage. A future that is never polled is no call.
    pub async fn run<F>(self, future: F) -> F::Output
    where
        F: Future<Output: Returned<Response: ReportUsage>>,
    {
        let mut call = self.start();
        let returned = run(&mut call, future).await;
        settle(&mut call, &returned.split(), Report::of, error_name);
        returned
    }

    /// Runs a future, and asks `usage` for the tokens that its response tells.
    ///
    /// One layer of `Result` or `Option` tells how the call ended. A timeout belongs around the call, not into it: the call is
    /// cancelled then, and what it returned in time counts.
    pub async fn run_with<F, U, R>(self, future: F, usage: U) -> F::Output
    where
        F: Future<Output: Returned>,
        U: FnOnce(&<F::Output as Returned>::Response) -> R,
        R: IntoReport<'static>,
    {
        let mut call = self.start();
        let returned = run(&mut call, future).await;
        settle(&mut call, &returned.split(), usage, error_name);
        returned
    }

    /// Runs a future that records its usage itself, by [`record_usage`](crate::record_usage).
    pub async fn run_in_body<F: Future<Output: Returned>>(self, future: F) -> F::Output {
        let mut call = self.start();
        let returned = run(&mut call, future).await;
        settle(&mut call, &returned.split(), unreported, error_name);
        returned
    }

    /// Runs a closure whose response reports its usage.
    pub fn in_scope<R: Returned<Response: ReportUsage>>(self, body: impl FnOnce() -> R) -> R {
        let mut call = self.start();
        let returned = once(&mut call, body);
        settle(&mut call, &returned.split(), Report::of, error_name);
        returned
    }

    /// Runs a closure, and asks `usage` for the tokens that its response tells.
    pub fn in_scope_with<R: Returned, O: IntoReport<'static>>(
        self,
        body: impl FnOnce() -> R,
        usage: impl FnOnce(&R::Response) -> O,
    ) -> R {
        let mut call = self.start();
        let returned = once(&mut call, body);
        settle(&mut call, &returned.split(), usage, error_name);
        returned
    }

    /// Starts the call here and now; it lasts until the guard is told how it ended.
    ///
    /// For synchronous code only: a guard held across an `.await` would enter the span for whatever else the thread runs, so it
    /// is not `Send`.
    ///
    /// ```
    /// use llm_span::{Operation, Usage, call};
    ///
    /// # fn ask() -> Result<(u32, u32), std::io::Error> { Ok((1, 2)) }
    /// let guard = call(Operation::Chat, "openai", "gpt-4o").enter();
    /// match ask() {
    ///     Ok((prompt, completion)) => guard.succeed(Usage::new(prompt, completion)),
    ///     Err(error) => guard.fail(&error),
    /// }
    /// ```
    pub fn enter(self) -> CallGuard {
        let call = self.start();
        let span = call.span().clone();
        let frame = scope::push(&call);
        let unheard = matches!(call, Call::Off).then(Unheard::enter);
        CallGuard { call, frame, _unheard: unheard, panicking: std::thread::panicking(), _entered: span.entered() }
    }
}

/// A call under way in synchronous code; made by [`CallBuilder::enter`].
///
/// Dropped without a word it counts as cancelled, or as a panic when the thread unwinds.
#[derive(Debug)]
#[must_use = "dropped at once, the call counts as cancelled"]
pub struct CallGuard {
    call: Call,
    frame: Option<Arc<super::late::Late>>,
    _unheard: Option<Unheard>,
    panicking: bool,
    _entered: EnteredSpan,
}

impl CallGuard {
    /// The call has succeeded and used that much: a [`Usage`](crate::Usage), an `Option` of it, a [`Report`].
    pub fn succeed<'a>(mut self, report: impl IntoReport<'a>) {
        let report = guard::run(|| report.into_report()).unwrap_or_default();
        self.leave();
        self.call.finish(Outcome::Ok, report, None);
    }

    /// The call has failed; the error's type is recorded, its text is not.
    pub fn fail<E>(mut self, error: &E) {
        self.leave();
        self.call.finish(Outcome::Error, Report::default(), Some(error_name(error)));
    }

    /// The call has ended with what it returned, `Ok` or `Err`.
    pub fn finish<R: Returned<Response: ReportUsage>>(mut self, returned: &R) {
        self.leave();
        settle(&mut self.call, &returned.split(), Report::of, error_name);
    }

    /// The call's span.
    pub fn span(&self) -> &Span {
        self.call.span()
    }

    fn leave(&mut self) {
        if let Some(late) = self.frame.take() {
            scope::remove(&late);
            if let Call::Open(open) = &mut self.call {
                open.late = Some(late);
            }
        }
    }
}

impl Drop for CallGuard {
    fn drop(&mut self) {
        self.leave();
        if let Call::Open(open) = &mut self.call {
            open.inside = std::thread::panicking() && !self.panicking;
        }
    }
}

/// What a body may return: a response that [reports its usage](ReportUsage), bare or in one layer of `Result` or `Option`; or
/// nothing.
///
/// One layer only, other than of functions with the attribute: a trait can't tell whether there is a further one.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not report token usage",
    note = "implement `ReportUsage` for it, or use `run_with(future, |response| …)` on a `Result` or an `Option`"
)]
pub trait Returned {
    /// What is there on success.
    type Response;
    /// What is there on failure.
    type Error;

    /// Which of them it is.
    fn split(&self) -> Split<'_, Self::Response, Self::Error>;
}

impl<T: ReportUsage> Returned for T {
    type Response = T;
    type Error = std::convert::Infallible;

    fn split(&self) -> Split<'_, T, Self::Error> {
        Split::Response(self)
    }
}

impl<T, E> Returned for Result<T, E> {
    type Response = T;
    type Error = E;

    fn split(&self) -> Split<'_, T, E> {
        match self {
            Ok(response) => Split::Response(response),
            Err(error) => Split::Error(error),
        }
    }
}

impl<T> Returned for Option<T> {
    type Response = T;
    type Error = std::convert::Infallible;

    fn split(&self) -> Split<'_, T, Self::Error> {
        self.as_ref().map_or(Split::Nothing, Split::Response)
    }
}

impl Returned for () {
    type Response = ();
    type Error = std::convert::Infallible;

    fn split(&self) -> Split<'_, (), Self::Error> {
        Split::Nothing
    }
}
