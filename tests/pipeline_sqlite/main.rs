//! The SQLite file: written, read back, killed, full.
