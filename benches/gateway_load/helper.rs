//! Processes that are this program in another role. They end when their standard input does, and tell last what they have seen.

use std::{
    io::{self, BufRead as _, BufReader, Read as _, Write as _},
    process::{Child, ChildStdout, Command, Stdio},
};

use crate::Failure;

/// Such a process, seen from outside. Dropped, it is killed.
pub(crate) struct Helper {
    child: Child,
    told: BufReader<ChildStdout>,
    address: String,
}

impl Helper {
    /// Starts it. It tells its address first.
    pub(crate) fn start(role: &str) -> Result<Self, Failure> {
        let mut child = Command::new(std::env::current_exe()?).arg(role).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
        let told = BufReader::new(child.stdout.take().ok_or("a helper has no output")?);
        let mut helper = Self { child, told, address: String::new() };
        helper.told.read_line(&mut helper.address)?;
        helper.address = helper.address.trim().to_owned();
        if helper.address.is_empty() { Err(format!("the {role} did not start").into()) } else { Ok(helper) }
    }

    pub(crate) fn address(&self) -> &str {
        &self.address
    }

    /// Ends it; what it has told.
    pub(crate) fn end(mut self) -> Result<String, Failure> {
        drop(self.child.stdin.take());
        let mut told = String::new();
        self.told.read_to_string(&mut told)?;
        Ok(told)
    }
}

impl Drop for Helper {
    fn drop(&mut self) {
        // Where it is gone already there is nothing to do.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Tells the address, and waits for the end of the input: a helper itself.
pub(crate) async fn until_told(address: &str) -> io::Result<()> {
    tell(address)?;
    let waits = tokio::task::spawn_blocking(|| io::copy(&mut io::stdin().lock(), &mut io::sink()));
    waits.await.map_err(io::Error::other)?.map(drop)
}

pub(crate) fn tell(line: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    writeln!(out, "{line}")?;
    out.flush()
}
