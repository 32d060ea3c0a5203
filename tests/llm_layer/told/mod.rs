//! What a call tells beside its record, or by what the calls before it told, is what a visit of each field reads.

mod made;
mod out;
mod sets;
mod tape;

use llm_span::LlmLayer;
use proptest::prelude::*;
use tracing::Subscriber;
use tracing_subscriber::{Layer, filter::filter_fn, prelude::*, registry::LookupSpan, reload};

use self::{
    made::{Made, all_made},
    out::Out,
    sets::sets,
    tape::Tape,
};

/// Where the layer stands.
#[derive(Clone, Copy, Debug)]
enum Stands {
    Outermost,
    Innermost,
    InAnOption,
    InAVector,
    Filtered,
}

fn boxed<S: Subscriber + for<'a> LookupSpan<'a>>(layer: LlmLayer, stands: Stands) -> Box<dyn Layer<S> + Send + Sync> {
    match stands {
        Stands::Outermost | Stands::Innermost => layer.boxed(),
        Stands::InAnOption => Some(layer).boxed(),
        Stands::InAVector => vec![layer].boxed(),
        Stands::Filtered => layer.with_filter(filter_fn(|metadata| metadata.name() != "phase")).boxed(),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(300) })]

    #[test]
    fn a_call_is_read_beside_its_record_as_a_visit_reads_it(
        set in sets(),
        is_measured in any::<bool>(),
        stands in proptest::sample::select(vec![Stands::Outermost, Stands::Innermost, Stands::InAnOption, Stands::InAVector, Stands::Filtered]),
        made in all_made(),
    ) {
        llm_span::testing::keep_callsites_open();
        let (mut shown, mut hidden, mut visited) = (Out::default(), Out::default(), Out::default());
        let tape = Tape::default();
        let shown_layer = shown.layer(&set, is_measured);
        let hidden_layer = hidden.layer(&set, is_measured);
        // Once more, as each has begun before then.
        let again: Vec<_> = made.iter().map(Made::ending_once).collect();
        let run = || made.iter().chain(&again).for_each(Made::run);
        if matches!(stands, Stands::Innermost) {
            let subscriber = tracing_subscriber::registry().with(boxed(shown_layer, stands)).with(tape.clone()).with(reload::Layer::new(hidden_layer).0);
            tracing::subscriber::with_default(subscriber, run);
        } else {
            let subscriber = tracing_subscriber::registry().with(reload::Layer::new(hidden_layer).0).with(tape.clone()).with(boxed(shown_layer, stands));
            tracing::subscriber::with_default(subscriber, run);
        }
        let visiting = visited.layer(&set, is_measured);
        tracing::subscriber::with_default(tracing_subscriber::registry().with(visiting), || tape.replay());
        let (shown, hidden, visited) = (shown.told(), hidden.told(), visited.told());
        prop_assert_eq!(&shown, &hidden, "shown, hidden");
        prop_assert_eq!(&shown, &visited, "shown, visited");
    }
}
