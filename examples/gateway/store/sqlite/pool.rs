//! A few connections, and the threads that they block.

use std::{
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
};

use rusqlite::Connection;
use tokio::sync::Semaphore;

use super::{StoreError, file};

/// Connections to a file: so many work at a time.
pub(super) struct Pool {
    path: PathBuf,
    turns: Arc<Semaphore>,
    idle: Mutex<Vec<Connection>>,
}

impl Pool {
    pub(super) fn new(path: &Path, size: usize, first: Option<Connection>) -> Arc<Self> {
        let idle = Mutex::new(first.into_iter().collect());
        Arc::new(Self { path: path.to_owned(), turns: Arc::new(Semaphore::new(size)), idle })
    }

    /// Works in a thread that may block. What has begun is brought to its end, also when nobody waits for it any more.
    pub(super) async fn run<T: Send + 'static>(
        self: &Arc<Self>,
        work: impl FnOnce(&mut Connection) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let broken = || StoreError::Backend("the work was broken off: the program ends, or there is a bug in it".into());
        let turn = Arc::clone(&self.turns).acquire_owned().await.map_err(|_| broken())?;
        let pool = Arc::clone(self);
        let worked = tokio::task::spawn_blocking(move || {
            let _turn = turn;
            pool.run_here(work)
        });
        worked.await.unwrap_or_else(|_| Err(broken()))
    }

    /// Works in this thread, which it may block, and waits for no turn.
    pub(super) fn run_here<T>(&self, work: impl FnOnce(&mut Connection) -> Result<T, StoreError>) -> Result<T, StoreError> {
        let mut connection = self.take()?;
        let result = work(&mut connection);
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).push(connection);
        result
    }

    fn take(&self) -> Result<Connection, StoreError> {
        let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        idle.map_or_else(|| Ok(file::open(&self.path)?), Ok)
    }
}
