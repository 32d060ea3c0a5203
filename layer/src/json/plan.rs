//! What a callsite's events look like as lines, worked out once: which key each field gets, and what is the same in
//! every line.

use super::JsonKey;
use super::layout::{Layout, ready};
use super::unique::Names;
use super::value::{Values, unsigned};
use tracing::Metadata;
use tracing::field::Field;

/// A callsite's plan.
#[derive(Debug)]
pub(super) struct Plan {
    /// `,"level":"INFO"`
    pub(super) level: Box<[u8]>,
    /// `,"target":"shop::cart"`, and the source where it is wanted. Empty for the `log` crate's events, which bring
    /// theirs along.
    pub(super) target: Box<[u8]>,
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
pub(super) enum Role {
    Message(Box<[u8]>),
    /// The target of an event of the `log` crate.
    Target(Box<[u8]>),
    Field {
        key: Box<[u8]>,
        /// The carried span field of the same key, which this one stands for.
        covers: Option<usize>,
    },
    Skip,
}

impl Plan {
    pub(super) fn new(metadata: &'static Metadata<'static>, layout: &Layout) -> Self {
        let fields = if is_from_log(metadata) { log_roles(metadata, layout) } else { roles(metadata, layout) };
        let is_message = |role: &Role| matches!(role, Role::Message(_));
        let message = match fields.iter().position(is_message) {
            Some(0) => Message::First,
            Some(_) => Message::Later,
            None => Message::None,
        };
        Self {
            level: constant(layout, JsonKey::Level, metadata.level().as_str()),
            target: target(metadata, layout),
            message,
            fields,
        }
    }

    pub(super) fn role(&self, field: &Field) -> &Role {
        self.fields.get(field.index()).unwrap_or(&Role::Skip)
    }
}

/// Events of the `log` crate come through five callsites of `tracing-log`, one a level, with the real target in a field.
fn is_from_log(metadata: &Metadata<'_>) -> bool {
    metadata.name() == "log event" && metadata.target() == "log" && metadata.module_path().is_none()
}

fn log_roles(metadata: &Metadata<'_>, layout: &Layout) -> Box<[Role]> {
    let field = |key: Option<&[u8]>| key.map_or(Role::Skip, |key| Role::Field { key: key.into(), covers: None });
    let names = metadata.fields().iter().map(|field| field.name());
    names
        .map(|name| match name {
            "message" => layout.key(JsonKey::Message).map_or(Role::Skip, |key| Role::Message(key.into())),
            "log.target" => layout.key(JsonKey::Target).map_or(Role::Skip, |key| Role::Target(key.into())),
            "log.file" => field(layout.key(JsonKey::File)),
            "log.line" => field(layout.key(JsonKey::Line)),
            _ => Role::Skip,
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
            (at, _) if Some(at) == message => layout.key(JsonKey::Message).map_or(Role::Skip, |key| Role::Message(key.into())),
            (_, true) => role(name, layout),
            (_, false) => role(&other(name, &mut names), layout),
        })
        .collect()
}

fn other(name: &str, names: &mut Names) -> String {
    names.take_other(name)
}

fn role(name: &str, layout: &Layout) -> Role {
    Role::Field { key: ready(name), covers: layout.carried.iter().position(|carried| carried.name == name) }
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
    Values { limit: usize::MAX }.str(text, &mut out);
    out.into_boxed_slice()
}
