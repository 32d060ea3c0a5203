//! Counts allocations where a program has come to rest: what is kept has been made, what is learned has been learned.

/// So often it runs before it is counted, and so often it is counted.
const RUNS: usize = 300;

/// How often this thread asks for memory in one run. Every run has to ask as often as every other.
#[track_caller]
pub(crate) fn allocations(mut run: impl FnMut()) -> u64 {
    (0..RUNS).for_each(|_| run());
    let counts: Vec<u64> = (0..RUNS).map(|_| allocation_counter::measure(&mut run).count_total).collect();
    let others: Vec<_> = counts.iter().enumerate().filter(|(_, count)| **count != counts[0]).collect();
    assert!(others.is_empty(), "not every run allocates {} times: (run, times) {others:?}", counts[0]);
    counts[0]
}

#[test]
fn what_is_allocated_is_counted() {
    assert_eq!(allocations(|| drop(std::hint::black_box(Box::new(1)))), 1);
    let mut kept = Vec::new();
    assert_eq!(allocations(|| kept = std::hint::black_box(vec![vec![1_u8; 3]; 3])), 4);
}
