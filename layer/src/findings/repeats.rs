//! What was logged a short while ago, and is not logged again.

use std::{
    borrow::Cow,
    collections::HashMap,
    time::{Duration, Instant},
};

use super::SpanFinding;

/// One line a minute for the same finding at the same place.
const EVERY: Duration = Duration::from_secs(60);
/// Places that are told apart at a time.
const PLACES: usize = 10_000;

type Place = (Option<&'static str>, Option<Cow<'static, str>>, Option<u32>, &'static str, String);

/// What was logged where and when.
#[derive(Debug, Default)]
pub(super) struct Repeats {
    last: HashMap<Place, Last>,
    /// Left out at places that are forgotten.
    forgotten: u64,
}

#[derive(Debug)]
struct Last {
    logged: Instant,
    left_out: u64,
}

/// How many were left out since the last line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct LeftOut {
    /// Of the same finding at the same place.
    pub(super) here: u64,
    /// At places that are told apart no more.
    pub(super) elsewhere: u64,
}

impl Repeats {
    /// What to say was left out; `None` where this finding is to be left out too.
    pub(super) fn see(&mut self, finding: &SpanFinding, now: Instant) -> Option<LeftOut> {
        let what = finding.finding.attribute.as_deref().unwrap_or_default().to_owned();
        let place = (finding.span, finding.file.clone(), finding.line, finding.finding.kind.id(), what);
        let here = match self.last.get_mut(&place) {
            Some(last) if is_recent(last, now) => {
                last.left_out += 1;
                return None;
            }
            Some(last) => {
                last.logged = now;
                std::mem::take(&mut last.left_out)
            }
            None => {
                self.make_room(now);
                self.last.insert(place, Last { logged: now, left_out: 0 });
                0
            }
        };
        Some(LeftOut { here, elsewhere: std::mem::take(&mut self.forgotten) })
    }

    /// Forgets places, though not how much was left out at them: those of more than a minute ago; where that is not enough to make
    /// it rare, all.
    fn make_room(&mut self, now: Instant) {
        if self.last.len() < PLACES {
            return;
        }
        let forgotten = &mut self.forgotten;
        let mut retain = |keep: &dyn Fn(&Last) -> bool| {
            self.last.retain(|_, last| {
                let keeps = keep(last);
                *forgotten += if keeps { 0 } else { last.left_out };
                keeps
            });
            self.last.len()
        };
        if retain(&|last| is_recent(last, now)) > PLACES / 2 {
            retain(&|_| false);
        }
    }
}

fn is_recent(last: &Last, now: Instant) -> bool {
    now.duration_since(last.logged) < EVERY
}

#[cfg(test)]
mod tests {
    use llm_span_contract::{Finding, FindingKind};

    use super::*;

    fn at(line: usize) -> SpanFinding {
        SpanFinding {
            finding: Finding::new(FindingKind::MissingAttribute, "amtp", "…"),
            span: None,
            file: None,
            line: u32::try_from(line).ok(),
            outcome: None,
            trace_id: None,
            span_id: None,
        }
    }

    #[test]
    fn what_is_left_out_is_told_a_minute_later() {
        let (mut repeats, start) = (Repeats::default(), Instant::now());
        assert_eq!(repeats.see(&at(1), start), Some(LeftOut::default()));
        assert_eq!(repeats.see(&at(1), start), None);
        assert_eq!(repeats.see(&at(1), start + EVERY), Some(LeftOut { here: 1, elsewhere: 0 }));
    }

    #[test]
    fn when_there_is_no_room_the_places_of_long_ago_go_first_and_no_count_is_lost() {
        let (mut repeats, start) = (Repeats::default(), Instant::now());
        for line in 0..PLACES {
            let now = if line < 10 { start + EVERY } else { start };
            repeats.see(&at(line), now);
            repeats.see(&at(line), now);
        }
        let told = repeats.see(&at(PLACES), start + EVERY);
        assert_eq!(told, Some(LeftOut { here: 0, elsewhere: PLACES as u64 - 10 }));
        assert_eq!(repeats.see(&at(0), start + EVERY), None, "a place of just now was forgotten");
    }

    #[test]
    fn where_all_places_are_of_just_now_all_are_forgotten_and_no_count_is_lost() {
        let (mut repeats, start) = (Repeats::default(), Instant::now());
        for line in (0..PLACES).chain([5, 6]) {
            repeats.see(&at(line), start);
        }
        assert_eq!(repeats.see(&at(PLACES), start), Some(LeftOut { here: 0, elsewhere: 2 }));
    }
}
