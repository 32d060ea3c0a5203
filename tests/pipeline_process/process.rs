//! Runs a program, and sees to it that it ends.

use std::{
    fs,
    io::{BufRead as _, BufReader, Read},
    path::{Path, PathBuf},
    process::{Child, ChildStdout, Command, ExitStatus, Stdio},
    sync::mpsc::{self, Receiver},
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use serde_json::Value;
use tempfile::TempDir;

/// What hangs for so long hangs for ever.
const FOR_EVER: Duration = Duration::from_secs(60);

/// The program of this test: `program/main.rs`.
pub(crate) const PROGRAM: &str = env!("CARGO_BIN_EXE_pipeline_program");

/// A program in a folder of its own.
pub(crate) struct Setup {
    pub(crate) folder: TempDir,
    variables: Vec<(String, String)>,
}

impl Setup {
    /// With these settings, in `config.yaml`.
    pub(crate) fn new(config: &str) -> Self {
        let folder = TempDir::new().unwrap();
        fs::write(folder.path().join("config.yaml"), config).unwrap();
        Self { folder, variables: Vec::new() }
    }

    pub(crate) fn variable(mut self, name: &str, value: &str) -> Self {
        self.variables.push((name.into(), value.into()));
        self
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Starts the program that ends so, on that runtime, with so many spans.
    pub(crate) fn start(&self, runtime: &str, end: &str, spans: u32) -> Running {
        Running::start(self.command(Path::new(PROGRAM)).args(["config.yaml", runtime, end, &spans.to_string()]), true)
    }

    /// The same, and nobody reads its standard output.
    pub(crate) fn start_unread(&self, runtime: &str, end: &str, spans: u32) -> Running {
        Running::start(self.command(Path::new(PROGRAM)).args(["config.yaml", runtime, end, &spans.to_string()]), false)
    }

    /// The same, to its end.
    pub(crate) fn run(&self, runtime: &str, end: &str, spans: u32) -> Ended {
        self.start(runtime, end, spans).end()
    }

    /// Any program, in the folder, with no variables but those of the setup.
    pub(crate) fn command(&self, program: &Path) -> Command {
        let mut command = Command::new(program);
        command.current_dir(self.folder.path()).env_clear().envs(self.variables.iter().cloned());
        command
    }
}

/// A program under way. Dropped, it is killed.
pub(crate) struct Running {
    child: Child,
    stdout: Result<JoinHandle<String>, ChildStdout>,
    lines: Receiver<String>,
    stderr: String,
}

impl Running {
    pub(crate) fn start(command: &mut Command, reads: bool) -> Self {
        let command = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let stdout = child.stdout.take().unwrap();
        let stdout = if reads { Ok(thread::spawn(move || text(stdout))) } else { Err(stdout) };
        let stderr = BufReader::new(child.stderr.take().unwrap());
        let (sender, lines) = mpsc::channel();
        thread::spawn(move || stderr.lines().map_while(Result::ok).try_for_each(|line| sender.send(line)));
        Self { child, stdout, lines, stderr: String::new() }
    }

    /// Waits for a line on standard error that has this in it.
    pub(crate) fn wait_for(&mut self, part: &str) {
        loop {
            let line = self.lines.recv_timeout(FOR_EVER);
            let line = line.unwrap_or_else(|_| panic!("no {part:?} in {}", self.stderr));
            self.stderr.push_str(&line);
            self.stderr.push('\n');
            if line.contains(part) {
                return;
            }
        }
    }

    #[cfg(unix)]
    pub(crate) fn signal(&self, signal: &str) {
        let kill = format!("kill -{signal} {}", self.child.id());
        assert!(Command::new("sh").args(["-c", &kill]).status().unwrap().success());
    }

    /// The signals that it ignores, the first bit for signal 1.
    #[cfg(target_os = "linux")]
    pub(crate) fn ignored(&self) -> u64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
        let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:")).unwrap();
        u64::from_str_radix(mask.trim(), 16).unwrap()
    }

    /// The names of its threads.
    #[cfg(target_os = "linux")]
    pub(crate) fn threads(&self) -> Vec<String> {
        let tasks = fs::read_dir(format!("/proc/{}/task", self.child.id())).unwrap();
        tasks.flatten().map(|task| fs::read_to_string(task.path().join("comm")).unwrap_or_default().trim().to_owned()).collect()
    }

    /// Waits for its end. It took so long since it was last heard of or sent to.
    pub(crate) fn end(mut self) -> Ended {
        let since = Instant::now();
        // Standard error is open until the program ends.
        loop {
            match self.lines.recv_timeout(FOR_EVER.saturating_sub(since.elapsed())) {
                Ok(line) => self.stderr.push_str(&(line + "\n")),
                Err(mpsc::RecvTimeoutError::Disconnected) => break,
                Err(mpsc::RecvTimeoutError::Timeout) => panic!("it does not end: {}", self.stderr),
            }
        }
        let status = self.child.wait().unwrap();
        let took = since.elapsed();
        let stdout = match std::mem::replace(&mut self.stdout, Ok(thread::spawn(String::new))) {
            Ok(reading) => reading.join().unwrap(),
            Err(unread) => text(unread),
        };
        Ended { status, took, stdout, stderr: std::mem::take(&mut self.stderr) }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn text(mut from: impl Read) -> String {
    let mut text = Vec::new();
    from.read_to_end(&mut text).unwrap();
    String::from_utf8_lossy(&text).into_owned()
}

/// How a program has ended, and what it has written.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) status: ExitStatus,
    pub(crate) took: Duration,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Ended {
    /// How many spans of that name are on standard output.
    pub(crate) fn spans(&self, name: &str) -> usize {
        objects(&self.stdout).filter(|span| span["name"] == name && span["span_id"].is_string()).count()
    }

    /// The log lines.
    pub(crate) fn lines(&self) -> Vec<Value> {
        objects(&self.stderr).filter(|line| line["level"].is_string()).collect()
    }

    /// The log lines of that message.
    pub(crate) fn count(&self, message: &str) -> usize {
        self.lines().iter().filter(|line| line["msg"] == message).count()
    }

    /// The texts of the pipeline's own log lines of a level, each after its sink.
    pub(crate) fn told(&self, level: &str) -> Vec<String> {
        let is_ours = |line: &&Value| line["target"] == "llm_span::pipeline" && line["level"] == level;
        let text =
            |line: &Value| format!("{}: {}", line["sink"].as_str().unwrap_or_default(), line["msg"].as_str().unwrap_or_default());
        self.lines().iter().filter(is_ours).map(text).collect()
    }
}

/// The lines that are JSON objects; a program that panics writes others, too.
fn objects(text: &str) -> impl Iterator<Item = Value> {
    text.lines().filter_map(|line| serde_json::from_str(line).ok()).filter(Value::is_object)
}
