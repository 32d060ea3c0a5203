//! The end of the program by a signal.
