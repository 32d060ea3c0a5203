//! Span fields that lines carry: kept with their span as finished JSON, looked for from the event's span upwards.

use super::layout::{Carried, Layout};
use super::turn::Buffers;
use super::value::{self, Values};
use super::visit::visit_by_field;
use crate::usage::Usage;
use tracing::field::Field;
use tracing::{Id, Metadata};
use tracing_subscriber::registry::{LookupSpan, SpanRef};

/// Which fields of a span callsite are wanted, by their index; empty if none is.
#[derive(Debug)]
pub(super) struct SpanPlan(Box<[Vec<Want>]>);

/// A place among the carried fields, and how much the field is preferred for it (0: most).
#[derive(Clone, Copy, Debug)]
struct Want {
    place: usize,
    rank: usize,
}

impl SpanPlan {
    pub(super) fn new(metadata: &Metadata<'_>, layout: &Layout) -> Self {
        let wants = |name: &str| -> Vec<Want> {
            let carried = layout.carried.iter().enumerate();
            carried
                .filter_map(|(place, Carried { fields, .. })| {
                    let rank = fields.iter().position(|field| field == name)?;
                    Some(Want { place, rank })
                })
                .collect()
        };
        let by_field: Box<[Vec<Want>]> = metadata.fields().iter().map(|field| wants(field.name())).collect();
        if by_field.iter().all(Vec::is_empty) {
            return Self(Box::default());
        }
        Self(by_field)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// Collects the wanted values of a span before the span is locked: a user's `Debug` runs here.
pub(super) struct Collect<'a> {
    plan: &'a SpanPlan,
    values: Values,
    found: Vec<(Want, Box<[u8]>)>,
}

impl<'a> Collect<'a> {
    pub(super) fn new(plan: &'a SpanPlan, values: Values) -> Self {
        Self { plan, values, found: Vec::new() }
    }

    /// Keeps what was found with the span, for the layer of that number.
    pub(super) fn keep<'s, S: LookupSpan<'s>>(self, span: &SpanRef<'s, S>, layer: usize) {
        if self.found.is_empty() {
            return;
        }
        let mut extensions = span.extensions_mut();
        if let Some(kept) = extensions.get_mut::<Kept>() {
            kept.add(layer, self.found);
        } else {
            let mut kept = Kept::default();
            kept.add(layer, self.found);
            extensions.replace(kept);
        }
    }

    fn text(&mut self, field: &Field, value: impl FnOnce(Values, &mut Vec<u8>)) {
        let values = self.values;
        self.field(field, |out| {
            out.push(b'"');
            value(values, out);
        });
    }

    fn field(&mut self, field: &Field, value: impl FnOnce(&mut Vec<u8>)) {
        let Some(wants) = self.plan.0.get(field.index()) else { return };
        let Some((last, others)) = wants.split_last() else { return };
        let mut json = Vec::new();
        value(&mut json);
        let json = json.into_boxed_slice();
        self.found.extend(others.iter().map(|want| (*want, json.clone())));
        self.found.push((*last, json));
    }
}

visit_by_field!(Collect<'_>);

/// In a span's extensions: the values of each layer that carries some, as two layers may want different ones.
#[derive(Debug, Default)]
struct Kept(Vec<(usize, Vec<Held>)>);

#[derive(Debug)]
struct Held {
    want: Want,
    json: Box<[u8]>,
}

impl Kept {
    /// A value recorded again replaces the former, one of a less preferred field does not.
    fn add(&mut self, layer: usize, found: Vec<(Want, Box<[u8]>)>) {
        let at = self.0.iter().position(|(owner, _)| *owner == layer).unwrap_or_else(|| {
            self.0.push((layer, Vec::new()));
            self.0.len() - 1
        });
        let Some((_, held)) = self.0.get_mut(at) else { return };
        for (want, json) in found {
            match held.iter_mut().find(|held| held.want.place == want.place) {
                Some(held) if held.want.rank < want.rank => {}
                Some(held) => *held = Held { want, json },
                None => held.push(Held { want, json }),
            }
        }
    }

    fn of(&self, layer: usize) -> &[Held] {
        self.0.iter().find(|(owner, _)| *owner == layer).map_or(&[], |(_, held)| held)
    }
}

/// Writes the carried fields that the line does not have yet, each from the nearest span that has it; those of an LLM
/// call together from the nearest span that has any of them, so that the tokens of one call are never shown with the
/// model of another.
///
/// `usage` is what the body of the innermost call has recorded, with the id of its span, which does not have it before the call
/// ends. Between the call and the event another span may stand that tells of a model: its line has no tokens.
pub(super) fn carry<'a, S: LookupSpan<'a>>(
    span: &SpanRef<'a, S>,
    layer: usize,
    layout: &Layout,
    usage: Option<&(Id, Usage)>,
    buffers: &mut Buffers,
) {
    let Buffers { line, carried, .. } = buffers;
    for span in span.scope() {
        if carried.iter().all(|done| *done) {
            return;
        }
        let extensions = span.extensions();
        let held = extensions.get::<Kept>().map_or(&[][..], |kept| kept.of(layer));
        for Held { want, json } in held {
            let done = carried.get_mut(want.place);
            if let (Some(done @ false), Some(Carried { key, .. })) = (done, layout.carried.get(want.place)) {
                *done = true;
                line.extend_from_slice(key);
                line.extend_from_slice(json);
            }
        }
        if held.iter().any(|held| held.want.place < layout.llm) {
            let own = usage.filter(|(call, _)| *call == span.id());
            carry_usage(own.map(|(_, usage)| *usage), layout, line, carried);
            carried.iter_mut().take(layout.llm).for_each(|done| *done = true);
        }
    }
}

fn carry_usage(usage: Option<Usage>, layout: &Layout, line: &mut Vec<u8>, carried: &mut [bool]) {
    let Some(usage) = usage else { return };
    for (place, tokens) in layout.tokens.into_iter().zip([usage.prompt, usage.completion]) {
        let (Some(place), Some(tokens)) = (place, tokens) else { continue };
        if let (Some(done @ false), Some(Carried { key, .. })) = (carried.get_mut(place), layout.carried.get(place)) {
            *done = true;
            line.extend_from_slice(key);
            value::signed(tokens, line);
        }
    }
}
