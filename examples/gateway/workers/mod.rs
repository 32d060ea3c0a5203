//! Several processes that serve at one address, and one that supervises them.

mod leader;
mod log_lines;
mod plan;
mod restarts;
mod supervisor;
mod told;
mod worker;

pub(crate) use leader::{Leadership, lead};
pub(crate) use log_lines::only_log_lines;
pub(crate) use plan::Plan;
pub(crate) use supervisor::supervise;
pub(crate) use worker::Worker;

/// Whether so many workers can serve together.
///
/// # Errors
///
/// Where they can't, with what to do.
pub(crate) fn check(workers: u32, has_shared_store: bool) -> Result<(), String> {
    if workers < 2 {
        return Ok(());
    }
    if !cfg!(unix) {
        return Err(format!("--workers {workers}: several processes share an address on Unix only; expected 1 here"));
    }
    if !has_shared_store {
        return Err(format!(
            "--workers {workers}: each worker would have a memory of its own, so that a client finds its conversations at one of them \
             only; give all a file to share by --store sqlite:PATH, or leave --workers out"
        ));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;

    #[test]
    fn one_worker_needs_nothing() {
        assert_eq!(check(1, false), Ok(()));
    }

    #[cfg(unix)]
    #[test]
    fn several_workers_need_a_store_that_they_share() {
        assert_eq!(check(2, true), Ok(()));
        let error = check(2, false).unwrap_err();
        assert!(error.contains("--workers 2") && error.contains("--store sqlite:PATH"), "{error}");
    }
}
