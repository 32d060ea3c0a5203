//! The service's name, as OpenTelemetry's environment variables say it.

/// What a service without a name is called; so OpenTelemetry's resource conventions have it.
const UNKNOWN: &str = "unknown_service";

/// `OTEL_SERVICE_NAME`, else `service.name` of `OTEL_RESOURCE_ATTRIBUTES`. An empty value is as if it were not set.
pub(super) fn from_environment() -> String {
    let variable = |name| std::env::var(name).ok();
    named(variable("OTEL_SERVICE_NAME").as_deref(), variable("OTEL_RESOURCE_ATTRIBUTES").as_deref())
}

fn named(name: Option<&str>, attributes: Option<&str>) -> String {
    let pairs = attributes.unwrap_or_default().split(',').filter_map(|pair| pair.split_once('='));
    let of_resource = pairs.filter(|(key, _)| key.trim() == "service.name").map(|(_, value)| value).next_back();
    let is_said = |name: &&str| !name.trim().is_empty();
    name.filter(is_said).or(of_resource.filter(is_said)).map_or_else(|| UNKNOWN.to_owned(), |name| name.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_variable_of_its_own_holds_before_the_resource_s() {
        assert_eq!(named(Some("gateway"), Some("service.name=other")), "gateway");
        assert_eq!(named(Some(" "), Some("a=b, service.name = other ,c=d")), "other");
        assert_eq!(named(None, Some("nothing")), UNKNOWN);
        assert_eq!(named(None, None), UNKNOWN);
    }
}
