//! What was aimed at, beside what was measured.

use std::fmt;

/// Bars, and how they were met. One that is missed is shown and fails nothing: on a machine that others use, time is not asserted.
#[derive(Debug, Default)]
pub struct Bars(Vec<Bar>);

#[derive(Debug)]
struct Bar {
    name: &'static str,
    measured: f64,
    bound: Bound,
    aim: Option<f64>,
}

#[derive(Clone, Copy, Debug)]
enum Bound {
    AtMost(f64),
    AtLeast(f64),
}

impl Bars {
    /// What should be at most `bound`, and better at most `aim`. What was not measured is not shown.
    pub fn at_most(&mut self, name: &'static str, measured: Option<f64>, bound: f64, aim: Option<f64>) {
        self.0.extend(measured.map(|measured| Bar { name, measured, bound: Bound::AtMost(bound), aim }));
    }

    /// What should be at least `bound`.
    pub fn at_least(&mut self, name: &'static str, measured: Option<f64>, bound: f64) {
        self.0.extend(measured.map(|measured| Bar { name, measured, bound: Bound::AtLeast(bound), aim: None }));
    }
}

impl Bar {
    fn is_met(&self) -> bool {
        match self.bound {
            Bound::AtMost(bound) => self.measured <= bound,
            Bound::AtLeast(bound) => self.measured >= bound,
        }
    }
}

impl fmt::Display for Bars {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() {
            return Ok(());
        }
        let width = self.0.iter().map(|bar| bar.name.len()).max().unwrap_or(0);
        writeln!(f, "{:width$}  {:>8}  {:>8}  {:>6}", "bars", "measured", "bound", "aim")?;
        for bar in &self.0 {
            let bound = match bar.bound {
                Bound::AtMost(bound) => format!("<= {bound}"),
                Bound::AtLeast(bound) => format!(">= {bound}"),
            };
            let aim = bar.aim.map(|aim| aim.to_string()).unwrap_or_default();
            let met = if bar.is_met() { "met" } else { "missed" };
            writeln!(f, "{:width$}  {:>8.3}  {bound:>8}  {aim:>6}  {met}", bar.name, bar.measured)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_are_met_or_missed_in_their_direction_and_shown_where_they_were_measured() {
        let mut bars = Bars::default();
        bars.at_most("a", Some(2.0), 2.5, Some(1.5));
        bars.at_most("b", Some(2.6), 2.5, None);
        bars.at_least("c", Some(0.8), 0.9);
        bars.at_least("d", Some(0.9), 0.9);
        bars.at_most("e", None, 1.0, None);
        let text = bars.to_string();
        let ends: Vec<_> = text.lines().skip(1).map(|line| (&line[..1], line.rsplit(' ').next())).collect();
        assert_eq!(ends, [("a", Some("met")), ("b", Some("missed")), ("c", Some("missed")), ("d", Some("met"))], "{text}");
    }
}
