//! Tables of text.

use std::fmt::Write as _;

/// Where a column's texts stand.
#[derive(Clone, Copy)]
pub(crate) enum Side {
    Left,
    Right,
}

/// Rows below their headings, each column as wide as its widest text.
pub(crate) fn table<const N: usize>(headings: [(&str, Side); N], rows: &[[String; N]]) -> String {
    let width = |text: &str| text.chars().count();
    let widths: [usize; N] =
        std::array::from_fn(|i| rows.iter().map(|row| width(&row[i])).max().unwrap_or(0).max(width(headings[i].0)));
    let line = |texts: [&str; N]| {
        let mut line = String::new();
        for (i, text) in texts.into_iter().enumerate() {
            let width = widths[i];
            // Writing to a `String` does not fail.
            let _ = match headings[i].1 {
                Side::Left => write!(line, "{text:<width$}   "),
                Side::Right => write!(line, "{text:>width$}   "),
            };
        }
        line.trim_end().to_owned()
    };
    let head = line(headings.map(|(heading, _)| heading));
    let rows = rows.iter().map(|row| line(row.each_ref().map(String::as_str)));
    std::iter::once(head).chain(rows).collect::<Vec<_>>().join("\n")
}

/// A number above zero, else nothing.
pub(crate) fn count(number: u64) -> String {
    if number == 0 { String::new() } else { number.to_string() }
}

/// Dollars, where some are known.
pub(crate) fn dollars(cost: Option<f64>) -> String {
    cost.map_or_else(String::new, |cost| format!("${cost:.6}"))
}

/// Texts from outside: control characters would move the terminal's cursor.
pub(crate) fn plain(text: &str) -> String {
    let text: String = text.chars().map(|character| if character.is_control() { '\u{fffd}' } else { character }).collect();
    match text.char_indices().nth(60) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}
