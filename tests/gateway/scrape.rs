//! What the metrics endpoint tells.

/// What the metrics endpoint tells.
#[derive(Debug)]
pub(crate) struct Scrape(pub(crate) String);

impl Scrape {
    /// Whether that line is there as it stands.
    pub(crate) fn has(&self, line: &str) -> bool {
        self.0.lines().any(|other| other == line)
    }

    /// How many series there are.
    pub(crate) fn series(&self) -> usize {
        self.0.lines().filter(|line| !line.starts_with('#')).count()
    }

    /// The sum of the samples of that name that have these labels, the empty ones not; 0 where there are none.
    pub(crate) fn sum(&self, name: &str, labels: &[(&str, &str)]) -> f64 {
        self.samples(name)
            .filter(|(found, _)| labels.iter().all(|(key, value)| has(found, key, value)))
            .map(|(_, value)| value)
            .sum()
    }

    /// Whether that sum is this count.
    #[allow(clippy::cast_precision_loss, clippy::float_cmp, reason = "counts of a test")]
    pub(crate) fn is(&self, name: &str, labels: &[(&str, &str)], count: u64) -> bool {
        self.sum(name, labels) == count as f64
    }

    /// That sum, of counts.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "counts of a test")]
    pub(crate) fn count(&self, name: &str, labels: &[(&str, &str)]) -> u64 {
        let sum = self.sum(name, labels);
        assert!(sum >= 0.0 && sum.fract() == 0.0, "{name} {labels:?}: {sum}");
        sum as u64
    }

    /// It is.
    pub(crate) fn expect(&self, name: &str, labels: &[(&str, &str)], count: u64) {
        assert!(self.is(name, labels, count), "{name} {labels:?}: {count}, not {}\n{}", self.sum(name, labels), self.0);
    }

    /// The labels and the value of each sample of that name.
    fn samples(&self, name: &str) -> impl Iterator<Item = (&str, f64)> {
        self.0.lines().filter(|line| !line.starts_with('#')).filter_map(move |line| {
            let rest = line.strip_prefix(name)?;
            // An exemplar comes behind the value.
            let rest = rest.split(" # ").next()?;
            let (labels, value) = match rest.strip_prefix('{') {
                Some(rest) => rest.rsplit_once("} ")?,
                None => ("", rest.strip_prefix(' ')?),
            };
            Some((labels, value.split(' ').next()?.parse().ok()?))
        })
    }

    /// The trace ids of the exemplars of that name's samples.
    pub(crate) fn exemplars(&self, name: &str) -> Vec<&str> {
        let lines = self.0.lines().filter(|line| line.starts_with(name));
        lines.filter_map(|line| line.split_once(" # {trace_id=\"")?.1.get(..32)).collect()
    }
}

/// No label of these tests has a quote in its value. One that is not there is empty, as Prometheus has it.
fn has(labels: &str, key: &str, value: &str) -> bool {
    let mut labels = labels.split("\",").filter_map(|label| label.trim_end_matches('"').split_once("=\""));
    labels.find(|(found, _)| *found == key).map_or("", |(_, value)| value) == value
}
