//! The format that a scraper asks for.

/// A format that metrics are told in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Format {
    /// Prometheus' text format 0.0.4.
    Text,
    /// OpenMetrics 1.0.
    OpenMetrics,
}

impl Format {
    pub(super) const fn content_type(self) -> &'static str {
        match self {
            Self::Text => "text/plain; version=0.0.4; charset=utf-8",
            Self::OpenMetrics => "application/openmetrics-text; version=1.0.0; charset=utf-8",
        }
    }
}

/// A media range of the header, as far as it matters here.
struct Range {
    format: Format,
    quality: f32,
    is_wildcard: bool,
}

/// The format of the header: that of the highest quality; of equal ones what is named, then what is named first.
pub(super) fn format(accept: Option<&str>) -> Format {
    let mut best: Option<Range> = None;
    for range in accept.unwrap_or_default().split(',').filter_map(range) {
        let is_better = best.as_ref().is_none_or(|best| {
            range.quality > best.quality || (same(range.quality, best.quality) && best.is_wildcard && !range.is_wildcard)
        });
        if is_better {
            best = Some(range);
        }
    }
    best.map_or(Format::Text, |range| range.format)
}

fn same(a: f32, b: f32) -> bool {
    a.total_cmp(&b).is_eq()
}

/// One that allows a format that there is.
fn range(text: &str) -> Option<Range> {
    let mut parts = text.split(';').map(str::trim);
    let media = parts.next()?.to_ascii_lowercase();
    let (mut quality, mut version) = (1.0, None);
    for (name, value) in parts.filter_map(|parameter| parameter.split_once('=')) {
        let value = value.trim().trim_matches('"');
        match name.trim().to_ascii_lowercase().as_str() {
            "q" => quality = value.parse::<f32>().ok().filter(|quality| quality.is_finite()).map_or(1.0, |of| of.clamp(0.0, 1.0)),
            "version" => version = Some(value.to_owned()),
            _ => {}
        }
    }
    let is = |of: &str| version.as_deref().is_none_or(|version| version == of);
    let format = match media.as_str() {
        "application/openmetrics-text" if is("1.0.0") => Format::OpenMetrics,
        "text/plain" if is("0.0.4") => Format::Text,
        "text/*" | "*/*" => Format::Text,
        _ => return None,
    };
    (quality > 0.0).then_some(Range { format, quality, is_wildcard: media.contains('*') })
}

#[cfg(test)]
mod tests {
    use super::*;
    use Format::{OpenMetrics, Text};

    #[test]
    fn the_header_chooses_the_format() {
        let of_prometheus_2 = "application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1";
        let of_prometheus_3 = "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.5,application/openmetrics-text;version=0.0.1;q=0.4,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.3,text/plain;version=0.0.4;q=0.2,*/*;q=0.1";
        let table = [
            ("", Text),
            ("*/*", Text),
            ("text/html,application/xhtml+xml,*/*;q=0.8", Text),
            ("application/json", Text),
            ("text/plain", Text),
            ("application/openmetrics-text", OpenMetrics),
            ("Application/OpenMetrics-Text; Version=1.0.0; charset=utf-8", OpenMetrics),
            ("application/openmetrics-text; version=\"1.0.0\"", OpenMetrics),
            ("application/openmetrics-text; version=2.0.0", Text),
            ("application/openmetrics-text; version=0.0.1", Text),
            ("application/openmetrics-text;q=0", Text),
            ("application/openmetrics-text;q=0.3, text/plain;q=0.7", Text),
            ("application/openmetrics-text;q=0.7, text/plain;q=0.3", OpenMetrics),
            ("text/plain;q=0.3, application/openmetrics-text;q=0.7", OpenMetrics),
            ("text/plain, application/openmetrics-text", Text),
            ("application/openmetrics-text, text/plain", OpenMetrics),
            ("*/*, application/openmetrics-text", OpenMetrics),
            ("text/*;q=0.9, application/openmetrics-text;q=0.8", Text),
            (
                "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited, application/openmetrics-text;q=0.5",
                OpenMetrics,
            ),
            ("application/openmetrics-text;q=nonsense", OpenMetrics),
            (";;,,;q=1,=", Text),
            (of_prometheus_2, OpenMetrics),
            (of_prometheus_3, OpenMetrics),
        ];
        for (accept, expected) in table {
            assert_eq!(format(Some(accept)), expected, "{accept}");
        }
        assert_eq!(format(None), Text);
    }
}
