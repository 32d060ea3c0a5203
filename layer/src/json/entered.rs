//! The ids of the span that a thread is in, so that all lines but the first of those written in one go need not look for them.
//!
//! A registry gives the number of a closed span to a later one, so what is kept under a number must be forgotten before the span
//! can close. It cannot while a thread is in it: kept are the ids of the span that this thread entered last and has not left.
//! They are gone with the next entering, leaving or closing. Spans that are hidden from a layer, or whose entering another
//! layer saw last, are not kept.

use crate::ids::SpanIds;
use std::cell::Cell;
use tracing::span;

thread_local! {
    static ENTERED: Cell<Option<Entered>> = const { Cell::new(None) };
    static KEPT: Cell<Option<Kept>> = const { Cell::new(None) };
}

/// A span as one layer sees it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Entered {
    pub(super) span: u64,
    pub(super) layer: usize,
}

/// Ids of the span that is entered.
#[derive(Clone, Copy, Debug)]
struct Kept {
    ids: SpanIds,
    epoch: usize,
}

impl Entered {
    /// To be called when the thread has entered the span.
    #[inline]
    pub(super) fn enter(self) {
        ENTERED.set(Some(self));
        KEPT.set(None);
    }

    /// The span's ids, if they are kept. `epoch` is another one each time the layer may have been put in place anew, and missed
    /// what happened before.
    #[inline]
    pub(super) fn ids(self, epoch: usize) -> Option<SpanIds> {
        let kept = if ENTERED.get() == Some(self) { KEPT.get() } else { None };
        kept.filter(|kept| kept.epoch == epoch).map(|kept| kept.ids)
    }

    /// Keeps the ids, if the thread is in that span.
    #[inline]
    pub(super) fn keep(self, ids: Option<SpanIds>, epoch: usize) {
        if ENTERED.get() == Some(self) {
            KEPT.set(ids.map(|ids| Kept { ids, epoch }));
        }
    }
}

/// To be called when the thread has left a span, whichever.
#[inline]
pub(super) fn leave() {
    ENTERED.set(None);
}

/// To be called when a span closes.
#[inline]
pub(super) fn close(span: &span::Id) {
    if ENTERED.get().is_some_and(|entered| entered.span == span.into_u64()) {
        leave();
    }
}

#[cfg(test)]
mod tests {
    use crate::ids::{self, DispatchHandle};
    use crate::{IdSource, JsonLogs};
    use proptest::prelude::*;
    use std::collections::HashSet;
    use std::io::{self, Write};
    use std::sync::{Arc, Mutex};
    use tracing::{Event, Span, Subscriber};
    use tracing_subscriber::Layer;
    use tracing_subscriber::layer::{Context, SubscriberExt as _};
    use tracing_subscriber::registry::LookupSpan;

    /// What was written, or the digits of ids that were looked up.
    #[derive(Clone, Default)]
    struct Texts(Arc<Mutex<Vec<String>>>);

    impl Texts {
        fn push(&self, text: String) {
            self.0.lock().expect("lock").push(text);
        }

        fn take(&self) -> Vec<String> {
            std::mem::take(&mut *self.0.lock().expect("lock"))
        }

        /// The ids of the lines, empty where a line has none.
        fn take_ids(&self) -> Vec<String> {
            let id = |line: &serde_json::Value, key: &str| line[key].as_str().unwrap_or_default().to_owned();
            let lines = self.take().into_iter().map(|line| serde_json::from_str(&line).expect("valid JSON"));
            lines.map(|line| id(&line, "trace_id") + &id(&line, "span_id")).collect()
        }

        fn logs(&self) -> JsonLogs<impl Fn() -> Self + use<>> {
            let texts = self.clone();
            JsonLogs::new(move || texts.clone()).with_ids(IdSource::Own)
        }
    }

    impl Write for Texts {
        fn write(&mut self, line: &[u8]) -> io::Result<usize> {
            self.push(String::from_utf8(line.to_vec()).expect("UTF-8"));
            Ok(line.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    /// Looks the ids up at each event.
    #[derive(Default)]
    struct LookUp(DispatchHandle, Texts);

    impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for LookUp {
        fn on_event(&self, _: &Event<'_>, context: Context<'_, S>) {
            let ids = context.lookup_current().and_then(|span| ids::of_span(&span, IdSource::Own, &self.0));
            let text = ids.map(|ids| [&ids.trace_id_hex()[..], ids.span_id_hex()].concat()).unwrap_or_default();
            self.1.push(String::from_utf8(text).expect("ASCII"));
        }
    }

    #[derive(Clone, Copy, Debug)]
    enum Step {
        Enter(usize),
        Leave(usize),
        /// The handle is dropped, another span takes its place.
        Replace(usize),
        Log,
    }

    fn steps() -> impl Strategy<Value = Vec<Step>> {
        let step = prop_oneof![
            2 => (0_usize..3).prop_map(Step::Enter),
            2 => (0_usize..3).prop_map(Step::Leave),
            1 => (0_usize..3).prop_map(Step::Replace),
            3 => Just(Step::Log),
        ];
        prop::collection::vec(step, 0..60)
    }

    fn enter(span: &Span) {
        span.with_subscriber(|(id, dispatch)| dispatch.enter(id));
    }

    fn leave(span: &Span) {
        span.with_subscriber(|(id, dispatch)| dispatch.exit(id));
    }

    proptest! {
        #[test]
        fn lines_have_the_ids_that_a_look_into_the_span_finds(steps in steps()) {
            let (one, other, looked_up) = (Texts::default(), Texts::default(), LookUp::default());
            let right = looked_up.1.clone();
            let subscriber = tracing_subscriber::registry().with(one.logs()).with(looked_up).with(other.logs());
            tracing::subscriber::with_default(subscriber, || {
                let mut spans: Vec<(Span, u32)> = (0..3).map(|_| (tracing::info_span!(parent: None, "span"), 0)).collect();
                for step in steps {
                    match step {
                        Step::Enter(at) => {
                            enter(&spans[at].0);
                            spans[at].1 += 1;
                        }
                        Step::Leave(at) if spans[at].1 > 0 => {
                            leave(&spans[at].0);
                            spans[at].1 -= 1;
                        }
                        Step::Replace(at) => {
                            for _ in 0..std::mem::take(&mut spans[at].1) {
                                leave(&spans[at].0);
                            }
                            spans[at].0 = Span::none();
                            spans[at].0 = tracing::info_span!("span");
                        }
                        Step::Leave(_) => {}
                        Step::Log => tracing::info!("line"),
                    }
                }
                for (span, times) in &spans {
                    (0..*times).for_each(|_| leave(span));
                }
            });
            let right = right.take();
            prop_assert_eq!(one.take_ids(), right.clone());
            prop_assert_eq!(other.take_ids(), right);
        }
    }

    #[test]
    fn a_span_that_is_given_the_number_of_a_former_one_has_ids_of_its_own() {
        const SPANS: usize = 20_000;
        let texts = Texts::default();
        let (mut numbers, mut seen) = (HashSet::new(), HashSet::new());
        tracing::subscriber::with_default(tracing_subscriber::registry().with(texts.logs()), || {
            for _ in 0..SPANS {
                let span = tracing::info_span!("span");
                numbers.insert(span.id().map(|id| id.into_u64()));
                span.in_scope(|| {
                    tracing::info!("first");
                    tracing::info!("second");
                });
                let ids = texts.take_ids();
                assert_eq!(ids[0], ids[1]);
                assert!(seen.insert(ids[0].clone()), "ids of a former span");
            }
        });
        assert!(numbers.len() < SPANS, "no number was given twice");
    }

    #[test]
    fn a_span_of_a_former_ones_number_has_ids_of_its_own_though_none_was_entered_between() {
        let texts = Texts::default();
        let ids = tracing::subscriber::with_default(tracing_subscriber::registry().with(texts.logs()), || {
            let number = tracing::info_span!("span").in_scope(|| {
                tracing::info!("line");
                Span::current().id()
            });
            let mut spans = (0..100_000).map(|_| tracing::info_span!("span"));
            let again = spans.find(|span| span.id() == number).expect("a number is given twice");
            again.in_scope(|| tracing::info!("line"));
            texts.take_ids()
        });
        assert_ne!(ids[0], ids[1]);
    }
}
