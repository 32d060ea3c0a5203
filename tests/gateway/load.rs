//! Under load each counter comes out at what the provider has served, and memory stays what it was.

mod background;
mod books;
mod document;
mod four_kinds;
mod hang_ups;
#[cfg(target_os = "linux")]
mod memory;
mod tools;
mod torn;

pub(crate) use tools::Kind;
