//! Trace and span ids of a span, found once and kept with it.
