//! Words for units of UCUM.

/// The word for a unit; empty for `1`. `None` where there is none.
///
/// The spellings are those of the OpenTelemetry translation, `kBy` and `TiBy` beside its `KBy` and `tibibytes` excepted: see
/// [`translated_word`].
pub(super) fn word(unit: &str) -> Option<&'static str> {
    Some(match unit {
        "kBy" => "kilobytes",
        "TiBy" => "tebibytes",
        other => return translated_word(other),
    })
}

/// The word for a unit, as OpenTelemetry's translations have it.
pub(super) fn translated_word(unit: &str) -> Option<&'static str> {
    Some(match unit {
        "d" => "days",
        "h" => "hours",
        "min" => "minutes",
        "s" => "seconds",
        "ms" => "milliseconds",
        "us" => "microseconds",
        "ns" => "nanoseconds",
        "By" => "bytes",
        "KiBy" => "kibibytes",
        "MiBy" => "mebibytes",
        "GiBy" => "gibibytes",
        "TiBy" => "tibibytes",
        "KBy" => "kilobytes",
        "MBy" => "megabytes",
        "GBy" => "gigabytes",
        "TBy" => "terabytes",
        "m" => "meters",
        "V" => "volts",
        "A" => "amperes",
        "J" => "joules",
        "W" => "watts",
        "g" => "grams",
        "Cel" => "celsius",
        "Hz" => "hertz",
        "1" => "",
        "%" => "percent",
        _ => return None,
    })
}

/// The word for what a rate is of: `s` in `By/s`.
pub(super) fn per_word(unit: &str) -> Option<&'static str> {
    Some(match unit {
        "s" => "second",
        "m" => "minute",
        "h" => "hour",
        "d" => "day",
        "w" => "week",
        "mo" => "month",
        "y" => "year",
        _ => return None,
    })
}

/// A unit, and what it is per. A part in braces is an annotation, and is as if it were not there.
pub(super) fn parts(unit: &str) -> (&str, &str) {
    let (main, per) = unit.split_once('/').unwrap_or((unit, ""));
    (unless_annotated(main), unless_annotated(per))
}

fn unless_annotated(unit: &str) -> &str {
    if unit.contains(['{', '}']) { "" } else { unit.trim() }
}
