use std::{sync::Arc, thread};

use super::*;

fn row(values: &[(u8, f64)]) -> Row {
    let mut row = Row::default();
    for (place, value) in values {
        row.put(1 << place, *value);
    }
    row
}

/// With room for rows.
fn keeping(counts: usize) -> Part {
    let part = Part::new(counts);
    part.hold().keep(Box::default());
    part
}

fn taken(part: &Part) -> Vec<(usize, Vec<f64>)> {
    let mut all = Vec::new();
    part.hold().take(|place, values| all.push((place, values.to_vec())));
    all
}

#[test]
fn sums_are_told_apart_however_many_threads_hold_their_part() {
    const SUMS: u8 = 40;
    let part = Part::new(SUMS.into());
    thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                for round in 0..u64::from(SUMS) * 100 {
                    let place = u8::try_from(round % u64::from(SUMS)).unwrap();
                    part.hold().add(place, place.into());
                }
            });
        }
    });
    for place in 0..SUMS {
        assert_eq!(part.read(place.into()), 8 * 100 * u64::from(place));
    }
}

#[test]
fn rows_come_back_by_distribution_in_the_order_of_their_spans() {
    let part = keeping(0);
    let rows = [row(&[(0, 1.0), (5, 2.0), (15, 3.0)]), row(&[(5, 4.0)]), row(&[(0, 5.0), (15, 6.0)])];
    let mut held = part.hold();
    for row in &rows {
        held.push(row);
    }
    drop(held);
    assert_eq!(taken(&part), [(0, vec![1.0, 5.0]), (5, vec![2.0, 4.0]), (15, vec![3.0, 6.0])]);
    assert_eq!(taken(&part), [], "they are kept no longer");
}

#[test]
fn a_part_has_room_for_a_dozen_rows_of_three_and_they_all_come_back() {
    let part = keeping(0);
    let mut held = part.hold();
    let mut kept = 0_u32;
    while held.has_room(&row(&[(0, 0.0), (1, 0.0), (2, 0.0)])) {
        held.push(&row(&[(0, kept.into()), (1, 1.0), (2, 2.0)]));
        kept += 1;
    }
    drop(held);
    let first: Vec<f64> = (0..kept).map(f64::from).collect();
    assert_eq!((kept, taken(&part)[0].clone()), (12, (0, first)));
}

#[test]
fn what_is_not_finite_is_no_measurement() {
    let row = row(&[(0, f64::NAN), (1, 1.0), (2, f64::INFINITY), (3, f64::NEG_INFINITY)]);
    assert_eq!((row.places(), row.values), (0b10, 1));
}

#[test]
fn a_row_takes_no_more_values_than_it_has_room_for() {
    let part = keeping(0);
    part.hold().push(&row(&(0..20).map(|place| (place, f64::from(place))).collect::<Vec<_>>()));
    assert_eq!(taken(&part).len(), MAX_ROW);
}

#[test]
fn a_part_that_somebody_holds_is_not_waited_for() {
    let part = Arc::new(Part::new(1));
    let held = part.try_hold();
    assert!(held.is_some() && part.try_hold().is_none());
    drop(held);
    assert!(part.try_hold().is_some());
}

#[test]
fn a_panic_of_one_who_holds_it_shuts_nobody_out() {
    let part = Arc::new(keeping(1));
    let other = Arc::clone(&part);
    let panics = thread::spawn(move || {
        let mut held = other.hold();
        held.add(0, 1);
        held.push(&row(&[(0, 1.0)]));
        panic!("while it holds it");
    });
    assert!(panics.join().is_err());
    part.try_hold().unwrap().add(0, 1);
    assert_eq!((part.read(0), taken(&part)), (2, vec![(0, vec![1.0])]));
}

#[test]
fn a_part_lets_go_of_rows_once_they_are_taken_and_none_has_come_since() {
    let part = keeping(0);
    part.hold().push(&row(&[(0, 1.0)]));
    assert!(part.hold().let_go().is_none(), "a row waits");
    assert_eq!(taken(&part), [(0, vec![1.0])]);
    assert!(part.hold().let_go().is_some() && part.hold().let_go().is_none());
    assert!(!part.hold().has_room(&row(&[(0, 1.0)])));
    part.hold().keep(Box::default());
    part.hold().push(&row(&[(0, 2.0)]));
    assert_eq!(taken(&part), [(0, vec![2.0])]);
}

#[test]
fn a_row_gives_each_value_with_its_place() {
    let row = row(&[(0, 1.0), (5, 2.0), (15, 3.0)]);
    assert_eq!(row.each().collect::<Vec<_>>(), [(0, 1.0), (5, 2.0), (15, 3.0)]);
}

#[test]
fn no_more_are_made_beforehand_than_there_may_be() {
    let spare = Spare::default();
    let taken: Vec<_> = std::iter::from_fn(|| spare.take(100, || ())).collect();
    assert_eq!(taken.len(), 100);
    spare.give(());
    assert_eq!((spare.take(100, || ()), spare.take(100, || ())), (Some(()), None));
}
