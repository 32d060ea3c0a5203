//! Mappings of the file, and what stands in them.

use std::collections::BTreeMap;

use llm_span_contract::suggest::nearest;

use super::{
    environment::Environment,
    problems::{Place, Problems},
    said::Said,
    substitution, values,
    yaml::{Key, Node, Scalar, Value},
};

/// A value in the file, and what it is called.
#[derive(Clone, Debug)]
pub(super) struct Field<'a> {
    pub(super) problems: &'a Problems,
    pub(super) path: String,
    node: &'a Node,
    /// Whose variables stand in texts, as `${env.NAME}`.
    variables: Option<&'a Environment>,
}

/// A mapping in the file, of which the keys are known.
#[derive(Debug)]
pub(super) struct Block<'a> {
    field: Field<'a>,
    entries: &'a [(Key, Node)],
}

impl<'a> Field<'a> {
    pub(super) fn new(problems: &'a Problems, path: impl Into<String>, node: &'a Node) -> Self {
        Self { problems, path: path.into(), node, variables: None }
    }

    /// With variables that stand in texts.
    pub(super) fn with_variables(self, variables: &'a Environment) -> Self {
        Self { variables: Some(variables), ..self }
    }

    fn place(&self) -> Place {
        Place::File(self.node.mark)
    }

    pub(super) fn is_mapping(&self) -> bool {
        matches!(self.node.value, Value::Mapping(_))
    }

    pub(super) fn is_list(&self) -> bool {
        matches!(self.node.value, Value::List(_))
    }

    /// Whether it is a mapping with one of these keys.
    pub(super) fn has_any(&self, keys: &[&str]) -> bool {
        let Value::Mapping(entries) = &self.node.value else { return false };
        entries.iter().any(|(key, _)| key.text.as_deref().is_some_and(|key| keys.contains(&key)))
    }

    /// Whether it is a list of which an item has one of these keys.
    pub(super) fn lists_any(&self, keys: &[&str]) -> bool {
        let Value::List(items) = &self.node.value else { return false };
        items.iter().any(|node| Field { node, ..self.clone() }.has_any(keys))
    }

    pub(super) fn refuse(&self, what: impl std::fmt::Display) {
        self.problems.tell(self.place(), format!("`{}` {what}", self.path));
    }

    /// The same under another name: that of a header may be a slip of the pen, and its value.
    pub(super) fn refuse_as(&self, path: &str, what: impl std::fmt::Display) {
        self.problems.tell(self.place(), format!("`{path}` {what}"));
    }

    /// Tells that something else stands there.
    pub(super) fn expected(&self, expected: &str) {
        let found = match &self.node.value {
            Value::Scalar(scalar) if !scalar.is_plain => format!("the text {}", values::quoted(&scalar.text)),
            Value::Scalar(scalar) if scalar.is_null() => self.kind().to_owned(),
            Value::Scalar(scalar) if is_boolean(scalar) => scalar.text.clone(),
            Value::Scalar(scalar) => values::shown(&scalar.text),
            _ => self.kind().to_owned(),
        };
        self.refuse(format_args!("is {found}; expected {expected}"));
    }

    /// What stands there, without showing it.
    pub(super) fn kind(&self) -> &'static str {
        match &self.node.value {
            Value::List(_) => "a list",
            Value::Mapping(_) => "a mapping",
            Value::Alias(_) => "an alias",
            Value::Scalar(scalar) if is_number(scalar) => "a number",
            Value::Scalar(scalar) if is_boolean(scalar) => "a boolean",
            Value::Scalar(scalar) if scalar.is_null() => "nothing",
            Value::Scalar(_) => "a text",
        }
    }

    /// The mapping that stands there; keys that are none of these are told.
    pub(super) fn block(&self, keys: &[&str]) -> Option<Block<'a>> {
        let block = self.any_block()?;
        for (key, _) in block.entries {
            let name = key.text.as_deref();
            if name.is_some_and(|name| keys.contains(&name)) {
                continue;
            }
            let help = match name.and_then(|name| nearest(name, keys.iter().copied())) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("expected {}", values::either(keys.iter().copied())),
            };
            let what = match name {
                Some(name) => format!("has no setting `{}`", name.chars().take(60).collect::<String>()),
                None => "has a list or a mapping as a key".to_owned(),
            };
            self.problems.tell(Place::File(key.mark), format!("`{}` {what}; {help}", self.path));
        }
        Some(block)
    }

    /// The mapping that stands there, of whatever keys, each once.
    pub(super) fn any_block(&self) -> Option<Block<'a>> {
        let Value::Mapping(entries) = &self.node.value else {
            self.expected("a mapping of settings");
            return None;
        };
        let mut earlier: BTreeMap<&str, usize> = BTreeMap::new();
        for (key, name) in entries.iter().filter_map(|(key, _)| Some((key, key.text.as_deref()?))) {
            if let Some(line) = earlier.get(name) {
                let message = format!("`{}` has `{name}` twice, first in line {line}; leave one out", self.path);
                self.problems.tell(Place::File(key.mark), message);
            } else {
                earlier.insert(name, key.mark.line);
            }
        }
        Some(Block { field: self.clone(), entries })
    }

    /// The items of the list that stands there.
    pub(super) fn list(&self, expected: &str) -> Option<Vec<Field<'a>>> {
        let Value::List(items) = &self.node.value else {
            self.expected(expected);
            return None;
        };
        let item = |(index, node)| Field { path: format!("{}[{index}]", self.path), node, ..self.clone() };
        Some(items.iter().enumerate().map(item).collect())
    }

    /// Names in a list, or between commas.
    pub(super) fn names(&self, expected: &str) -> Option<Vec<Said<'a>>> {
        match &self.node.value {
            Value::List(_) => self.list(expected)?.iter().map(|item| item.text("a name")).collect(),
            Value::Scalar(scalar) if !is_number(scalar) && !is_boolean(scalar) => Some(self.scalar()?.parts()),
            _ => {
                self.expected(expected);
                None
            }
        }
    }

    /// A text; a number or a boolean would be one in quotes.
    pub(super) fn text(&self, expected: &str) -> Option<Said<'a>> {
        match &self.node.value {
            Value::Scalar(scalar) if is_number(scalar) || is_boolean(scalar) => {
                self.refuse(format_args!(
                    "is {} {}; expected {expected}; put it in quotes if it is one",
                    self.kind(),
                    scalar.text
                ));
                None
            }
            Value::Scalar(scalar) if scalar.is_null() => {
                self.refuse(format_args!("is empty; expected {expected}"));
                None
            }
            Value::Scalar(_) => self.scalar(),
            _ => {
                self.expected(expected);
                None
            }
        }
    }

    /// A scalar as it is written, whatever it is.
    pub(super) fn any_text(&self, expected: &str) -> Option<Said<'a>> {
        if matches!(self.node.value, Value::Scalar(_)) {
            return self.scalar();
        }
        self.expected(expected);
        None
    }

    /// A text that is not to be shown, whatever is wrong with it.
    pub(super) fn secret(&self) -> Option<Said<'a>> {
        match &self.node.value {
            Value::Scalar(scalar) if !is_number(scalar) && !is_boolean(scalar) && !scalar.is_null() => self.scalar(),
            _ => {
                self.refuse(format_args!("is {}; expected a text in quotes", self.kind()));
                None
            }
        }
    }

    pub(super) fn boolean(&self) -> Option<bool> {
        match &self.node.value {
            Value::Scalar(scalar) if self.is_substituted() => Some(scalar).and_then(|_| self.scalar()?.boolean()),
            Value::Scalar(scalar) if is_boolean(scalar) => Some(scalar.text.eq_ignore_ascii_case("true")),
            _ => {
                self.expected("`true` or `false`");
                None
            }
        }
    }

    /// A number, as it is written.
    pub(super) fn number(&self, expected: &str) -> Option<Said<'a>> {
        match &self.node.value {
            Value::Scalar(scalar) if is_number(scalar) => self.scalar(),
            _ => {
                self.expected(expected);
                None
            }
        }
    }

    /// Whether it is `true` or `false`, without telling where it is not.
    pub(super) fn as_boolean(&self) -> Option<bool> {
        let Value::Scalar(scalar) = &self.node.value else { return None };
        is_boolean(scalar).then(|| scalar.text.eq_ignore_ascii_case("true"))
    }

    /// A number as it is written, without telling where it is none.
    pub(super) fn as_number(&self) -> Option<&'a str> {
        let Value::Scalar(scalar) = &self.node.value else { return None };
        is_number(scalar).then_some(scalar.text.as_str())
    }

    fn is_substituted(&self) -> bool {
        matches!(&self.node.value, Value::Scalar(scalar) if self.variables.is_some() && scalar.text.contains("${env."))
    }

    /// The scalar, with variables in their places.
    fn scalar(&self) -> Option<Said<'a>> {
        let Value::Scalar(scalar) = &self.node.value else { return None };
        let mut said = Said { problems: self.problems, place: self.place(), name: self.path.clone(), text: scalar.text.clone() };
        if let Some(variables) = self.variables {
            said.text = substitution::substituted(&scalar.text, variables).map_err(|wrong| said.refuse(wrong)).ok()?;
        }
        Some(said)
    }
}

impl<'a> Block<'a> {
    /// What stands under a key; nothing, and `null`, count as not said.
    pub(super) fn get(&self, key: &str) -> Option<Field<'a>> {
        self.entries
            .iter()
            .rfind(|(other, node)| other.text.as_deref() == Some(key) && !node.is_null())
            .map(|(_, node)| self.at(key, node))
    }

    /// Each key that is a text, with what stands under it.
    pub(super) fn entries(&self) -> impl Iterator<Item = (&'a str, Field<'a>)> {
        self.entries.iter().filter_map(|(key, node)| {
            let key = key.text.as_deref()?;
            Some((key, self.at(key, node)))
        })
    }

    fn at(&self, key: &str, node: &'a Node) -> Field<'a> {
        Field { path: format!("{}.{key}", self.field.path), node, ..self.field.clone() }
    }
}

/// As YAML 1.2 has them.
fn is_boolean(scalar: &Scalar) -> bool {
    scalar.is_plain && matches!(scalar.text.as_str(), "true" | "True" | "TRUE" | "false" | "False" | "FALSE")
}

fn is_number(scalar: &Scalar) -> bool {
    let text = scalar.text.strip_prefix(['-', '+']).unwrap_or(&scalar.text);
    let is_numeric = text.starts_with(|first: char| first.is_ascii_digit() || first == '.') && text.parse::<f64>().is_ok();
    scalar.is_plain && (is_numeric || matches!(text, ".inf" | ".Inf" | ".INF" | ".nan" | ".NaN" | ".NAN"))
}
