//! The ways to run a call: around a future, a closure, a stream; by a guard, or held open.

use std::future::Future;

use super::{CallBuilder, CallGuard, Returned, returned::Parted as _};
use crate::{
    call::{
        error_name::error_name,
        opened::OpenCall,
        run::{once, run},
        settle::{settle, unreported},
    },
    usage::{IntoReport, Report, ReportUsage},
};

impl CallBuilder<'_> {
    /// Runs a future whose response reports its usage. A future that is never polled is no call.
    pub async fn run<F>(self, future: F) -> F::Output
    where
        F: Future<Output: Returned<Response: ReportUsage>>,
    {
        let mut call = self.start();
        let returned = run(&mut call, future).await;
        settle(Some(&mut call), &returned.split(), Report::of, error_name);
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
        settle(Some(&mut call), &returned.split(), usage, error_name);
        returned
    }

    /// Runs a future that records its usage itself, by [`record_usage`](crate::record_usage), or has none: a tool, an agent.
    ///
    /// What it returns, see [`Returned`], tells no more than how the call ended.
    pub async fn run_in_body<F: Future<Output: Returned>>(self, future: F) -> F::Output {
        let mut call = self.start();
        let returned = run(&mut call, future).await;
        settle(Some(&mut call), &returned.split(), unreported, error_name);
        returned
    }

    /// Runs a closure whose response reports its usage.
    pub fn in_scope<R: Returned<Response: ReportUsage>>(self, body: impl FnOnce() -> R) -> R {
        let mut call = self.start();
        let returned = once(&mut call, body);
        settle(Some(&mut call), &returned.split(), Report::of, error_name);
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
        settle(Some(&mut call), &returned.split(), usage, error_name);
        returned
    }

    /// Runs a closure that records its usage itself, or has none: a tool, an agent.
    ///
    /// What it returns, see [`Returned`], tells no more than how the call ended.
    pub fn in_scope_in_body<R: Returned>(self, body: impl FnOnce() -> R) -> R {
        let mut call = self.start();
        let returned = once(&mut call, body);
        settle(Some(&mut call), &returned.split(), unreported, error_name);
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
        CallGuard::new(self.start())
    }

    /// Starts the call and holds it open until it is told how it ended: for a stream of a type of one's own, a session.
    pub fn open(self) -> OpenCall {
        OpenCall::new(self.start())
    }
}
