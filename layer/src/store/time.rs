//! Times as the file has them: nanoseconds since 1970.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Nanoseconds since 1970. What was before is 0, what comes after 2262 the last one that there is.
pub(crate) fn nanoseconds(time: SystemTime) -> i64 {
    length(time.duration_since(UNIX_EPOCH).unwrap_or_default())
}

/// A length of time in nanoseconds.
pub(crate) fn length(duration: Duration) -> i64 {
    i64::try_from(duration.as_nanos()).unwrap_or(i64::MAX)
}

/// The time of so many nanoseconds since 1970.
pub(crate) fn of_nanoseconds(nanoseconds: i64) -> SystemTime {
    UNIX_EPOCH + Duration::from_nanos(u64::try_from(nanoseconds).unwrap_or_default())
}

/// How long it is from one to the other; none backwards.
pub(crate) fn between(start: i64, end: i64) -> Duration {
    Duration::from_nanos(u64::try_from(end.saturating_sub(start)).unwrap_or_default())
}
