//! Starts workers, starts those again that end, and ends them all.

use std::{
    env, io,
    path::PathBuf,
    process::{ExitStatus, Stdio},
    sync::Arc,
};

use tokio::{
    process::{Child, ChildStdin, Command},
    task::JoinSet,
    time::{Instant, sleep, timeout},
};

use super::{
    plan::{NOT_INHERITED, Plan},
    restarts::Restarts,
    told::{Told, tell},
};
use crate::server::{Reserved, Stopping, stop};

/// Starts the workers, and keeps them until it is told to stop. Then they stop, too.
///
/// # Errors
///
/// Where the address can't be had, a worker fails at every start, or does not end well once it is told to.
pub(crate) async fn supervise(plan: Plan, mut stopping: Stopping) -> Result<(), String> {
    let program = env::current_exe().map_err(|error| format!("can't tell which program this is, to start workers: {error}"))?;
    let reserved = Reserved::new(plan.listen).map_err(|error| error.to_string())?;
    tracing::info!(address = %reserved.address, workers = plan.workers, "starting workers");
    let (stop, own) = stop();
    let mut workers = JoinSet::new();
    let numbers = 1..=plan.workers;
    let plan = Arc::new(plan);
    for number in numbers {
        let environment = plan.environment(number, reserved.address);
        let worker = Kept { number, program: program.clone(), environment, plan: Arc::clone(&plan), stopping: own.clone() };
        workers.spawn(worker.keep());
    }
    let mut outcome = Ok(());
    let (mut is_asked, mut is_asked_at_once) = (false, false);
    let mut at_once = stopping.clone();
    loop {
        tokio::select! {
            by = stopping.asked(), if !is_asked => {
                is_asked = true;
                tracing::info!(by, "stopping workers");
                stop.gently(by);
            }
            by = at_once.at_once(), if !is_asked_at_once => {
                is_asked_at_once = true;
                stop.at_once(by);
            }
            ended = workers.join_next() => match ended {
                None => break,
                Some(ended) => {
                    let ended = ended.unwrap_or_else(|error| Err(format!("the supervisor of a worker failed: {error}")));
                    if ended.is_err() {
                        stop.gently("end of a worker");
                    }
                    outcome = outcome.and(ended);
                }
            },
        }
    }
    if outcome.is_ok() {
        tracing::info!("stopped: all workers have ended");
    }
    outcome
}

/// A worker that is kept running.
struct Kept {
    number: u32,
    program: PathBuf,
    /// Holds secrets.
    environment: Vec<(String, String)>,
    plan: Arc<Plan>,
    stopping: Stopping,
}

impl Kept {
    async fn keep(mut self) -> Result<(), String> {
        let worker = self.number;
        let mut restarts = Restarts::default();
        loop {
            let began = Instant::now();
            let ended = match self.start() {
                Ok((mut child, told)) => tokio::select! {
                    biased;
                    _ = self.stopping.asked() => return self.end(child, told).await,
                    ended = child.wait() => ended.map_or_else(|error| error.to_string(), |status| status.to_string()),
                },
                Err(error) => format!("{} can't be started: {error}", self.program.display()),
            };
            let Some(pause) = restarts.after(began.elapsed()) else {
                return Err(format!("worker {worker} fails at every start ({ended}): see the log lines before this one"));
            };
            tracing::warn!(worker, ended, ?pause, "a worker has ended; it is started again");
            tokio::select! {
                _ = self.stopping.asked() => return Ok(()),
                () = sleep(pause) => {}
            }
        }
    }

    /// It writes to where this process does. Its standard input is how it is told what to do.
    fn start(&self) -> io::Result<(Child, Option<ChildStdin>)> {
        let mut command = Command::new(&self.program);
        command.args(env::args_os().skip(1)).stdin(Stdio::piped()).kill_on_drop(true);
        for variable in NOT_INHERITED {
            command.env_remove(variable);
        }
        command.envs(self.environment.iter().map(|(name, value)| (name, value)));
        let mut child = command.spawn()?;
        tracing::info!(worker = self.number, process = child.id(), "worker started");
        // To wait for a child closes its standard input otherwise, which would end it.
        let told = child.stdin.take();
        Ok((child, told))
    }

    /// Ends it, by force where it takes too long.
    async fn end(&mut self, mut child: Child, mut told: Option<ChildStdin>) -> Result<(), String> {
        tell(&mut told, Told::Stop).await;
        let ended = tokio::select! {
            biased;
            ended = child.wait() => Some(ended),
            _ = self.stopping.at_once() => None,
            () = sleep(self.plan.time_to_end()) => None,
        };
        if let Some(ended) = ended {
            return self.judged(ended);
        }
        tell(&mut told, Told::StopAtOnce).await;
        if let Ok(ended) = timeout(self.plan.time_to_end_at_once(), child.wait()).await {
            return self.judged(ended);
        }
        let killed = child.kill().await;
        let how = killed.map_or_else(|error| format!("could not be killed: {error}"), |()| "was killed".to_owned());
        Err(format!("worker {} did not end in time and {how}: what it had not sent of its telemetry is lost", self.number))
    }

    fn judged(&self, ended: io::Result<ExitStatus>) -> Result<(), String> {
        match ended {
            Ok(status) if status.success() => Ok(()),
            Ok(status) => Err(format!("worker {} did not end well: {status}", self.number)),
            Err(error) => Err(format!("can't tell how worker {} has ended: {error}", self.number)),
        }
    }
}
