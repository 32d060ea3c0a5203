//! What the user chose, resolved: which keys a line has, under which names, each name once.

use super::JsonKey;
use super::escape::key;
use super::time;
use super::unique::Names;
use crate::ids::SpanIds;
use std::borrow::Cow;

/// The choices as they are made.
#[derive(Clone, Debug)]
pub(super) struct Choices {
    pub(super) names: [Option<Cow<'static, str>>; JsonKey::COUNT],
    pub(super) source: bool,
    pub(super) llm: bool,
    pub(super) span_fields: Vec<SpanField>,
}

/// A span field that lines carry.
#[derive(Clone, Debug)]
pub(super) struct SpanField {
    pub(super) field: Cow<'static, str>,
    pub(super) key: Cow<'static, str>,
}

impl Default for Choices {
    fn default() -> Self {
        Self {
            names: JsonKey::DEFAULT_NAMES.map(|name| Some(Cow::Borrowed(name))),
            source: false,
            llm: false,
            span_fields: Vec::new(),
        }
    }
}

/// Keys ready to be written: each `,"name":`, `None` where left out.
#[derive(Debug)]
pub(super) struct Layout {
    keys: [Option<Box<[u8]>>; JsonKey::COUNT],
    /// `,"time":"…"` with a place to be filled in, which begins there; empty where left out.
    pub(super) time: Box<[u8]>,
    pub(super) time_place: Option<usize>,
    pub(super) ids: IdsForm,
    /// Names that no field of an event can have.
    pub(super) reserved: Names,
    pub(super) carried: Vec<Carried>,
    /// So many of the first carried ones belong together: they come from one span or none.
    pub(super) llm: usize,
    /// Where among the carried ones input and output tokens stand.
    pub(super) tokens: [Option<usize>; 2],
}

/// A key whose value comes from a span.
#[derive(Debug)]
pub(super) struct Carried {
    /// Names of the span's field, the preferred one first.
    pub(super) fields: Vec<Cow<'static, str>>,
    pub(super) name: String,
    pub(super) key: Box<[u8]>,
}

impl Layout {
    pub(super) fn new(choices: &Choices) -> Self {
        const ALWAYS: [JsonKey; 7] = [
            JsonKey::Time,
            JsonKey::Level,
            JsonKey::Message,
            JsonKey::Target,
            JsonKey::TraceId,
            JsonKey::SpanId,
            JsonKey::TraceFlags,
        ];
        const SOURCE: [JsonKey; 2] = [JsonKey::File, JsonKey::Line];

        let mut reserved = Names::default();
        let mut keys = [const { None }; JsonKey::COUNT];
        let source: &[JsonKey] = if choices.source { &SOURCE } else { &[] };
        for standard in ALWAYS.iter().chain(source) {
            let at = standard.index();
            keys[at] = choices.names[at].as_ref().map(|name| ready(&reserved.take_any(name)));
        }
        // Not reserved: an event's own field of the name is nearer than a span's and stands for it.
        let mut taken = reserved.clone();
        let mut carried = Vec::new();
        for (fields, name) in wanted(choices) {
            let name = taken.take_any(&name);
            let key = ready(&name);
            carried.push(Carried { fields, name, key });
        }
        let llm = carried.len() - choices.span_fields.len();
        let tokens = [JsonKey::InputTokens, JsonKey::OutputTokens].map(|key| {
            let is_read = |of: &Carried| JsonKey::LLM.iter().any(|(standard, fields)| *standard == key && of.fields == *fields);
            carried.iter().take(llm).position(is_read)
        });
        let time_key = keys[JsonKey::Time.index()].as_deref();
        let time = time_key.map_or_else(Box::default, |key| [key, b"\"", &time::NO_TIME, b"\""].concat().into());
        let time_place = time_key.map(|key| key.len() + 1);
        let ids = IdsForm::new(&keys);
        Self { keys, time, time_place, ids, reserved, carried, llm, tokens }
    }

    pub(super) fn key(&self, standard: JsonKey) -> Option<&[u8]> {
        self.keys[standard.index()].as_deref()
    }
}

/// The three ids as they stand in a line, with places to be filled in.
#[derive(Debug)]
pub(super) struct IdsForm {
    pub(super) text: Box<[u8]>,
    trace_id: Option<usize>,
    span_id: Option<usize>,
    flags: Option<usize>,
}

impl IdsForm {
    fn new(keys: &[Option<Box<[u8]>>; JsonKey::COUNT]) -> Self {
        let mut text = Vec::new();
        let mut place = |standard: JsonKey, length: usize| {
            text.extend_from_slice(keys[standard.index()].as_deref()?);
            text.push(b'"');
            let at = text.len();
            text.resize(at + length, b'0');
            text.push(b'"');
            Some(at)
        };
        let trace_id = place(JsonKey::TraceId, 32);
        let span_id = place(JsonKey::SpanId, 16);
        let flags = place(JsonKey::TraceFlags, 2);
        Self { text: text.into_boxed_slice(), trace_id, span_id, flags }
    }

    /// Puts the ids into what begins as [`text`](Self::text).
    #[inline]
    pub(super) fn fill(&self, ids: &SpanIds, text: &mut [u8]) {
        fill(text, self.trace_id, ids.trace_id_hex());
        fill(text, self.span_id, ids.span_id_hex());
        fill(text, self.flags, ids.flags_hex());
    }
}

#[inline]
fn fill<const LENGTH: usize>(text: &mut [u8], place: Option<usize>, digits: &[u8; LENGTH]) {
    if let Some(place) = place.and_then(|at| text.get_mut(at..at + LENGTH)) {
        place.copy_from_slice(digits);
    }
}

/// Fields of spans and the names they are wanted under, those of LLM spans first.
fn wanted(choices: &Choices) -> Vec<(Vec<Cow<'static, str>>, Cow<'static, str>)> {
    let mut wanted = Vec::new();
    if choices.llm {
        for (standard, fields) in JsonKey::LLM {
            if let Some(name) = &choices.names[standard.index()] {
                let fields = fields.iter().copied().map(Cow::Borrowed).collect();
                wanted.push((fields, name.clone()));
            }
        }
    }
    for SpanField { field, key } in &choices.span_fields {
        wanted.push((vec![field.clone()], key.clone()));
    }
    wanted
}

pub(super) fn ready(name: &str) -> Box<[u8]> {
    let mut out = Vec::new();
    key(name, &mut out);
    out.into_boxed_slice()
}
