//! Ids that hold for all calls below: the conversation, the session, the user; and the client that asks.

mod current;
mod run;

pub use run::CorrelationFuture;

pub(crate) use current::{Entered, begin, end, enter, with_current};

use std::{future::Future, sync::Arc};

use current::{After, Frame};

/// The ids of conversation, session and user that the calls below carry: set once, where a request comes in.
///
/// Calls made while it is current carry them as `gen_ai.conversation.id`, `session.id` and `user.id`. An id that an inner one
/// leaves out is taken from the one around it. The name and the version of the client's service go with them: only
/// `CarryCorrelation` writes those, as `client.service.name` and `client.service.version`.
///
/// ```
/// use llm_span::Correlation;
///
/// # async fn answer() {}
/// # async fn summarize() {}
/// # async fn handle(conversation: &str, user: &str) {
/// let correlation = Correlation::new().conversation(conversation).user(user);
/// correlation
///     .run(async {
///         answer().await;
///         // A task of its own is below nothing: give it what is current.
///         let carried = Correlation::current().run(summarize());
///         // tokio::spawn(carried)
/// #       carried.await;
///     })
///     .await;
/// # }
/// ```
///
/// It is made current for the poll of a future or the run of a closure, on their thread. `CarryCorrelation` (feature `otel`) puts
/// the ids on the spans of others too.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Correlation(Option<Arc<Ids>>);

#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Ids {
    conversation: Option<Arc<str>>,
    session: Option<Arc<str>>,
    user: Option<Arc<str>>,
    client_service: Option<Arc<str>>,
    client_version: Option<Arc<str>>,
}

impl Correlation {
    /// One without ids.
    #[must_use]
    pub const fn new() -> Self {
        Self(None)
    }

    /// What is current here, for a task or a thread that is started: it shares the ids, and copies no text.
    pub fn current() -> Self {
        with_current(|current| current.cloned().unwrap_or_default())
    }

    /// With the id of the conversation; an empty text is none.
    #[must_use]
    pub fn conversation(self, id: impl AsRef<str>) -> Self {
        self.with(id.as_ref(), |ids| &mut ids.conversation)
    }

    /// With the id of the user's session; an empty text is none.
    #[must_use]
    pub fn session(self, id: impl AsRef<str>) -> Self {
        self.with(id.as_ref(), |ids| &mut ids.session)
    }

    /// With the id of the user; an empty text is none.
    #[must_use]
    pub fn user(self, id: impl AsRef<str>) -> Self {
        self.with(id.as_ref(), |ids| &mut ids.user)
    }

    /// With the name of the service that asks, as Llama Stack's clients tell it in `X-Telemetry-Service`; an empty text is none.
    ///
    /// ```
    /// use llm_span::Correlation;
    ///
    /// let asks = Correlation::new().client_service("support-chat").client_version("2.1.0");
    /// assert_eq!(asks.client_service_name(), Some("support-chat"));
    /// assert_eq!(asks.client_service_version(), Some("2.1.0"));
    /// ```
    #[must_use]
    pub fn client_service(self, name: impl AsRef<str>) -> Self {
        self.with(name.as_ref(), |ids| &mut ids.client_service)
    }

    /// With the version of the service that asks (`X-Telemetry-Version`); an empty text is none.
    #[must_use]
    pub fn client_version(self, version: impl AsRef<str>) -> Self {
        self.with(version.as_ref(), |ids| &mut ids.client_version)
    }

    /// The id of the conversation.
    pub fn conversation_id(&self) -> Option<&str> {
        self.0.as_ref()?.conversation.as_deref()
    }

    /// The id of the session.
    pub fn session_id(&self) -> Option<&str> {
        self.0.as_ref()?.session.as_deref()
    }

    /// The id of the user.
    pub fn user_id(&self) -> Option<&str> {
        self.0.as_ref()?.user.as_deref()
    }

    /// The name of the service that asks.
    pub fn client_service_name(&self) -> Option<&str> {
        self.0.as_ref()?.client_service.as_deref()
    }

    /// The version of the service that asks.
    pub fn client_service_version(&self) -> Option<&str> {
        self.0.as_ref()?.client_version.as_deref()
    }

    /// Whether it has no id.
    pub const fn is_empty(&self) -> bool {
        self.0.is_none()
    }

    /// Makes it current while the future is polled. What it leaves out it takes from what is current here, then from what is
    /// current at the first poll.
    pub fn run<F: Future>(&self, future: F) -> CorrelationFuture<F> {
        CorrelationFuture::new(self.clone().inheriting(), future)
    }

    /// Makes it current while the closure runs.
    pub fn in_scope<R>(&self, body: impl FnOnce() -> R) -> R {
        let _frame = Frame::push(&self.clone().inheriting(), After::Stays);
        body()
    }

    fn with(mut self, id: &str, field: impl FnOnce(&mut Ids) -> &mut Option<Arc<str>>) -> Self {
        if !id.is_empty() {
            *field(Arc::make_mut(self.0.get_or_insert_default())) = Some(id.into());
        }
        self
    }

    /// With the current one's ids where it has none.
    pub(crate) fn inheriting(self) -> Self {
        with_current(|outer| outer.map_or_else(|| self.clone(), |outer| self.or(outer)))
    }

    /// With the ids of the other where it has none.
    pub(crate) fn or(&self, outer: &Self) -> Self {
        let (Some(own), Some(others)) = (&self.0, &outer.0) else {
            return if self.is_empty() { outer.clone() } else { self.clone() };
        };
        let [ours, theirs] = [own, others].map(|ids| ids.all());
        if ours.iter().zip(theirs).all(|(ours, theirs)| ours.is_some() || theirs.is_none()) {
            return self.clone();
        }
        let mut ids = Ids::clone(own);
        for (id, theirs) in ids.all_mut().into_iter().zip(theirs) {
            if id.is_none() {
                id.clone_from(theirs);
            }
        }
        Self(Some(Arc::new(ids)))
    }
}

impl Ids {
    fn all(&self) -> [&Option<Arc<str>>; 5] {
        [&self.conversation, &self.session, &self.user, &self.client_service, &self.client_version]
    }

    fn all_mut(&mut self) -> [&mut Option<Arc<str>>; 5] {
        [&mut self.conversation, &mut self.session, &mut self.user, &mut self.client_service, &mut self.client_version]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    type Texts = (Option<String>, Option<String>, Option<String>);

    fn seen() -> Texts {
        let owned = |text: Option<&str>| text.map(str::to_owned);
        let current = Correlation::current();
        (owned(current.conversation_id()), owned(current.session_id()), owned(current.user_id()))
    }

    fn texts(conversation: &str, session: &str, user: &str) -> Texts {
        let text = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        (text(conversation), text(session), text(user))
    }

    #[test]
    fn an_inner_one_takes_what_it_leaves_out_from_the_outer_one() {
        let outer = Correlation::new().conversation("c").user("u");
        let inner = Correlation::new().session("s").user("v").conversation("");
        outer.in_scope(|| {
            assert_eq!(seen(), texts("c", "", "u"));
            inner.in_scope(|| assert_eq!(seen(), texts("c", "s", "v")));
            Correlation::new().in_scope(|| assert_eq!(seen(), texts("c", "", "u")));
            assert_eq!(seen(), texts("c", "", "u"));
        });
        assert_eq!(seen(), texts("", "", ""));
        assert!(Correlation::new().conversation("").is_empty() && Correlation::current().is_empty());
    }

    #[test]
    fn the_client_is_inherited_by_itself() {
        let outer = Correlation::new().client_service("app").client_version("1").user("u");
        let inner = Correlation::new().client_version("2");
        let seen = outer.in_scope(|| inner.in_scope(Correlation::current));
        assert_eq!((seen.client_service_name(), seen.client_service_version()), (Some("app"), Some("2")));
        assert_eq!(seen.user_id(), Some("u"));
        assert!(Correlation::new().client_service("").client_version("").is_empty());
    }

    #[test]
    fn one_that_lacks_nothing_is_shared_not_copied() {
        let outer = Correlation::new().user("u");
        let inner = Correlation::new().user("v").session("s");
        let shared = outer.in_scope(|| inner.in_scope(Correlation::current));
        assert!(shared.0.zip(inner.0).is_some_and(|(shared, inner)| Arc::ptr_eq(&shared, &inner)));
    }

    #[test]
    fn a_panic_leaves_nothing_current() {
        let run = || Correlation::new().user("u").in_scope(|| -> () { std::panic::panic_any(5) });
        assert!(std::panic::catch_unwind(run).is_err());
        assert!(Correlation::current().is_empty());
    }
}
