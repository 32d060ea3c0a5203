//! The process's content capture.

use std::sync::{
    Arc, PoisonError, RwLock, RwLockWriteGuard,
    atomic::{AtomicU8, Ordering},
};

use super::{ContentCapture, ContentMode, environment};

/// The mode of what is installed: all that a call looks at while nothing is captured.
static MODE: AtomicU8 = AtomicU8::new(UNREAD);
static INSTALLED: RwLock<Option<Arc<ContentCapture>>> = RwLock::new(None);

/// Nothing is installed, and the environment was not asked.
const UNREAD: u8 = u8::MAX;

impl ContentCapture {
    /// Makes it the process's setting, in place of one that was, and of what the environment says.
    pub fn install(self) {
        replace(&mut lock(), self);
    }

    /// Takes the process's setting away: what the environment says holds.
    pub fn uninstall() {
        let mut installed = lock();
        MODE.store(UNREAD, Ordering::Relaxed);
        *installed = None;
    }
}

fn lock() -> RwLockWriteGuard<'static, Option<Arc<ContentCapture>>> {
    INSTALLED.write().unwrap_or_else(PoisonError::into_inner)
}

fn replace(installed: &mut Option<Arc<ContentCapture>>, capture: ContentCapture) {
    // Under the lock, so that both say the same.
    MODE.store(capture.mode as u8, Ordering::Relaxed);
    *installed = Some(Arc::new(capture));
}

/// Where texts go. Where nowhere, this is one load.
#[inline]
pub(crate) fn mode() -> ContentMode {
    by_number(MODE.load(Ordering::Relaxed)).unwrap_or_else(from_environment)
}

fn by_number(number: u8) -> Option<ContentMode> {
    use ContentMode as M;
    [M::None, M::Span, M::Event, M::SpanAndEvent].into_iter().find(|mode| *mode as u8 == number)
}

#[cold]
fn from_environment() -> ContentMode {
    let mut installed = lock();
    if let Some(capture) = &*installed {
        return capture.mode; // another thread was faster
    }
    let (mode, problem) = environment::read();
    replace(&mut installed, ContentCapture::new(mode));
    drop(installed); // whoever hears of it may make calls
    if let Some(problem) = problem {
        environment::tell(&problem);
    }
    mode
}

/// The text of that attribute as it is recorded; `None` where nothing is captured, and where the mask panics.
pub(crate) fn prepared(key: &'static str, text: &str) -> Option<String> {
    if mode() == ContentMode::None {
        return None;
    }
    // Taken out of the lock: the mask is the user's.
    let capture = INSTALLED.read().unwrap_or_else(PoisonError::into_inner).clone()?;
    if capture.mode == ContentMode::None { None } else { capture.prepare(key, text) }
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

    use super::*;

    #[test]
    fn nothing_is_captured_until_it_is_installed() {
        assert_eq!((mode(), prepared("key", "text")), (ContentMode::None, None));
        let capture = |mode| ContentCapture::new(mode).mask(|key, text| Cow::Owned(format!("{key} {text}")));
        for mode in [ContentMode::Span, ContentMode::Event, ContentMode::SpanAndEvent] {
            capture(mode).install();
            assert_eq!((super::mode(), prepared("key", "text").as_deref()), (mode, Some("key text")));
        }
        capture(ContentMode::None).install();
        assert_eq!((mode(), prepared("key", "text")), (ContentMode::None, None));
        ContentCapture::uninstall();
        assert_eq!((mode(), prepared("key", "text")), (ContentMode::None, None));
    }
}
