//! The metrics' values on the console.

use crate::process::written;

#[test]
fn the_metrics_values_are_dumped_at_the_end() {
    let (stdout, _) = written("metric dump");
    let (_, dump) = stdout.split_once("[METRICS]").unwrap_or_else(|| panic!("no dump: {stdout}"));
    assert!(dump.contains("\n    jobs{queue=a\u{fffd}b} 5 {jobs}\n"), "{dump}");
    assert!(dump.lines().any(|line| line.contains("count=1 sum=") && line.contains("≤")), "{dump}");
    assert_eq!(stdout.matches("[METRIC] jobs").count(), 2, "each is told by itself: {stdout}");
}
