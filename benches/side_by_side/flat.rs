//! What `LlmLayer` costs a span grows by at most 1.3 times what the registry's cost grows by: from one set of labels to 2,000, from one callsite
//! to 10,000, from no other span that is open to 100,000.

mod made_site;

use std::hint::black_box;

use llm_span::{OpenCall, Operation, call, contract::MetricError};
use llm_span_benches::{Bars, Bench, Figures};
use made_site::MadeSite;
use tracing::{Dispatch, dispatcher::with_default};

use crate::{
    counted::measured::{Answer, complete},
    models::Models,
    subscribers::{Meters, known, measured, registry},
};

const MODELS: usize = 2_000;
const SITES: usize = 10_000;
const OPEN: usize = 100_000;

/// Of each claim the registry's case with few and ours, with many and ours.
const CASES: [[&str; 4]; 3] = [
    ["1-model,registry", "1-model,LlmLayer", "2000-models,registry", "2000-models,LlmLayer"],
    ["1-callsite,registry", "1-callsite,LlmLayer", "10000-callsites,registry", "10000-callsites,LlmLayer"],
    ["0-open,registry", "0-open,LlmLayer", "100000-open,registry", "100000-open,LlmLayer"],
];

/// Asks one model after the other.
fn of_models<'a>(bench: &mut Bench<'a>, name: &'static str, subscriber: Dispatch, count: usize, answer: &'a Answer) {
    let mut models = Models::new(count);
    bench.case_within(name, known(subscriber, count, move || _ = black_box(complete(models.next(), answer))));
}

/// Calls at one place after the other.
fn of_sites<'a>(bench: &mut Bench<'a>, name: &'static str, subscriber: Dispatch, sites: &'a [&'static MadeSite]) {
    let mut all = sites.iter().cycle();
    let next = move || {
        if let Some(site) = all.next() {
            site.call();
        }
    };
    bench.case_within(name, known(subscriber, sites.len(), next));
}

/// Calls that have begun, and go on while others are measured.
fn open(subscriber: &Dispatch) -> Vec<OpenCall> {
    with_default(subscriber, || (0..OPEN).map(|_| call(Operation::Chat, "openai", "gpt-4o").open()).collect())
}

/// The tokens of prompts that have been counted.
fn prompt_tokens(meters: &Meters) -> u64 {
    meters.told().iter().find(|metric| metric.name.ends_with("prompt_tokens")).map_or(0, |metric| metric.total)
}

pub(crate) fn run(bars: &mut Bars) -> Result<(), MetricError> {
    if Bench::new("flat").is_left_out(CASES.as_flattened()) {
        return Ok(()); // what they need takes seconds to set up
    }
    let (meters, answer) = ([(); 6].map(|()| Meters::new()), Answer::default());
    let ours = |index: usize| measured(&meters[index]);
    let sites: Vec<_> = (0..SITES).map(|_| MadeSite::new()).collect();
    let (registry_with_open, ours_with_open) = (registry(), ours(5)?);
    let kept = [&registry_with_open, &ours_with_open].map(open);

    let mut bench = Bench::new("flat");
    let [
        [few_models, our_few_models, many_models, our_many_models],
        [few_sites, our_few_sites, many_sites, our_many_sites],
        [none_open, our_none_open, many_open, our_many_open],
    ] = CASES;
    of_models(&mut bench, few_models, registry(), 1, &answer);
    of_models(&mut bench, our_few_models, ours(0)?, 1, &answer);
    of_models(&mut bench, many_models, registry(), MODELS, &answer);
    of_models(&mut bench, our_many_models, ours(1)?, MODELS, &answer);
    of_sites(&mut bench, few_sites, registry(), &sites[..1]);
    of_sites(&mut bench, our_few_sites, ours(2)?, &sites[..1]);
    of_sites(&mut bench, many_sites, registry(), &sites);
    of_sites(&mut bench, our_many_sites, ours(3)?, &sites);
    of_models(&mut bench, none_open, registry(), 1, &answer);
    of_models(&mut bench, our_none_open, ours(4)?, 1, &answer);
    of_models(&mut bench, many_open, registry_with_open, 1, &answer);
    of_models(&mut bench, our_many_open, ours_with_open, 1, &answer);
    // Each has run once with everything; nothing of it is lost.
    let counted = meters.each_ref().map(prompt_tokens);
    assert_eq!(counted, [1, MODELS, 1, SITES, 1, 1].map(|calls| 128 * calls as u64), "prompt tokens that are counted");
    let figures = bench.run();
    drop(kept);
    println!("{}", compared(figures, bars));
    Ok(())
}

fn compared(mut figures: Figures, bars: &mut Bars) -> Figures {
    let names = [
        ("labels:registry", "flat: a span from 1 to 2,000 sets of labels, of the registry's"),
        ("callsites:registry", "flat: a span from 1 to 10,000 callsites, of the registry's"),
        ("open:registry", "flat: a span beside 0 to 100,000 open ones, of the registry's"),
    ];
    for ((ratio, bar), cases) in names.into_iter().zip(CASES) {
        let growth = |[few, our_few, many, our_many]: [f64; 4]| (our_many / our_few) / (many / few);
        let growth = figures.ratio_as(&format!("LlmLayer,growth-by-{ratio}"), cases, growth);
        let [few, our_few, many, our_many] = cases;
        figures.added(our_few, few);
        figures.added(our_many, many);
        bars.at_most(bar, growth, 1.3, None);
    }
    figures
}
