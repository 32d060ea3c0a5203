//! Who is let in, and how often.

pub(crate) mod auth;
mod buckets;
mod credential;
mod keys;
pub(crate) mod rate_limit;
