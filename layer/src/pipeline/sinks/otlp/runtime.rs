//! The runtime that connections live on.

use std::{
    fmt,
    future::Future,
    sync::{Arc, mpsc},
    time::Duration,
};

use opentelemetry::Context;
use tokio::runtime::{Builder, Handle, Runtime};

/// Whoever waits for an attempt looks that often whether there is still time.
const LOOK: Duration = Duration::from_millis(20);

/// The runtime that connections live on: a thread of its own, whatever runtime the program has. Clones are the same; the last one ends it.
#[derive(Clone)]
pub(crate) struct OtlpRuntime(Arc<Owned>);

struct Owned {
    handle: Handle,
    /// `None` once it has ended.
    runtime: Option<Runtime>,
}

/// An attempt has come to no end of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Cut {
    /// There was no time left.
    OutOfTime,
    /// It has panicked.
    Panicked,
}

impl fmt::Debug for OtlpRuntime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("OtlpRuntime")
    }
}

impl OtlpRuntime {
    pub(crate) fn start() -> Result<Self, String> {
        let runtime = Builder::new_multi_thread()
            .worker_threads(1)
            // They resolve names.
            .max_blocking_threads(2)
            .thread_name("llm-span otlp")
            .enable_io()
            .enable_time()
            .on_thread_start(be_quiet)
            .build()
            .map_err(|error| format!("the thread for its connections could not be started: {error}"))?;
        Ok(Self(Arc::new(Owned { handle: runtime.handle().clone(), runtime: Some(runtime) })))
    }

    /// Something that needs the runtime at hand while it is made: a connection that is opened later.
    pub(super) fn within<T>(&self, make: impl FnOnce() -> T) -> T {
        let _entered = self.0.handle.enter();
        make()
    }

    /// Does some work there, and waits for it on this thread, for as long as `goes_on` says. This thread may belong to a runtime of the
    /// program's: it waits as for a lock.
    pub(super) fn run<T: Send + 'static>(
        &self,
        work: impl Future<Output = T> + Send + 'static,
        goes_on: impl Fn() -> bool,
    ) -> Result<T, Cut> {
        let (done, is_done) = mpsc::sync_channel(1);
        let task = self.0.handle.spawn(async move {
            let _ = done.send(work.await);
        });
        loop {
            match is_done.recv_timeout(LOOK) {
                Ok(result) => return Ok(result),
                Err(mpsc::RecvTimeoutError::Disconnected) => return Err(Cut::Panicked),
                Err(mpsc::RecvTimeoutError::Timeout) if goes_on() => {}
                Err(mpsc::RecvTimeoutError::Timeout) => {
                    task.abort();
                    return Err(Cut::OutOfTime);
                }
            }
        }
    }
}

/// What sends telemetry is not telemetry in its turn: neither of `tracing` nor of OpenTelemetry, for as long as the thread lives.
fn be_quiet() {
    std::mem::forget(tracing::dispatcher::set_default(&tracing::Dispatch::none()));
    std::mem::forget(Context::enter_telemetry_suppressed_scope());
}

/// Not waited for: a runtime that is dropped otherwise panics where it is dropped in an async function.
impl Drop for Owned {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn work_is_waited_for() {
        let runtime = OtlpRuntime::start().expect("a thread");
        assert_eq!(runtime.run(async { 7 }, || true), Ok(7));
    }

    #[test]
    fn work_that_hangs_is_cut() {
        let runtime = OtlpRuntime::start().expect("a thread");
        assert_eq!(runtime.run(std::future::pending::<()>(), || false), Err(Cut::OutOfTime));
    }

    #[tokio::test(flavor = "current_thread")]
    async fn it_is_used_and_dropped_in_an_async_function() {
        let runtime = OtlpRuntime::start().expect("a thread");
        let name = runtime.run(async { std::thread::current().name().map(ToOwned::to_owned) }, || true);
        assert_eq!(name, Ok(Some("llm-span otlp".to_owned())));
        drop(runtime);
    }

    #[test]
    fn its_threads_have_no_subscriber_and_are_suppressed() {
        let runtime = OtlpRuntime::start().expect("a thread");
        let quiet = runtime.run(
            async {
                let none = tracing::dispatcher::get_default(tracing::Dispatch::is::<tracing::subscriber::NoSubscriber>);
                (none, Context::current().is_telemetry_suppressed())
            },
            || true,
        );
        assert_eq!(quiet, Ok((true, true)));
    }
}
