//! What reaches a Collector, also one that misbehaves.
