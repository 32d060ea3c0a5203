//! Real processes: how they start, end, and are killed.
