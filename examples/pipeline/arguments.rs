//! What the command line says.

use std::{fmt, path::PathBuf, str::FromStr, time::Duration};

/// What the command line says.
pub(crate) struct Arguments {
    pub(crate) config: Option<PathBuf>,
    pub(crate) calls: u32,
    pub(crate) interval: Duration,
    pub(crate) stays: bool,
}

/// Shown with what is wrong.
const USAGE: &str = "usage: pipeline [--config FILE] [--calls N] [--interval MS] [--stay]";

/// What is wrong with the command line. `Debug` prints what `Display` prints: it is what a `main` that returns it shows.
pub(crate) struct Unusable(String);

impl fmt::Display for Unusable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}\n{USAGE}", self.0)
    }
}

impl fmt::Debug for Unusable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl std::error::Error for Unusable {}

impl Arguments {
    pub(crate) fn read(mut given: impl Iterator<Item = String>) -> Result<Self, Unusable> {
        let mut arguments = Self { config: None, calls: 4, interval: Duration::ZERO, stays: false };
        while let Some(option) = given.next() {
            match option.as_str() {
                "--config" => arguments.config = Some(value(&option, given.next())?),
                "--calls" => arguments.calls = value(&option, given.next())?,
                "--interval" => arguments.interval = Duration::from_millis(value(&option, given.next())?),
                "--stay" => arguments.stays = true,
                _ => return Err(Unusable(format!("there is no option `{option}`"))),
            }
        }
        Ok(arguments)
    }
}

fn value<T: FromStr>(option: &str, given: Option<String>) -> Result<T, Unusable> {
    let given = given.ok_or_else(|| Unusable(format!("`{option}` needs a value")))?;
    given.parse().map_err(|_| Unusable(format!("`{option}` can't be `{given}`")))
}
