//! Records on the call under way, from inside its body or from a task it has started.

use std::{
    future::Future,
    panic::Location,
    sync::{Arc, PoisonError, RwLock},
};

use tracing::{Dispatch, Span, dispatcher, subscriber::NoSubscriber};

use super::{
    Call,
    in_call::{InCall, Scope},
    late::{Late, Recorded},
    scope::{self, Innermost, Stacked},
    tally::Tally,
};
use crate::{
    correlation::{self, Correlation},
    usage::{IntoReport, Report, Response, Usage},
};

/// A handle on a call, to be taken into tasks and threads that the call starts.
///
/// Snapshots of usage are cumulative: the last one wins. What is recorded after the call has ended is lost, and a finding.
///
/// ```
/// # async fn demo() {
/// let call = llm_span::current_call();
/// std::thread::spawn(move || call.record_usage(llm_span::Usage::new(128, 64)));
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct CallHandle {
    target: Target,
    /// Where the call is, if that is not where the handle is: of one that is held open.
    home: Option<Arc<Home>>,
}

/// What runs as a part of a call is below its span, and carries its ids.
#[derive(Debug)]
pub(super) struct Home {
    span: Span,
    correlation: Correlation,
    /// The subscriber: it may be this thread's own, as that of a test is.
    subscriber: Option<Dispatch>,
}

impl Home {
    fn of(span: Span, correlation: Correlation) -> Arc<Self> {
        let subscriber = Some(dispatcher::get_default(Dispatch::clone)).filter(|current| !current.is::<NoSubscriber>());
        Arc::new(Self { span, correlation, subscriber })
    }

    pub(super) fn enter<R>(&self, body: impl FnOnce() -> R) -> R {
        let body = || {
            let _entered = self.span.enter();
            let _correlation = correlation::enter(&self.correlation);
            body()
        };
        match &self.subscriber {
            Some(subscriber) => dispatcher::with_default(subscriber, body),
            None => body(),
        }
    }
}

#[derive(Clone, Debug)]
enum Target {
    Call(Arc<Late>, Option<Arc<Tally>>),
    /// A call that nobody listens to.
    Hidden(Option<Arc<Tally>>),
    /// No call.
    None,
}

/// The call whose body is running on this thread: the innermost annotated function, block or guard.
///
/// Outside of a call the handle records nothing, and each record is a finding.
#[must_use]
pub fn current_call() -> CallHandle {
    let target = match scope::innermost() {
        Innermost::Open(late, tally) => Target::Call(late, tally),
        Innermost::Hidden(tally) => Target::Hidden(tally),
        Innermost::None => Target::None,
    };
    CallHandle { target, home: None }
}

impl CallHandle {
    /// The handle on a call that is held open.
    pub(super) fn of(call: &Call) -> Self {
        let home = match call {
            Call::Open(open) => Some(Home::of(open.span.clone(), open.correlation().cloned().unwrap_or_default())),
            Call::Hidden(_) | Call::Off => None,
        };
        Self { home, ..Self::to_record_on(call) }
    }

    /// The same, to record on and for nothing else: it costs no more than that.
    pub(super) fn to_record_on(call: &Call) -> Self {
        let target = match call {
            Call::Open(open) => open.late.as_ref().map(|late| Target::Call(Arc::clone(late), open.tally())),
            Call::Hidden(_) | Call::Off => None,
        };
        Self { target: target.unwrap_or(Target::Hidden(None)), home: None }
    }

    /// Records the tokens used so far; what a later snapshot leaves out stays as it was.
    ///
    /// Takes a [`Usage`], a pair of counts, or a [`Report`], which tells the model and the rest too: `Report::of(&response)` of a
    /// response that [reports its usage](crate::ReportUsage), where the function returns something made of it.
    #[track_caller]
    pub fn record_usage<'a>(&self, usage: impl IntoReport<'a>) {
        let report = crate::guard::run(|| usage.into_report()).unwrap_or_default();
        self.record("record_usage", |recorded| recorded.report.update(report));
    }

    /// Records counts that hold where the provider sends none, as of a tokenizer. Those that hold are marked: `llm.usage.estimated`
    /// on the span and in the counters' labels. Estimates given one by one are added up.
    #[track_caller]
    pub fn estimate_usage(&self, estimate: Usage) {
        self.record("estimate_usage", |recorded| recorded.report.update(Report::default().estimate(estimate)));
    }

    /// Records a chunk of a response that streams, for where the stream itself can't be annotated: a callback, a type of one's own.
    ///
    /// Takes what the chunk tells: a [`Usage`], a [`Report`], `()` for nothing.
    ///
    /// ```
    /// use llm_span::{Operation, Report, Usage, call, record_chunk};
    ///
    /// # fn stream_to(on_chunk: impl Fn(&str, Option<(u32, u32)>)) { on_chunk("Hi", None); on_chunk("", Some((128, 64))); }
    /// call(Operation::Chat, "openai", "gpt-4o").in_scope_in_body(|| {
    ///     stream_to(|_text, usage| record_chunk(usage));
    /// });
    /// ```
    #[track_caller]
    pub fn record_chunk<'a>(&self, chunk: impl IntoReport<'a>) {
        let chunk = crate::guard::run(|| chunk.into_report()).unwrap_or_default();
        self.record("record_chunk", |recorded| recorded.chunk(chunk));
    }

    /// Records the model, where it was not known at the start (`model = in_body`).
    #[track_caller]
    pub fn record_model(&self, model: impl Into<String>) {
        let model = model.into();
        self.record("record_model", |recorded| recorded.model = Some(model));
    }

    /// Records what the response tells of itself; what it leaves out stays as it was.
    #[track_caller]
    pub fn record_response(&self, response: Response<'_>) {
        self.record("record_response", |recorded| recorded.report.response.update(response));
    }

    /// Runs a future as a part of the call, on a task of its own: below the span that is current here, with the ids that are
    /// carried here; what it records is this call's, and calls in it are among those that `usage = children` sums, if they end before
    /// this call does.
    ///
    /// ```
    /// # async fn look_up() {}
    /// # async fn demo() {
    /// let task = llm_span::current_call().run(look_up());
    /// // tokio::spawn(task)
    /// # task.await;
    /// # }
    /// ```
    pub fn run<F: Future>(&self, future: F) -> InCall<F> {
        InCall::new(Scope::new(self.clone(), self.home()), future)
    }

    /// The same for a closure that another thread runs.
    ///
    /// ```
    /// # fn parse() -> u32 { 5 }
    /// let work = llm_span::current_call().wrap(|| parse());
    /// assert_eq!(std::thread::spawn(work).join().unwrap(), 5);
    /// ```
    pub fn wrap<R, B: FnOnce() -> R>(&self, body: B) -> impl FnOnce() -> R + use<R, B> {
        let scope = Scope::new(self.clone(), self.home());
        move || scope.enter(body)
    }

    fn home(&self) -> Arc<Home> {
        self.home.clone().unwrap_or_else(|| Home::of(Span::current(), Correlation::current()))
    }

    /// Makes the call this thread's innermost one.
    pub(super) fn lend(&self) -> Option<Stacked> {
        match &self.target {
            Target::Call(late, tally) => Some(Stacked::lent(late, tally.as_ref())),
            Target::Hidden(tally) => Some(Stacked::lent_hidden(tally.as_ref())),
            Target::None => None,
        }
    }

    /// Whether what is recorded here reaches a call: one that is under way and that somebody listens to.
    pub fn is_open(&self) -> bool {
        matches!(&self.target, Target::Call(late, _) if !late.is_closed())
    }

    #[track_caller]
    fn record(&self, what: &'static str, change: impl FnOnce(&mut Recorded)) {
        let lost = match &self.target {
            Target::Call(late, _) => !late.record(change),
            Target::Hidden(_) => false,
            Target::None => true,
        };
        if lost {
            report_loss(what, Location::caller());
        }
    }
}

/// [`CallHandle::record_usage`] on the [`current_call`].
#[track_caller]
pub fn record_usage<'a>(usage: impl IntoReport<'a>) {
    current_call().record_usage(usage);
}

/// [`CallHandle::estimate_usage`] on the [`current_call`].
#[track_caller]
pub fn estimate_usage(estimate: Usage) {
    current_call().estimate_usage(estimate);
}

/// [`CallHandle::record_chunk`] on the [`current_call`].
#[track_caller]
pub fn record_chunk<'a>(chunk: impl IntoReport<'a>) {
    current_call().record_chunk(chunk);
}

/// [`CallHandle::record_model`] on the [`current_call`].
#[track_caller]
pub fn record_model(model: impl Into<String>) {
    current_call().record_model(model);
}

/// [`CallHandle::record_response`] on the [`current_call`].
#[track_caller]
pub fn record_response(response: Response<'_>) {
    current_call().record_response(response);
}

/// Takes records that met no call: what was called, and where.
pub(crate) type LossListener = fn(&'static str, &'static Location<'static>);

static LISTENERS: RwLock<Vec<LossListener>> = RwLock::new(Vec::new());

/// Has losses reported; the layers do, so that calls need not know them.
#[cfg(feature = "layer")]
pub(crate) fn listen_for_losses(listener: LossListener) {
    let mut listeners = LISTENERS.write().unwrap_or_else(PoisonError::into_inner);
    if !listeners.iter().any(|other| std::ptr::fn_addr_eq(*other, listener)) {
        listeners.push(listener);
    }
}

fn report_loss(what: &'static str, location: &'static Location<'static>) {
    let listeners = LISTENERS.read().unwrap_or_else(PoisonError::into_inner).clone();
    for listener in listeners {
        listener(what, location);
    }
}
