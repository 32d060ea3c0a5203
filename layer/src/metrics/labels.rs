//! The labels of a measurement.

use std::{borrow::Cow, fmt, sync::Arc};

/// Labels of a measurement: names and values, in the metric's order. A label without a value is left out.
///
/// ```
/// use llm_span::Labels;
///
/// let labels: Labels = [("backend", "memory")].into_iter().collect();
/// assert_eq!(labels.iter().collect::<Vec<_>>(), [("backend", "memory")]);
/// ```
#[derive(Clone, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Labels(Arc<[(Cow<'static, str>, Arc<str>)]>);

impl Labels {
    /// Those of the series that all label sets share for which there is no room: `otel.metric.overflow="true"`, as OpenTelemetry has it.
    pub fn overflow() -> Self {
        [("otel.metric.overflow", "true")].into_iter().collect()
    }

    /// The labels, in order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_ref(), value.as_ref()))
    }

    /// The value of a label.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.iter().find(|(of, _)| *of == name).map(|(_, value)| value)
    }

    /// With the names and values as they are kept, which is cheap to clone.
    #[cfg(feature = "otel")]
    pub(crate) fn parts(&self) -> &[(Cow<'static, str>, Arc<str>)] {
        &self.0
    }
}

impl<N: Into<Cow<'static, str>>, V: Into<Arc<str>>> FromIterator<(N, V)> for Labels {
    fn from_iter<I: IntoIterator<Item = (N, V)>>(labels: I) -> Self {
        Self(labels.into_iter().map(|(name, value)| (name.into(), value.into())).collect())
    }
}

impl fmt::Debug for Labels {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.iter()).finish()
    }
}
