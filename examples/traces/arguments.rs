//! What the command is told.

use std::{
    ffi::OsString,
    path::PathBuf,
    time::{Duration, SystemTime},
};

use llm_span::store::{Order, SpanStatus, Value};

use crate::clock;

pub(crate) const USAGE: &str = "\
usage: traces [--db FILE] COMMAND [FILTER]…

commands
  list                     traces
  slow                     spans that took longer than --longer-than (1s), the slowest first
  usage                    tokens and costs by day and model
  show PREFIX              the tree of the trace whose id begins so

filters (those of `usage`: --since, --until, --service, --model, --provider; `show` has none)
  --since AGE, --until AGE 90s, 15m, 2h, 7d: that long ago
  --service NAME           `service.name`
  --name NAME              of the root of a trace, of a span
  --status STATUS          unset, ok, error
  --where KEY              with an attribute of that key
  --where KEY=VALUE        of that value; 192 is a number, \"192\" a text
  --where KEY>NUMBER       greater than that
  --model NAME, --provider NAME
  --longer-than TIME       500ms, 2s, 1m
  --order ORDER            newest, oldest, slowest
  --limit COUNT            so many at most (20)

FILE is telemetry.db where none is given.";

/// The options that `usage` takes.
const OF_USAGE: &[&str] = &["--db", "--since", "--until", "--service", "--model", "--provider"];

/// The arguments as texts; which of them is none.
pub(crate) fn texts(given: impl IntoIterator<Item = OsString>) -> Result<Vec<String>, String> {
    let text = |argument: OsString| {
        argument.into_string().map_err(|argument| format!("the argument {} is no UTF-8", argument.display()))
    };
    given.into_iter().map(text).collect()
}

pub(crate) enum Command {
    List,
    Slow,
    Usage,
    Show(String),
    Help,
}

impl Command {
    /// An option that would change nothing is told.
    fn takes(&self, options: &[String]) -> Result<(), String> {
        let (name, taken) = match self {
            Self::List | Self::Slow | Self::Help => return Ok(()),
            Self::Usage => ("usage", OF_USAGE),
            Self::Show(_) => ("show", &OF_USAGE[..1]),
        };
        match options.iter().find(|option| !taken.contains(&option.as_str())) {
            Some(option) => Err(format!("`{name}` does not take `{option}`; expected {}", taken.join(", "))),
            None => Ok(()),
        }
    }
}

/// What an attribute has to be.
pub(crate) enum Condition {
    Present(String),
    Equal(String, Value),
    Above(String, f64),
}

pub(crate) struct Arguments {
    pub(crate) command: Command,
    pub(crate) file: PathBuf,
    pub(crate) since: Option<SystemTime>,
    pub(crate) until: Option<SystemTime>,
    pub(crate) service: Option<String>,
    pub(crate) name: Option<String>,
    pub(crate) status: Option<SpanStatus>,
    pub(crate) conditions: Vec<Condition>,
    pub(crate) model: Option<String>,
    pub(crate) provider: Option<String>,
    pub(crate) longer_than: Option<Duration>,
    pub(crate) order: Option<Order>,
    pub(crate) limit: usize,
}

impl Default for Arguments {
    fn default() -> Self {
        Self {
            command: Command::Help,
            file: "telemetry.db".into(),
            since: None,
            until: None,
            service: None,
            name: None,
            status: None,
            conditions: Vec::new(),
            model: None,
            provider: None,
            longer_than: None,
            order: None,
            limit: 20,
        }
    }
}

impl Arguments {
    /// What is wrong with them, and what was expected.
    pub(crate) fn read(given: impl IntoIterator<Item = String>) -> Result<Self, String> {
        let mut given = given.into_iter();
        let mut arguments = Self::default();
        let (mut command, mut options) = (None, Vec::new());
        while let Some(argument) = given.next() {
            if argument == "--help" || argument == "-h" {
                command = Some(Command::Help);
            } else if argument.starts_with("--") {
                // `--limit 5` and `--limit=5`.
                let (option, value) = match argument.split_once('=') {
                    Some((option, value)) => (option.to_owned(), Some(value.to_owned())),
                    None => (argument, given.next()),
                };
                arguments.option(&option, value)?;
                options.push(option);
            } else if command.is_none() {
                command = Some(match argument.as_str() {
                    "list" => Command::List,
                    "slow" => Command::Slow,
                    "usage" => Command::Usage,
                    "show" => Command::Show(given.next().ok_or("`show` wants the id of a trace, or how it begins")?),
                    other => return Err(format!("unknown command `{other}`; expected list, slow, usage or show")),
                });
            } else {
                return Err(format!("unexpected argument `{argument}`; filters begin with --"));
            }
        }
        arguments.command = command.ok_or("no command; expected list, slow, usage or show")?;
        arguments.command.takes(&options)?;
        Ok(arguments)
    }

    fn option(&mut self, option: &str, value: Option<String>) -> Result<(), String> {
        const KNOWN: &[&str] = &[
            "--db",
            "--since",
            "--until",
            "--service",
            "--name",
            "--status",
            "--where",
            "--model",
            "--provider",
            "--longer-than",
            "--order",
            "--limit",
        ];
        if !KNOWN.contains(&option) {
            return Err(format!("unknown option `{option}`; expected one of {}", KNOWN.join(", ")));
        }
        let value = value.ok_or_else(|| format!("`{option}` wants a value"))?;
        let wrong = |expected: &str| format!("`{option} {value}`: expected {expected}");
        let ago = || clock::ago(&value).ok_or_else(|| wrong("how long ago: 90s, 15m, 2h, 7d"));
        match option {
            "--db" => self.file = value.into(),
            "--since" => self.since = Some(ago()?),
            "--until" => self.until = Some(ago()?),
            "--service" => self.service = Some(value),
            "--name" => self.name = Some(value),
            "--status" => self.status = Some(status(&value).ok_or_else(|| wrong("unset, ok or error"))?),
            "--where" => self.conditions.push(condition(&value).ok_or_else(|| wrong("KEY, KEY=VALUE or KEY>NUMBER"))?),
            "--model" => self.model = Some(value),
            "--provider" => self.provider = Some(value),
            "--longer-than" => self.longer_than = Some(clock::duration(&value).ok_or_else(|| wrong("a time: 500ms, 2s, 1m"))?),
            "--order" => self.order = Some(order(&value).ok_or_else(|| wrong("newest, oldest or slowest"))?),
            _ => self.limit = value.parse().map_err(|_| wrong("a whole number"))?,
        }
        Ok(())
    }
}

fn status(name: &str) -> Option<SpanStatus> {
    [SpanStatus::Unset, SpanStatus::Ok, SpanStatus::Error].into_iter().find(|status| status.name() == name)
}

fn order(name: &str) -> Option<Order> {
    Some(match name {
        "newest" => Order::Newest,
        "oldest" => Order::Oldest,
        "slowest" => Order::Slowest,
        _ => return None,
    })
}

fn condition(text: &str) -> Option<Condition> {
    let at = text.find(['=', '>']);
    let (key, rest) = text.split_at(at.unwrap_or(text.len()));
    if key.is_empty() {
        return None;
    }
    let key = key.to_owned();
    Some(match rest.split_at_checked(1) {
        None => Condition::Present(key),
        Some((">", number)) => Condition::Above(key, number.trim().parse().ok()?),
        Some((_, value)) => Condition::Equal(key, self::value(value)),
    })
}

/// What looks like a number or a truth is one, unless it stands in quotes.
fn value(text: &str) -> Value {
    if let Some(quoted) = text.strip_prefix('"').and_then(|text| text.strip_suffix('"')) {
        return quoted.into();
    }
    let bool = text.parse::<bool>().ok().map(Value::from);
    let int = || text.parse::<i64>().ok().map(Value::from);
    let float = || text.parse::<f64>().ok().filter(|number| number.is_finite()).map(Value::from);
    bool.or_else(int).or_else(float).unwrap_or_else(|| text.into())
}
