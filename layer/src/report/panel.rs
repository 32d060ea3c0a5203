//! One message with its box: a title, the place, lines that show it, and what to do.

use std::fmt;

/// A titled box.
#[derive(Clone, Debug, Default)]
pub(crate) struct Panel {
    /// What is wrong, in one line.
    pub(crate) title: String,
    /// Where in the program: `src/chat.rs:17 complete`.
    pub(crate) place: Option<String>,
    /// What shows it.
    pub(crate) lines: Vec<String>,
    /// What to do, one remedy a line.
    pub(crate) help: String,
}

impl fmt::Display for Panel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.title)?;
        let place = self.place.iter().map(|place| format!("▸ {place}"));
        let lines = self.lines.iter().map(|line| format!(" {line}"));
        let help = self.help.lines().enumerate().map(|(i, line)| format!(" {}{line}", if i == 0 { "help: " } else { "      " }));
        let rows: Vec<String> = place.chain(lines).chain(help).collect();
        for (i, row) in rows.iter().enumerate() {
            let edge = match i {
                _ if i + 1 == rows.len() => '╰',
                0 => '╭',
                _ => '│',
            };
            write!(f, "\n   {edge}{row}")?;
        }
        Ok(())
    }
}

/// Pairs of key and value in as few lines as are easily read.
pub(crate) fn pairs(pairs: impl IntoIterator<Item = (String, String)>) -> Vec<String> {
    const WIDTH: usize = 110;
    let mut lines: Vec<String> = Vec::new();
    for (key, value) in pairs {
        let pair = format!("{key} = {value}");
        match lines.last_mut() {
            Some(line) if line.chars().count() + 3 + pair.chars().count() <= WIDTH => *line = format!("{line}   {pair}"),
            _ => lines.push(pair),
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_box_opens_at_the_first_row_and_closes_at_the_last() {
        let panel = Panel {
            title: "error[never-closed]: it is open".into(),
            place: Some("src/chat.rs:17".into()),
            lines: vec!["span llm.completion".into()],
            help: "await it\nor drop it".into(),
        };
        let text = "error[never-closed]: it is open\n   \
            ╭▸ src/chat.rs:17\n   \
            │ span llm.completion\n   \
            │ help: await it\n   \
            ╰       or drop it";
        assert_eq!(panel.to_string(), text);
        assert_eq!(Panel { title: "t".into(), help: "h".into(), ..Panel::default() }.to_string(), "t\n   ╰ help: h");
    }

    #[test]
    fn pairs_share_a_line_as_long_as_it_is_short() {
        let pair = |length: usize| ("k".to_owned(), "v".repeat(length));
        assert_eq!(pairs([pair(1), pair(2)]), ["k = v   k = vv"]);
        assert_eq!(pairs([pair(60), pair(60)]).len(), 2);
    }
}
