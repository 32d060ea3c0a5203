//! `expected.toml`: what each case takes.

use std::fs;

use toml::{Table, Value};

use crate::counting::Counts;

const PATH: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/instructions/expected.toml");

/// What the file says.
pub(crate) struct Expected {
    /// What the counts were taken with.
    pub(crate) machine: String,
    /// Per cent that a count may differ by.
    pub(crate) tolerance: u64,
    /// Per cent that a count may be above what it is, where compiler or C library is another.
    pub(crate) tolerance_elsewhere: u64,
    pub(crate) counts: Counts,
}

impl Expected {
    pub(crate) fn read() -> Result<Self, String> {
        let text = fs::read_to_string(PATH).map_err(|error| format!("`expected.toml` can't be read: {error}"))?;
        let table: Table = text.parse().map_err(|error| format!("`expected.toml`: {error}"))?;
        let number = |value: &Value| value.as_integer().and_then(|number| u64::try_from(number).ok());
        let per_cent =
            |key: &str| table.get(key).and_then(number).ok_or_else(|| format!("`expected.toml`: `{key}` is no per cent"));
        let counts = table.get("counts").and_then(Value::as_table).into_iter().flatten();
        let count = |(case, value): (&String, &Value)| {
            number(value).map(|count| (case.clone(), count)).ok_or_else(|| format!("`expected.toml`: `{case}` is no count"))
        };
        Ok(Self {
            machine: table.get("machine").and_then(Value::as_str).unwrap_or_default().to_owned(),
            tolerance: per_cent("tolerance")?,
            tolerance_elsewhere: per_cent("tolerance_elsewhere")?,
            counts: counts.map(count).collect::<Result<_, _>>()?,
        })
    }

    /// Writes these counts down in place of those that are there; what stands before them stays.
    pub(crate) fn renew(machine: &str, counts: &Counts) -> Result<(), String> {
        let text = fs::read_to_string(PATH).map_err(|error| format!("`expected.toml` can't be read: {error}"))?;
        let head: Vec<&str> = text.lines().take_while(|line| !line.starts_with("machine =")).collect();
        let counts: Vec<String> = counts.iter().map(|(case, count)| format!("{case} = {count}")).collect();
        let text = format!("{}\nmachine = \"{machine}\"\n\n[counts]\n{}\n", head.join("\n"), counts.join("\n"));
        fs::write(PATH, text).map_err(|error| format!("`expected.toml` can't be written: {error}"))
    }
}
