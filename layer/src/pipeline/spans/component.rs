//! Components of a server, exported as instrumentation scopes.
//!
//! A span that is given a component, `twinkle.component = "Gateway"`, is exported under the scope `twinkle.server.Gateway`, and so is what
//! happens below it, on whatever thread: the nearest ancestor that has one counts. `twinkle.deployment`, which labels Twinkle's metrics, says the
//! same where `twinkle.component` isn't given. Nothing is inherited from a caller in another process.
//!
//! The component is what the span has when it starts, which a span of `tracing` does when it is first entered: what is recorded later
//! comes too late for its children, and does not count.

use std::{
    borrow::Cow,
    cell::Cell,
    collections::{HashMap, VecDeque},
    fmt,
    sync::{
        Arc, Mutex, MutexGuard, OnceLock, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};

use opentelemetry::{
    Context, InstrumentationScope, KeyValue, Value,
    trace::{Span as _, SpanContext, SpanId, TraceContextExt as _, TraceId},
};
use opentelemetry_sdk::trace::{Span, SpanData};
use tracing::Metadata;

/// In this order.
const KEYS: [&str; 2] = ["twinkle.component", "twinkle.deployment"];
const PREFIX: &str = "twinkle.server.";
/// A name has so many characters at most.
const MAX_NAME: usize = 64;
/// Locks that spans share.
const SHARDS: usize = 16;
/// So many spans are known a lock. Beyond them spans are exported without their component.
const MAX_SPANS: usize = 4_096;
/// So many that have ended are still known a lock: who carries the context of a span away may start children when it has ended.
const MAX_ENDED: usize = 64;

/// Whether any span of this process can have a component: a callsite has the field, or a span of OpenTelemetry's own interface came with it.
/// While none can, nothing is looked at.
static IN_USE: AtomicBool = AtomicBool::new(false);

thread_local! {
    /// The scope of the span that is about to start. A sampler is shown what a span has; later there is no way to see it but to copy all of it.
    static NOTED: Cell<Option<Arc<InstrumentationScope>>> = const { Cell::new(None) };
}

/// The spans that have a component or have inherited one, and are open or have just ended.
#[derive(Default)]
pub(crate) struct Components([Mutex<Shard>; SHARDS]);

#[derive(Default)]
struct Shard {
    scopes: HashMap<Key, Arc<InstrumentationScope>, foldhash::fast::RandomState>,
    /// The oldest first.
    ended: VecDeque<Key>,
}

type Key = (TraceId, SpanId);

impl fmt::Debug for Components {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Components").finish_non_exhaustive()
    }
}

impl Components {
    /// Spans of a callsite are to come.
    pub(crate) fn expect(callsite: &Metadata<'_>) {
        if callsite.is_span() && KEYS.iter().any(|key| callsite.fields().field(key).is_some()) {
            IN_USE.store(true, Ordering::Relaxed);
        }
    }

    /// A span with these attributes is about to start, on this thread: it is the next one that [`started`](Self::started) is told of.
    pub(crate) fn note(attributes: &[KeyValue]) {
        if !IN_USE.load(Ordering::Relaxed) {
            if !attributes.iter().any(|attribute| KEYS.contains(&attribute.key.as_str())) {
                return;
            }
            IN_USE.store(true, Ordering::Relaxed);
        }
        NOTED.set(named(attributes).map(scope));
    }

    /// A span has begun, below the one of that context.
    pub(crate) fn started(&self, span: &Span, parent: &Context) {
        if !IN_USE.load(Ordering::Relaxed) {
            return;
        }
        if let Some(scope) = NOTED.take().or_else(|| self.inherited(parent.span().span_context())) {
            let key = key(span.span_context());
            self.shard(key).open(key, scope);
        }
    }

    /// A span has ended: it is exported under its component's scope.
    pub(crate) fn ended(&self, span: &mut SpanData) {
        if !IN_USE.load(Ordering::Relaxed) {
            return;
        }
        let key = key(&span.span_context);
        if let Some(scope) = self.shard(key).end(key) {
            span.instrumentation_scope = (*scope).clone();
        }
    }

    fn inherited(&self, parent: &SpanContext) -> Option<Arc<InstrumentationScope>> {
        if !parent.is_valid() || parent.is_remote() {
            return None;
        }
        let key = key(parent);
        self.shard(key).scopes.get(&key).cloned()
    }

    /// Ids are random.
    fn shard(&self, (_, span): Key) -> MutexGuard<'_, Shard> {
        let [.., last] = span.to_bytes();
        self.0[usize::from(last) % SHARDS].lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Shard {
    fn open(&mut self, key: Key, scope: Arc<InstrumentationScope>) {
        if self.scopes.len() >= MAX_SPANS {
            self.forget_oldest();
        }
        if self.scopes.len() < MAX_SPANS {
            self.scopes.insert(key, scope);
        }
    }

    fn end(&mut self, key: Key) -> Option<Arc<InstrumentationScope>> {
        let scope = self.scopes.get(&key).cloned()?;
        self.ended.push_back(key);
        if self.ended.len() > MAX_ENDED {
            self.forget_oldest();
        }
        Some(scope)
    }

    fn forget_oldest(&mut self) {
        if let Some(oldest) = self.ended.pop_front() {
            self.scopes.remove(&oldest);
        }
    }
}

fn key(span: &SpanContext) -> Key {
    (span.trace_id(), span.span_id())
}

/// The component that a span is given itself.
fn named(attributes: &[KeyValue]) -> Option<&str> {
    let given = |key: &&str| attributes.iter().rfind(|attribute| attribute.key.as_str() == *key);
    KEYS.iter().filter_map(given).find_map(|attribute| name(&attribute.value))
}

/// What can be a part of a scope's name: letters, digits, `_`, `-`, `.`. Anything else is none.
fn name(value: &Value) -> Option<&str> {
    let Value::String(text) = value else { return None };
    let text = text.as_str().trim();
    let is_name = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-.".contains(&byte));
    is_name.then(|| &text[..text.len().min(MAX_NAME)])
}

/// The scopes that the documents name are not made anew for each span.
fn scope(component: &str) -> Arc<InstrumentationScope> {
    const NAMED: [&str; 4] =
        ["twinkle.server.Gateway", "twinkle.server.Model", "twinkle.server.Sampler", "twinkle.server.Processor"];
    static SCOPES: [OnceLock<Arc<InstrumentationScope>>; NAMED.len()] = [const { OnceLock::new() }; NAMED.len()];
    let make = |name: Cow<'static, str>| Arc::new(InstrumentationScope::builder(name).build());
    let known = NAMED.into_iter().zip(&SCOPES).find(|(name, _)| name.strip_prefix(PREFIX) == Some(component));
    match known {
        Some((name, scope)) => Arc::clone(scope.get_or_init(|| make(Cow::Borrowed(name)))),
        None => make(Cow::Owned(format!("{PREFIX}{component}"))),
    }
}

#[cfg(test)]
mod tests;
