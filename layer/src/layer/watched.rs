//! What an attribute is to the layer, and what it finds out about the attribute's values.

use llm_span_contract::{AttributeType, Operation, Outcome, Value, Values, decimal};

use super::{
    intern::{Interner, Symbol},
    memo::Memo,
    schema::{Mask, Schema},
    state::NO_COUNT,
    told::Quick,
};
use crate::call::stamp::Stamp;

/// Longer texts are not remembered.
const MAX_REMEMBERED: usize = 256;

/// All that is asked of an attribute while its span is read, in one place.
#[derive(Debug)]
pub(crate) struct Watched {
    pub(crate) slot: u8,
    pub(crate) bit: Mask,
    /// Where its number is kept.
    pub(crate) int: Option<u8>,
    /// Where its text is kept.
    pub(crate) symbol: Option<u8>,
    pub(crate) ty: AttributeType,
    /// Its number is kept in billionths.
    pub(crate) is_decimal: bool,
    /// Any text will do, and nobody needs it later: a response's id.
    is_plain: bool,
    /// Any text will do, and it is kept: a model's name.
    is_label: bool,
    /// Whole numbers from this one on are what the attribute allows; of most texts none is.
    least: Option<i64>,
    role: Role,
    values: Values,
    memo: Memo<Text>,
}

/// What an attribute's text tells the layer itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Role {
    None,
    Operation,
    RequestType,
    Outcome,
    Status,
    /// What it says is a finding in itself.
    Complaint,
}

/// What was found out about a text.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Text {
    pub(crate) symbol: Symbol,
    /// It has to be checked the long way.
    pub(crate) suspicious: bool,
    pub(crate) meaning: Meaning,
}

/// A value that nothing is wrong with, as the state keeps it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Clean {
    pub(crate) number: Option<i64>,
    pub(crate) symbol: Option<Symbol>,
    pub(crate) meaning: Meaning,
}

impl Clean {
    fn number(number: i64, symbol: Option<Symbol>) -> Self {
        Self { number: Some(number), symbol, meaning: Meaning::Nothing }
    }
}

/// What a text says of its call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Meaning {
    Nothing,
    Operation(Operation),
    /// One that is none of the conventions'.
    OtherOperation,
    /// Holds where no operation is named.
    RequestType(Operation),
    Outcome(Outcome),
    Failure,
}

impl Watched {
    pub(super) fn new(slot: u8, schema: &Schema) -> Self {
        let of = &schema.slots[usize::from(slot)];
        let roles = [
            (schema.operation, Role::Operation),
            (schema.request_type, Role::RequestType),
            (schema.outcome, Role::Outcome),
            (schema.status, Role::Status),
            (schema.usage_invalid, Role::Complaint),
        ];
        let role = roles.into_iter().find(|(of, _)| *of == Some(slot)).map_or(Role::None, |(_, role)| role);
        let is_unrestricted = of.ty == AttributeType::String && of.values == Values::Any;
        Self {
            slot,
            bit: of.bit,
            int: of.int,
            symbol: of.symbol,
            ty: of.ty,
            is_decimal: of.is_decimal,
            is_plain: is_unrestricted && role == Role::None && of.symbol.is_none(),
            is_label: is_unrestricted && role == Role::None && of.symbol.is_some() && of.int.is_none() && of.bit != 0,
            least: of.ty.admits(&Value::Int(0)).then_some(if of.values == Values::NonNegative { 0 } else { i64::MIN }),
            role,
            values: of.values.clone(),
            memo: Memo::default(),
        }
    }

    /// What a look at a value settles.
    pub(super) fn quick(&self) -> Quick {
        match (self.int, self.least) {
            _ if self.bit == 0 => Quick::Visited,
            (Some(place), Some(least)) if !self.is_decimal && self.symbol.is_none() => {
                Quick::Number { bit: self.bit, place, least }
            }
            // A count that arrives as text is a finding.
            (Some(_), _) if !self.is_decimal => Quick::Visited,
            _ if self.is_plain => Quick::Text { bit: self.bit },
            _ if self.is_plain_list() => Quick::List { bit: self.bit },
            _ => Quick::Planned,
        }
    }

    /// Any list will do, and nobody needs it later: why a response ended.
    fn is_plain_list(&self) -> bool {
        self.ty == AttributeType::StringArray && self.values == Values::Any && self.role == Role::None && self.symbol.is_none()
    }

    /// The symbol of a text, if to keep it takes no room.
    #[inline]
    pub(super) fn known(&self, text: &str, interner: &Interner) -> Option<Symbol> {
        interner.known(self.symbol?.into(), text)
    }

    /// Whether to keep a value takes no room: its text is known, or is not needed.
    pub(super) fn takes_no_room(&self, value: Stamp<'_>, interner: &Interner) -> bool {
        let is_known = |text: &str| self.symbol.is_none() || self.known(text, interner).is_some();
        match value {
            _ if self.symbol.is_none() => true,
            Stamp::Text(text) => is_known(text),
            Stamp::Flag(flag) => is_known(if flag { "true" } else { "false" }),
            Stamp::Int(number) => is_known(&Value::from(number).to_string()),
            Stamp::Double(number) => is_known(&Value::from(number).to_string()),
        }
    }

    /// Whether any text will do, and it is kept.
    #[inline]
    pub(super) fn is_label(&self) -> bool {
        self.is_label
    }

    /// A value as the state keeps it; `None` where the checks have to see it as it is.
    #[inline]
    pub(crate) fn clean(&self, value: Stamp<'_>, interner: &Interner) -> Option<Clean> {
        if self.bit == 0 {
            return None;
        }
        match value {
            Stamp::Int(number) if self.is_decimal || self.symbol.is_some() => self.clean_number(&number.into(), interner),
            Stamp::Int(number) => self.least.filter(|least| number >= *least).map(|_| Clean::number(number, None)),
            Stamp::Double(number) => self.clean_number(&number.into(), interner),
            Stamp::Flag(flag) => {
                let is_flag = matches!(self.ty, AttributeType::Bool | AttributeType::Any);
                is_flag.then(|| Clean::number(NO_COUNT, self.flag(flag, interner)))
            }
            Stamp::Text(text) => {
                let Text { symbol, suspicious, meaning } = self.text(text, interner);
                // A count that arrives as text is a finding.
                (!suspicious && self.int.is_none()).then_some(Clean { number: None, symbol: Some(symbol), meaning })
            }
        }
    }

    fn clean_number(&self, number: &Value<'static>, interner: &Interner) -> Option<Clean> {
        let kept = self.int.map_or(NO_COUNT, |_| self.kept(number));
        let is_wrong = self.is_wrong(number) || (self.is_decimal && kept == NO_COUNT);
        (!is_wrong).then(|| Clean::number(kept, self.number_label(number, interner)))
    }

    /// The symbol of a number, where it is a label.
    pub(crate) fn number_label(&self, number: &Value<'_>, interner: &Interner) -> Option<Symbol> {
        let place = self.symbol.filter(|_| self.ty != AttributeType::Bool)?;
        Some(interner.intern(place.into(), &number.to_string()))
    }

    /// What there is to know of a text. Some are remembered: literals come again and again, and then cost a comparison.
    #[inline]
    pub(crate) fn text(&self, text: &str, interner: &Interner) -> Text {
        if self.is_plain {
            return Text { symbol: Symbol::ABSENT, suspicious: is_blank(text), meaning: Meaning::Nothing };
        }
        self.memo.get(text).unwrap_or_else(|| self.first_seen(text, interner))
    }

    fn first_seen(&self, text: &str, interner: &Interner) -> Text {
        let found = self.judge(text, interner);
        // Content is never remembered: it would stay for the life of the process.
        let comes_again = self.symbol.is_some() || self.role != Role::None;
        if comes_again && text.len() <= MAX_REMEMBERED {
            self.memo.remember(text, found);
        }
        found
    }

    fn judge(&self, text: &str, interner: &Interner) -> Text {
        let symbol = self.symbol.map_or(Symbol::ABSENT, |place| interner.intern(place.into(), text));
        let suspicious = self.role == Role::Complaint || self.is_wrong(&Value::from(text));
        Text { symbol, suspicious, meaning: self.meaning(text) }
    }

    /// Whether a value alone is a finding: by its type, its range or set, or as it is empty.
    pub(crate) fn is_wrong(&self, value: &Value<'_>) -> bool {
        let allowed = match (&self.values, value) {
            (Values::OneOf(values) | Values::Known(values), Value::Str(text)) => values.iter().any(|one| one == text),
            (Values::NonNegative, Value::Int(number)) => *number >= 0,
            (Values::NonNegative, Value::Double(number)) => number.is_finite() && *number >= 0.0,
            _ => true,
        };
        !allowed || !self.ty.admits(value) || value.as_str().is_some_and(is_blank)
    }

    /// The symbol of a boolean, where it has a place.
    pub(crate) fn flag(&self, value: bool, interner: &Interner) -> Option<Symbol> {
        let place = self.symbol.filter(|_| self.ty == AttributeType::Bool)?;
        Some(interner.intern(place.into(), if value { "true" } else { "false" }))
    }

    /// A number as it is kept: a count, or the billionths of an amount.
    pub(crate) fn kept(&self, number: &Value<'_>) -> i64 {
        let amount = |amount: f64| decimal::billionths(amount).and_then(|billionths| i64::try_from(billionths).ok());
        let kept = match (self.is_decimal, number) {
            (true, Value::Double(number)) => amount(*number),
            #[expect(clippy::cast_precision_loss, reason = "an amount is far below 2^53")]
            (true, number) => number.as_int().and_then(|number| amount(number as f64)),
            (false, Value::Int(number)) => Some(*number),
            (false, number) => number.as_count(),
        };
        kept.unwrap_or(NO_COUNT)
    }

    /// The number that a text spells, as it is kept.
    pub(crate) fn spelt(&self, text: &str) -> i64 {
        let text = text.trim();
        if self.is_decimal {
            return text.parse().map_or(NO_COUNT, |number: f64| self.kept(&Value::Double(number)));
        }
        text.parse().unwrap_or(NO_COUNT)
    }

    fn meaning(&self, text: &str) -> Meaning {
        let meaning = match self.role {
            Role::None | Role::Complaint => None,
            Role::Operation if Operation::is_other(text) => Some(Meaning::OtherOperation),
            Role::Operation => Operation::from_name(text).map(Meaning::Operation),
            Role::RequestType => Operation::from_request_type(text).map(Meaning::RequestType),
            Role::Outcome => Outcome::from_name(text).map(Meaning::Outcome),
            Role::Status => text.eq_ignore_ascii_case("error").then_some(Meaning::Failure),
        };
        meaning.unwrap_or(Meaning::Nothing)
    }
}

fn is_blank(text: &str) -> bool {
    !is_visible(text) && text.trim().is_empty()
}

/// Whether a text is not blank, at a glance: nearly every one begins with something that is no space.
pub(super) fn is_visible(text: &str) -> bool {
    text.as_bytes().first().is_some_and(u8::is_ascii_graphic)
}
