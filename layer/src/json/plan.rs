//! What a callsite's events look like as lines, worked out once: which key each field gets, and what is the same in
//! every line.

use super::JsonKey;
use super::layout::{Layout, ready};
use super::value::{Values, unsigned};
use tracing::Metadata;
use tracing::field::Field;

/// A callsite's plan.
#[derive(Debug)]
pub(super) struct Plan {
    /// `,"time":"…","level":"INFO"`, with a place for the time.
    pub(super) opening: Box<[u8]>,
    /// The same and `,"msg":"`.
    pub(super) opening_with_message: Box<[u8]>,
    /// `,"target":"shop::cart"`, and the source where it is wanted. Empty for the `log` crate's events, which bring
    /// theirs along.
    pub(super) head: Box<[u8]>,
    /// The same and the ids, with places for them.
    pub(super) head_with_ids: Box<[u8]>,
    pub(super) message: Message,
    fields: Box<[Role]>,
}

/// Where the message stands among the fields, which are visited in their order.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Message {
    First,
    Later,
    None,
}

/// What becomes of a field.
#[derive(Debug)]
pub(super) struct Role {
    pub(super) kind: Kind,
    pub(super) key: Key,
    /// The carried span field of the same key, which this one stands for.
    pub(super) covers: Option<usize>,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Kind {
    Field,
    Message,
    /// The target of an event of the `log` crate.
    Target,
    /// The line does not show it.
    Skip,
}

impl Role {
    const SKIP: Self = Self { kind: Kind::Skip, key: Key { length: 0, short: [0; SHORT], long: None }, covers: None };

    fn new(kind: Kind, key: &[u8]) -> Self {
        Self { kind, key: Key::new(key), covers: None }
    }
}

/// `,"name":`, and the quote that opens a string.
#[derive(Debug)]
pub(super) struct Key {
    /// Without the quote.
    length: usize,
    short: [u8; SHORT],
    /// Where the short form has no room for it.
    long: Option<Box<[u8]>>,
}

/// Nearly all keys are shorter, with all that is around them.
const SHORT: usize = 32;

impl Key {
    fn new(key: &[u8]) -> Self {
        let whole = [key, b"\""].concat();
        let mut short = [0; SHORT];
        let long = match short.get_mut(..whole.len()) {
            Some(place) => {
                place.copy_from_slice(&whole);
                None
            }
            None => Some(whole.into()),
        };
        Self { length: key.len(), short, long }
    }

    /// Before a string, with its quote.
    #[inline]
    pub(super) fn write_quoted(&self, out: &mut Vec<u8>) {
        self.write(self.length + 1, out);
    }

    /// Before anything else.
    #[inline]
    pub(super) fn write_bare(&self, out: &mut Vec<u8>) {
        self.write(self.length, out);
    }

    /// A copy of constant length is made in place, and cut: that costs less than the call that copies any length.
    #[inline]
    fn write(&self, length: usize, out: &mut Vec<u8>) {
        match &self.long {
            None => {
                let end = out.len() + length;
                out.extend_from_slice(&self.short);
                out.truncate(end);
            }
            Some(long) => out.extend_from_slice(long.get(..length).unwrap_or(long)),
        }
    }
}

impl Plan {
    pub(super) fn new(metadata: &'static Metadata<'static>, layout: &Layout) -> Self {
        let fields: Box<[Role]> = if is_from_log(metadata) { log_roles(metadata, layout) } else { roles(metadata, layout) };
        let is_message = |role: &Role| role.kind == Kind::Message;
        let message = match fields.iter().position(is_message) {
            Some(0) => Message::First,
            Some(_) => Message::Later,
            None => Message::None,
        };
        let level = constant(layout, JsonKey::Level, metadata.level().as_str());
        let opening: Box<[u8]> = [&*layout.time, &*level].concat().into();
        let opening_with_message = [&*opening, layout.key(JsonKey::Message).unwrap_or_default(), b"\""].concat().into();
        let head = target(metadata, layout);
        let head_with_ids = [&*head, &*layout.ids.text].concat().into();
        Self { opening, opening_with_message, head, head_with_ids, message, fields }
    }

    #[inline]
    pub(super) fn role(&self, field: &Field) -> &Role {
        self.fields.get(field.index()).unwrap_or(&Role::SKIP)
    }
}

/// Events of the `log` crate come through five callsites of `tracing-log`, one a level, with the real target in a field.
fn is_from_log(metadata: &Metadata<'_>) -> bool {
    metadata.name() == "log event" && metadata.target() == "log" && metadata.module_path().is_none()
}

fn log_roles(metadata: &Metadata<'_>, layout: &Layout) -> Box<[Role]> {
    let role = |kind: Kind, key: JsonKey| layout.key(key).map_or(Role::SKIP, |key| Role::new(kind, key));
    let names = metadata.fields().iter().map(|field| field.name());
    names
        .map(|name| match name {
            "message" => role(Kind::Message, JsonKey::Message),
            "log.target" => role(Kind::Target, JsonKey::Target),
            "log.file" => role(Kind::Field, JsonKey::File),
            "log.line" => role(Kind::Field, JsonKey::Line),
            _ => Role::SKIP,
        })
        .collect()
}

/// The first field `message` is the message. A name that is free goes to the first field of that name; the others get
/// another one afterwards, so that they never take a name that a later field has by itself.
fn roles(metadata: &Metadata<'_>, layout: &Layout) -> Box<[Role]> {
    let fields = || metadata.fields().iter().map(|field| field.name());
    let message = fields().position(|name| name == "message");
    let mut names = layout.reserved.clone();
    let own: Vec<bool> = fields().enumerate().map(|(at, name)| Some(at) != message && names.take(name)).collect();
    fields()
        .zip(own)
        .enumerate()
        .map(|(at, (name, own))| match (at, own) {
            (at, _) if Some(at) == message => {
                layout.key(JsonKey::Message).map_or(Role::SKIP, |key| Role::new(Kind::Message, key))
            }
            (_, true) => role(name, layout),
            (_, false) => role(&names.take_other(name), layout),
        })
        .collect()
}

fn role(name: &str, layout: &Layout) -> Role {
    let covers = layout.carried.iter().position(|carried| carried.name == name);
    Role { covers, ..Role::new(Kind::Field, &ready(name)) }
}

fn target(metadata: &Metadata<'_>, layout: &Layout) -> Box<[u8]> {
    if is_from_log(metadata) {
        return Box::default();
    }
    let mut out = constant(layout, JsonKey::Target, metadata.target()).into_vec();
    if let Some(file) = metadata.file() {
        out.extend_from_slice(&constant(layout, JsonKey::File, file));
    }
    if let (Some(key), Some(line)) = (layout.key(JsonKey::Line), metadata.line()) {
        out.extend_from_slice(key);
        unsigned(line.into(), &mut out);
    }
    out.into_boxed_slice()
}

/// A key and its text, empty where the key is left out.
fn constant(layout: &Layout, standard: JsonKey, text: &str) -> Box<[u8]> {
    let Some(key) = layout.key(standard) else {
        return Box::default();
    };
    let mut out = key.to_vec();
    out.push(b'"');
    Values { limit: usize::MAX }.str(text, &mut out);
    out.into_boxed_slice()
}
