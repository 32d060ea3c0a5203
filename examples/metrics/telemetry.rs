//! The layers: the rules by which metrics are derived from spans, and Prometheus' endpoint.

use llm_span::{Gauges, LlmLayer, Price, Prices, Prometheus, contract::MetricSets};
use opentelemetry::trace::TracerProvider as _;
use opentelemetry_sdk::trace::SdkTracerProvider;
use tracing::{Subscriber, level_filters::LevelFilter};
use tracing_subscriber::{filter::Targets, layer::SubscriberExt as _, registry::LookupSpan};

use super::{ServiceError, expected, models::PROVIDER};

/// What four systems' dashboards read, and the conventions'; chosen by name. Each span is measured by every rule that means it.
pub const SETS: [&str; 7] = ["amtp", "gen_ai", "llama_stack", "llm_gateway", "twinkle", "spanmetrics", "mcp"];

/// What the layers feed.
#[derive(Debug)]
pub struct Telemetry {
    /// What is scraped.
    pub prometheus: Prometheus,
    /// Told by the program: what outlives spans.
    pub gauges: Gauges,
}

impl Telemetry {
    /// The subscriber to install. In your program the tracer has an exporter; the metrics need none of it, and count the calls that it does not sample, too.
    ///
    /// # Errors
    ///
    /// When two sets do not go together, or a price is none.
    pub fn new(
        tracer: &SdkTracerProvider,
    ) -> Result<(Self, impl Subscriber + Send + Sync + for<'s> LookupSpan<'s> + use<>), ServiceError> {
        // US dollars per million tokens; your contract's, not this example's.
        Prices::new().price(PROVIDER, "gpt-4o*", Price::per_million(2.50, 10.00))?.install();
        let prometheus = Prometheus::builder().exemplars(true).build();
        let mut llm =
            LlmLayer::builder().metrics(prometheus.clone()).metric_sets(MetricSets::named(SETS)?).service_name("metrics-example");
        for span in expected::spans() {
            llm = llm.announce(span);
        }
        let llm = llm.build();
        let gauges = llm.gauges();
        let subscriber = tracing_subscriber::registry()
            // The client logs what it could not read, answers among it: no layer is to keep that.
            .with(Targets::new().with_default(LevelFilter::INFO).with_target("async_openai", LevelFilter::OFF))
            .with(tracing_opentelemetry::layer().with_tracer(tracer.tracer("metrics")))
            .with(llm);
        Ok((Self { prometheus, gauges }, subscriber))
    }
}
