//! What sinks of this process are handed, and what they write.
