//! Records on the call under way, from inside its body or from a task it has started.

use std::{
    borrow::Cow,
    panic::Location,
    sync::{Arc, PoisonError, RwLock},
};

use super::{
    late::{Late, Recorded},
    scope::{self, Innermost},
};
use crate::usage::{Response, Usage};

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
pub struct CallHandle(Target);

#[derive(Clone, Debug)]
enum Target {
    Call(Arc<Late>),
    /// A call that nobody listens to.
    Hidden,
    /// No call.
    None,
}

/// The call whose body is running on this thread: the innermost annotated function, block or guard.
///
/// Outside of a call the handle records nothing, and each record is a finding.
#[must_use]
pub fn current_call() -> CallHandle {
    CallHandle(match scope::innermost() {
        Innermost::Open(late) => Target::Call(late),
        Innermost::Hidden => Target::Hidden,
        Innermost::None => Target::None,
    })
}

impl CallHandle {
    /// Records the tokens used so far.
    #[track_caller]
    pub fn record_usage(&self, usage: Usage) {
        self.record("record_usage", |recorded| recorded.usage = Some(usage));
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
        let owned = |text: Cow<'_, str>| Cow::Owned(text.into_owned());
        self.record("record_response", |recorded| {
            let kept = &mut recorded.response;
            kept.model = response.model.map(owned).or(kept.model.take());
            kept.id = response.id.map(owned).or(kept.id.take());
            if !response.finish_reasons.is_empty() {
                kept.finish_reasons = response.finish_reasons.into_iter().map(owned).collect();
            }
        });
    }

    /// Whether what is recorded here reaches a call: one that is under way and that somebody listens to.
    pub fn is_open(&self) -> bool {
        matches!(&self.0, Target::Call(late) if !late.is_closed())
    }

    #[track_caller]
    fn record(&self, what: &'static str, change: impl FnOnce(&mut Recorded)) {
        let lost = match &self.0 {
            Target::Call(late) => !late.record(change),
            Target::Hidden => false,
            Target::None => true,
        };
        if lost {
            report_loss(what, Location::caller());
        }
    }
}

/// [`CallHandle::record_usage`] on the [`current_call`].
#[track_caller]
pub fn record_usage(usage: Usage) {
    current_call().record_usage(usage);
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
