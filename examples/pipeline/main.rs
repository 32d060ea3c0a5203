//! A program whose telemetry is set up by one call, from a file and the environment.

fn main() {}
