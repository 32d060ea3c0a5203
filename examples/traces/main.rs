//! Reads back what the pipeline has written into a SQLite file.

fn main() {}
