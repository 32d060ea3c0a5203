//! One event as one line.

use super::layout::Layout;
use super::plan::{Message, Plan, Role};
use super::time;
use super::turn::Buffers;
use super::value::Values;
use super::visit::visit_by_field;
use crate::ids::SpanIds;
use tracing::Event;
use tracing::field::Field;

/// A line while it is written: a visitor of the event's fields.
pub(super) struct Line<'a> {
    pub(super) buffers: &'a mut Buffers,
    pub(super) plan: &'a Plan,
    pub(super) layout: &'a Layout,
    pub(super) ids: Option<SpanIds>,
    pub(super) values: Values,
    pub(super) visit: Fields,
    /// Whether target and ids are written, which stand between the message and the fields.
    pub(super) headed: bool,
}

/// Which fields a visit is for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Fields {
    All,
    Message,
    AllButMessage,
}

impl Line<'_> {
    /// Writes everything that comes from the event itself, each part with a comma before it.
    pub(super) fn event(&mut self, event: &Event<'_>) {
        if !self.layout.time.is_empty() {
            time::now(&self.layout.time, &mut self.buffers.line);
        }
        self.buffers.line.extend_from_slice(&self.plan.level);
        if self.plan.message == Message::Later {
            self.visit = Fields::Message;
            event.record(self);
            self.visit = Fields::AllButMessage;
        }
        event.record(self);
        self.head();
    }

    fn head(&mut self) {
        if self.headed {
            return;
        }
        self.headed = true;
        self.buffers.line.extend_from_slice(&self.plan.target);
        if let Some(ids) = &self.ids {
            self.layout.ids.write(ids, &mut self.buffers.line);
        }
    }

    fn field(&mut self, field: &Field, value: impl FnOnce(Values, &mut Vec<u8>)) {
        let plan = self.plan;
        let role = plan.role(field);
        match self.visit {
            Fields::Message if !matches!(role, Role::Message(_)) => return,
            Fields::AllButMessage if matches!(role, Role::Message(_)) => return,
            _ => {}
        }
        match role {
            Role::Message(key) => self.pair(key, value),
            Role::Target(key) => {
                self.pair(key, value);
                self.head();
            }
            Role::Field { key, covers } => {
                self.head();
                self.pair(key, value);
                if let Some(carried) = covers.and_then(|at| self.buffers.carried.get_mut(at)) {
                    *carried = true;
                }
            }
            Role::Skip => {}
        }
    }

    fn pair(&mut self, key: &[u8], value: impl FnOnce(Values, &mut Vec<u8>)) {
        let out = &mut self.buffers.line;
        out.extend_from_slice(key);
        value(self.values, out);
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
