//! One event as one line.

use super::layout::Layout;
use super::plan::{Kind, Message, Plan, Role};
use super::time::{self, Clock};
use super::value::Values;
use super::visit::visit_by_field;
use crate::ids::SpanIds;
use tracing::Event;
use tracing::field::Field;

/// A line while it is written: a visitor of the event's fields.
pub(super) struct Line<'a> {
    out: &'a mut Vec<u8>,
    clock: &'a mut Clock,
    carried: &'a mut [bool],
    parts: Parts<'a>,
    fields: Fields,
    stage: Stage,
}

/// What a line is made of beside the event's values.
#[derive(Clone, Copy)]
pub(super) struct Parts<'a> {
    pub(super) plan: &'a Plan,
    pub(super) layout: &'a Layout,
    pub(super) ids: Option<&'a SpanIds>,
    pub(super) values: Values,
}

/// Which fields a visit is for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Fields {
    All,
    Message,
    AllButMessage,
}

/// How far a line has got.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Stage {
    Empty,
    /// Time and level are written; message or none.
    Open,
    /// Target and ids are written, which stand between the message and the fields.
    Headed,
}

impl<'a> Line<'a> {
    /// `carried` is told which of the carried span fields the event has fields for.
    pub(super) fn new(out: &'a mut Vec<u8>, clock: &'a mut Clock, carried: &'a mut [bool], parts: Parts<'a>) -> Self {
        Self { out, clock, carried, parts, fields: Fields::All, stage: Stage::Empty }
    }

    /// Writes everything that comes from the event itself, each part with a comma before it.
    pub(super) fn event(mut self, event: &Event<'_>) {
        if self.parts.plan.message == Message::Later {
            self.fields = Fields::Message;
            event.record(&mut self);
            self.fields = Fields::AllButMessage;
        }
        event.record(&mut self);
        self.head();
    }

    /// Time and level, and more if the opening has it. What is before the event's first value is written when that comes.
    #[inline]
    fn open(&mut self, opening: &[u8]) {
        self.stage = Stage::Open;
        self.out.extend_from_slice(opening);
        if let Some(place) = self.parts.layout.time_place.and_then(|at| self.out.get_mut(at..at + time::LENGTH)) {
            place.copy_from_slice(self.clock.now());
        }
    }

    /// What stands before the fields, as far as it is not written.
    #[inline]
    fn head(&mut self) {
        if self.stage != Stage::Headed {
            self.write_head();
        }
    }

    #[inline(never)]
    fn write_head(&mut self) {
        let Parts { plan, layout, ids, .. } = self.parts;
        if self.stage == Stage::Empty {
            self.open(&plan.opening);
        }
        self.stage = Stage::Headed;
        let Some(ids) = ids else {
            self.out.extend_from_slice(&plan.head);
            return;
        };
        let ids_at = self.out.len() + plan.head.len();
        self.out.extend_from_slice(&plan.head_with_ids);
        if let Some(text) = self.out.get_mut(ids_at..) {
            layout.ids.fill(ids, text);
        }
    }

    #[inline]
    fn field(&mut self, field: &Field, value: impl FnOnce(&mut Vec<u8>)) {
        let role = self.parts.plan.role(field);
        if !self.is_next(role) {
            if !self.is_wanted(role) {
                return;
            }
            self.before(role);
        }
        role.key.write_bare(self.out);
        value(self.out);
        self.after(role);
    }

    #[inline]
    fn text(&mut self, field: &Field, value: impl FnOnce(Values, &mut Vec<u8>)) {
        let role = self.parts.plan.role(field);
        if self.is_next(role) {
            role.key.write_quoted(self.out);
        } else if !self.is_wanted(role) {
            return;
        } else if role.kind == Kind::Message && self.stage == Stage::Empty {
            self.open(&self.parts.plan.opening_with_message);
        } else {
            self.before(role);
            role.key.write_quoted(self.out);
        }
        value(self.parts.values, self.out);
        self.after(role);
    }

    /// Whether nothing is to be done before the field: so it is for all but the first ones.
    #[inline]
    fn is_next(&self, role: &Role) -> bool {
        role.kind == Kind::Field && self.stage == Stage::Headed
    }

    #[inline]
    fn is_wanted(&self, role: &Role) -> bool {
        match (self.fields, role.kind) {
            (_, Kind::Skip) => false,
            (Fields::All, _) => true,
            (Fields::Message, kind) => kind == Kind::Message,
            (Fields::AllButMessage, kind) => kind != Kind::Message,
        }
    }

    #[inline]
    fn before(&mut self, role: &Role) {
        if role.kind == Kind::Field {
            self.head();
        } else if self.stage == Stage::Empty {
            self.open(&self.parts.plan.opening);
        }
    }

    #[inline]
    fn after(&mut self, role: &Role) {
        if role.covers.is_some() || role.kind == Kind::Target {
            self.note(role);
        }
    }

    #[cold]
    fn note(&mut self, role: &Role) {
        if let Some(carried) = role.covers.and_then(|at| self.carried.get_mut(at)) {
            *carried = true;
        }
        if role.kind == Kind::Target {
            self.head();
        }
    }
}

visit_by_field!(Line<'_>);

/// Turns the parts into an object: the first comma becomes the opening brace.
pub(super) fn close(line: &mut Vec<u8>) {
    match line.first_mut() {
        Some(comma) => *comma = b'{',
        None => line.push(b'{'),
    }
    line.extend_from_slice(b"}\n");
}
