//! YAML as a tree of nodes that know their places.
//!
//! Aliases and merges are followed only where settings of ours are read: what the application makes of its own is not our concern.
//!
//! Scalars stay as they are written: `version: 1.10` is a text to one setting and a number to another. The tree is built without
//! recursion and of bounded depth, so that no file can exhaust the stack.

use std::collections::{BTreeMap, BTreeSet};

use saphyr_parser::{Event, Marker, Parser, ScalarStyle, ScanError, Tag};

use super::problems::Mark;

/// Files nest less deep than this.
const DEPTH: usize = 100;
/// So many nodes of ours may come from aliases: a few of them can stand for billions.
const ALIASED: usize = 50_000;

#[derive(Clone, Debug)]
pub(super) struct Node {
    pub(super) mark: Mark,
    pub(super) value: Value,
}

#[derive(Clone, Debug)]
pub(super) enum Value {
    Scalar(Scalar),
    List(Vec<Node>),
    Mapping(Vec<(Key, Node)>),
    /// What stands elsewhere; `None`: what this is part of.
    Alias(Option<usize>),
}

/// A scalar as it is written.
#[derive(Clone, Debug)]
pub(super) struct Scalar {
    pub(super) text: String,
    /// Without quotes: it may be a number, a boolean or null.
    pub(super) is_plain: bool,
}

#[derive(Clone, Debug)]
pub(super) struct Key {
    pub(super) mark: Mark,
    /// `None`: a key that is a list or a mapping.
    pub(super) text: Option<String>,
}

impl Node {
    /// Nothing, or `null`.
    pub(super) fn is_null(&self) -> bool {
        matches!(&self.value, Value::Scalar(scalar) if scalar.is_null())
    }
}

impl Scalar {
    pub(super) fn is_null(&self) -> bool {
        self.is_plain && matches!(self.text.as_str(), "" | "~" | "null" | "Null" | "NULL")
    }
}

/// What is wrong with a text, and where.
pub(super) type Wrong = (Mark, String);

/// The documents of a text. Aliases are followed below these paths.
pub(super) fn load(text: &str, paths: &[&[&str]]) -> Result<Vec<Node>, Wrong> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let lines = Lines::of(text);
    let mut loading = Loading::default();
    let mut parser = Parser::new_from_str(text);
    while let Some(event) = parser.next_event() {
        let (event, span) = event.map_err(|error| (lines.mark(*error.marker()), invalid(&error)))?;
        loading.take(event, lines.mark(span.start))?;
    }
    let mut documents = loading.documents;
    let mut aliases = Aliases { anchors: loading.anchors, followed: 0 };
    for document in &mut documents {
        aliases.follow_below(document, paths)?;
    }
    Ok(documents)
}

/// What is open while a text is read.
#[derive(Default)]
struct Loading {
    documents: Vec<Node>,
    open: Vec<Open>,
    anchors: BTreeMap<usize, Node>,
}

struct Open {
    node: Node,
    anchor: usize,
    /// The key whose value comes next.
    key: Option<Key>,
}

impl Loading {
    fn take(&mut self, event: Event<'_>, mark: Mark) -> Result<(), (Mark, String)> {
        match event {
            Event::Scalar(text, style, anchor, tag) => {
                let is_plain = style == ScalarStyle::Plain && !tag.is_some_and(|tag| is_text(&tag));
                let scalar = Scalar { text: text.into_owned(), is_plain };
                self.place(Node { mark, value: Value::Scalar(scalar) }, anchor);
            }
            Event::SequenceStart(anchor, _) => self.open(Node { mark, value: Value::List(Vec::new()) }, anchor)?,
            Event::MappingStart(anchor, _) => self.open(Node { mark, value: Value::Mapping(Vec::new()) }, anchor)?,
            Event::SequenceEnd | Event::MappingEnd => {
                if let Some(Open { node, anchor, .. }) = self.open.pop() {
                    self.place(node, anchor);
                }
            }
            Event::Alias(anchor) => {
                let anchor = self.anchors.contains_key(&anchor).then_some(anchor);
                self.place(Node { mark, value: Value::Alias(anchor) }, 0);
            }
            Event::Nothing | Event::StreamStart | Event::StreamEnd | Event::DocumentStart(_) | Event::DocumentEnd => {}
        }
        Ok(())
    }

    fn open(&mut self, node: Node, anchor: usize) -> Result<(), (Mark, String)> {
        if self.open.len() >= DEPTH {
            return Err((node.mark, format!("this is nested more than {DEPTH} deep; expected a file of settings")));
        }
        self.open.push(Open { node, anchor, key: None });
        Ok(())
    }

    /// Puts a node where it belongs: into what is open, or among the documents.
    fn place(&mut self, node: Node, anchor: usize) {
        if anchor > 0 {
            self.anchors.insert(anchor, node.clone());
        }
        let Some(open) = self.open.last_mut() else {
            self.documents.push(node);
            return;
        };
        match (&mut open.node.value, open.key.take()) {
            (Value::Mapping(entries), Some(key)) => entries.push((key, node)),
            (Value::Mapping(_), None) => {
                let stands_for = if let Value::Alias(Some(anchor)) = node.value { self.anchors.get(&anchor) } else { None };
                let text = match &stands_for.unwrap_or(&node).value {
                    Value::Scalar(scalar) => Some(scalar.text.clone()),
                    _ => None,
                };
                open.key = Some(Key { mark: node.mark, text });
            }
            (Value::List(items), _) => items.push(node),
            (Value::Scalar(_) | Value::Alias(_), _) => {}
        }
    }
}

/// What aliases stand for.
struct Aliases {
    /// What was complete before its aliases: so none stands inside of itself.
    anchors: BTreeMap<usize, Node>,
    followed: usize,
}

impl Aliases {
    /// Follows aliases, and merges mappings, below these paths and on the way to them.
    fn follow_below(&mut self, node: &mut Node, paths: &[&[&str]]) -> Result<(), Wrong> {
        if paths.iter().any(|path| path.is_empty()) {
            return self.follow(node, 0);
        }
        self.follow_one(node)?;
        let Value::Mapping(entries) = &mut node.value else { return Ok(()) };
        for (_, node) in entries.iter_mut().filter(|(key, _)| key.is_merge()) {
            self.follow_one(node)?;
            if let Value::List(items) = &mut node.value {
                items.iter_mut().try_for_each(|item| self.follow_one(item))?;
            }
        }
        merge(node);
        let Value::Mapping(entries) = &mut node.value else { return Ok(()) };
        for (key, node) in entries {
            let below = |path: &&[&str]| path.split_first().is_some_and(|(first, _)| key.text.as_deref() == Some(first));
            let below: Vec<&[&str]> = paths.iter().copied().filter(below).map(|path| &path[1..]).collect();
            if !below.is_empty() {
                self.follow_below(node, &below)?;
            }
        }
        Ok(())
    }

    /// All below a node. What stands for it may hold aliases in its turn.
    fn follow(&mut self, node: &mut Node, depth: usize) -> Result<(), Wrong> {
        if depth > DEPTH {
            return Err((node.mark, format!("this is nested more than {DEPTH} deep; expected a file of settings")));
        }
        self.follow_one(node)?;
        match &mut node.value {
            Value::Scalar(_) | Value::Alias(_) => {}
            Value::List(items) => items.iter_mut().try_for_each(|item| self.follow(item, depth + 1))?,
            Value::Mapping(entries) => {
                entries.iter_mut().try_for_each(|(_, node)| self.follow(node, depth + 1))?;
                merge(node);
            }
        }
        Ok(())
    }

    /// Puts what an alias stands for in its place.
    fn follow_one(&mut self, node: &mut Node) -> Result<(), Wrong> {
        while let Value::Alias(anchor) = node.value {
            let Some(found) = anchor.and_then(|anchor| self.anchors.get(&anchor)) else {
                return Err((node.mark, "an alias stands inside of what it stands for; take it out".to_owned()));
            };
            self.followed += found.size();
            if self.followed > ALIASED {
                return Err((node.mark, format!("more than {ALIASED} values come from aliases; write out what is meant")));
            }
            node.value = found.value.clone();
        }
        Ok(())
    }
}

impl Node {
    /// How many nodes it is, aliases as one each.
    fn size(&self) -> usize {
        1 + match &self.value {
            Value::Scalar(_) | Value::Alias(_) => 0,
            Value::List(items) => items.iter().map(Self::size).sum(),
            Value::Mapping(entries) => entries.iter().map(|(_, node)| 1 + node.size()).sum(),
        }
    }
}

impl Key {
    fn is_merge(&self) -> bool {
        self.text.as_deref() == Some("<<")
    }
}

/// `<<: *defaults`: the keys of another mapping, or of several, where they are not said here.
fn merge(node: &mut Node) {
    let Value::Mapping(entries) = &mut node.value else { return };
    let is_merge = |(key, node): &(Key, Node)| {
        let merges = |node: &Node| matches!(node.value, Value::Mapping(_));
        key.is_merge()
            && match &node.value {
                Value::List(items) => items.iter().all(merges),
                _ => merges(node),
            }
    };
    let merged: Vec<Node> = entries.extract_if(.., |entry| is_merge(entry)).map(|(_, node)| node).collect();
    if merged.is_empty() {
        return;
    }
    let merged = merged.into_iter().flat_map(|node| if let Value::List(items) = node.value { items } else { vec![node] });
    let mut said: BTreeSet<Option<String>> = entries.iter().map(|(key, _)| key.text.clone()).collect();
    for node in merged {
        let Value::Mapping(further) = node.value else { continue };
        entries.extend(further.into_iter().filter(|(key, _)| said.insert(key.text.clone())));
    }
}

fn is_text(tag: &Tag) -> bool {
    tag.is_yaml_core_schema() && tag.suffix == "str"
}

/// How long each line is, in characters.
struct Lines(Vec<usize>);

impl Lines {
    fn of(text: &str) -> Self {
        let text = text.replace("\r\n", "\n");
        Self(text.split(['\n', '\r']).map(|line| line.chars().count()).collect())
    }

    /// The parser's columns count from 0, and what ends too early it finds behind the end.
    fn mark(&self, marker: Marker) -> Mark {
        let line = marker.line().clamp(1, self.0.len().max(1));
        let end = self.0.get(line - 1).map_or(1, |length| length + 1);
        Mark { line, column: if marker.line() > line { end } else { (marker.col() + 1).min(end) } }
    }
}

fn invalid(error: &ScanError) -> String {
    let info = error.info();
    if info.contains("tab") && !info.contains("expected") {
        return "a tab stands where YAML wants spaces; indent by spaces".to_owned();
    }
    format!("this is no valid YAML: {info}; look at the indentation, and at quotes and brackets that are open")
}
