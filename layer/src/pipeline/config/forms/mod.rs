//! The forms that a file may have: our own, and those of three systems.
//!
//! A form has defaults, which the program's own settings are laid over, and what stands in the file, which is laid over these.

mod gateway;
mod llama_stack;
mod own;
mod own_otlp;
mod twinkle;

use llm_span_contract::suggest::nearest;

use super::{
    block::Field,
    draft::Draft,
    environment::Environment,
    problems::{Place, Problems},
    said::Said,
    yaml::{Node, Value},
};

/// One of the three systems' forms; without a field, as variables alone chose it.
#[derive(Debug)]
pub(super) enum Form<'a> {
    Gateway(Field<'a>),
    Twinkle(Option<Field<'a>>),
    LlamaStack(Option<Field<'a>>),
}

/// What of a file is ours.
#[derive(Debug, Default)]
pub(super) struct Found<'a> {
    form: Option<Form<'a>>,
    own: Option<Field<'a>>,
}

/// Our blocks.
const BLOCKS: [&str; 3] = ["llm_span", "observability", "telemetry"];

/// Where they stand in a file.
pub(super) const PATHS: [&[&str]; 4] = [&["llm_span"], &["observability"], &["telemetry"], &["providers", "telemetry"]];

impl<'a> Found<'a> {
    /// Looks for our blocks; what else stands in the file is the application's. Without a form variables may choose one: a worker of
    /// Twinkle's has no file.
    pub(super) fn in_documents(documents: &'a [Node], variables: &'a Environment, problems: &'a Problems) -> Self {
        let mut found = Self::default();
        let mut seen = Vec::new();
        let ours: Vec<(&str, &Node)> = documents.iter().flat_map(|document| ours(document, problems)).collect();
        let has_own = ours.iter().any(|(key, _)| *key == "llm_span");
        for (key, node) in ours {
            if key == "telemetry" && has_own && !is_a_systems(&Field::new(problems, key, node)) {
                continue;
            }
            if seen.contains(&key) {
                let what = format!("`{key}` stands in the file twice; leave one out");
                problems.tell(Place::File(node.mark), what);
                continue;
            }
            seen.push(key);
            let field = Field::new(problems, key, node);
            match key {
                "llm_span" => found.own = Some(field),
                "observability" => found.choose(Form::Gateway(field)),
                _ if field.is_list() => found.choose(Form::LlamaStack(Some(field.with_variables(variables)))),
                _ if field.is_mapping() => found.choose(Form::Twinkle(Some(field))),
                _ => {
                    field.expected("a mapping as Twinkle has it (`enabled: true`), or a list of providers as Llama Stack has it");
                }
            }
        }
        if seen.is_empty() {
            for document in documents {
                near_misses(document, problems);
            }
        }
        if found.form.is_none() {
            found.form = by_variables(variables);
        }
        found
    }

    /// Which file and which blocks of it were read, or what else chose a form.
    pub(super) fn origin(&self, file: Option<&str>) -> String {
        let form = match &self.form {
            Some(Form::Gateway(_)) => Some("observability"),
            Some(Form::Twinkle(Some(_)) | Form::LlamaStack(Some(_))) => Some("telemetry"),
            _ => None,
        };
        let blocks: Vec<&str> = form.into_iter().chain(self.own.as_ref().map(|_| "llm_span")).collect();
        let file = match (file, blocks.is_empty()) {
            (None, _) => "no file".to_owned(),
            (Some(file), true) => format!("{file} has no block of telemetry"),
            (Some(file), false) => format!("{file}, {}", blocks.join(" and ")),
        };
        match &self.form {
            Some(Form::Twinkle(None)) => format!("{file}; environment, twinkle"),
            Some(Form::LlamaStack(None)) => format!("{file}; environment, llama_stack"),
            _ => file,
        }
    }

    /// Whether Twinkle's variables alone chose its form.
    pub(super) fn is_twinkle_worker(&self) -> bool {
        matches!(self.form, Some(Form::Twinkle(None)))
    }

    fn choose(&mut self, form: Form<'a>) {
        match &self.form {
            None => self.form = Some(form),
            Some(_) => {
                if let Form::Gateway(field) | Form::Twinkle(Some(field)) | Form::LlamaStack(Some(field)) = &form {
                    field.refuse(
                        "stands beside another system's block; expected `observability` (LLM gateway) or `telemetry` (Twinkle, Llama Stack), \
                         not both; say further settings in `llm_span`",
                    );
                }
            }
        }
    }

    /// The defaults of the form.
    pub(super) fn defaults(&self, variables: &Environment, draft: &mut Draft<'_>) {
        match &self.form {
            None => {}
            Some(Form::Gateway(_)) => gateway::defaults(draft),
            Some(Form::Twinkle(_)) => twinkle::defaults(draft),
            Some(Form::LlamaStack(_)) => llama_stack::defaults(variables, draft),
        }
    }

    /// What stands in the file.
    pub(super) fn apply(&self, variables: &Environment, draft: &mut Draft<'_>) {
        match &self.form {
            Some(Form::Gateway(field)) => gateway::apply(field, draft),
            Some(Form::Twinkle(Some(field))) => twinkle::apply(field, draft),
            Some(Form::LlamaStack(Some(field))) => llama_stack::apply(field, variables, draft),
            _ => {}
        }
        if let Some(own) = &self.own {
            own::apply(own, draft);
        }
    }

    /// What the form's own variables say.
    pub(super) fn apply_variables(&self, variables: &Environment, draft: &mut Draft<'_>) {
        match &self.form {
            Some(Form::Twinkle(_)) => twinkle::apply_variables(variables, draft),
            Some(Form::LlamaStack(_)) => llama_stack::apply_variables(variables, draft),
            _ => {}
        }
    }
}

fn by_variables<'a>(variables: &Environment) -> Option<Form<'a>> {
    if variables.get(twinkle::ENABLED).is_some() {
        return Some(Form::Twinkle(None));
    }
    variables.get(llama_stack::SINKS).map(|_| Form::LlamaStack(None))
}

/// The blocks of a document that are ours, as their keys and what stands under them.
fn ours<'a>(document: &'a Node, problems: &Problems) -> Vec<(&'static str, &'a Node)> {
    let entries = match &document.value {
        Value::Mapping(entries) => entries,
        Value::Scalar(scalar) if scalar.is_null() => return Vec::new(),
        _ => {
            let what = "the file holds no settings; expected a mapping: `llm_span:`, `observability:` or `telemetry:` with settings below";
            problems.tell(Place::File(document.mark), what);
            return Vec::new();
        }
    };
    let mut ours: Vec<(&str, &Node)> = Vec::new();
    for (key, node) in entries {
        let known = BLOCKS.into_iter().find(|known| key.text.as_deref() == Some(*known));
        ours.extend(known.filter(|_| !node.is_null()).map(|known| (known, node)));
        if key.text.as_deref() == Some("providers") {
            ours.extend(provided(node).map(|node| ("telemetry", node)));
        }
    }
    ours
}

/// Whether it is Twinkle's or Llama Stack's: beside our own block, a `telemetry` may be the application's.
fn is_a_systems(field: &Field<'_>) -> bool {
    field.has_any(&twinkle::KEYS) || field.lists_any(&llama_stack::KEYS)
}

/// A file without a block of ours may have one with a slip of the pen in its name, which nobody would notice.
fn near_misses(document: &Node, problems: &Problems) {
    let Value::Mapping(entries) = &document.value else { return };
    let is_block = |node: &Node| matches!(node.value, Value::Mapping(_) | Value::List(_) | Value::Alias(_));
    for (key, text) in entries.iter().filter(|(_, node)| is_block(node)).filter_map(|(key, _)| Some((key, key.text.as_deref()?)))
    {
        let normal = text.trim().to_lowercase().replace(['-', ' ', '.'], "_");
        let near = BLOCKS.into_iter().find(|block| block.replace('_', "") == normal.replace('_', ""));
        if let Some(near) = near.or_else(|| nearest(&normal, BLOCKS)).filter(|near| *near != text) {
            let what = format!(
                "`{}` is no block of telemetry, and the file has none; did you mean `{near}`?",
                text.chars().take(60).collect::<String>()
            );
            problems.tell(Place::File(key.mark), what);
        }
    }
}

/// Llama Stack's run configuration has its list below `providers`.
fn provided(node: &Node) -> Option<&Node> {
    let Value::Mapping(entries) = &node.value else { return None };
    let (_, node) = entries.iter().find(|(key, _)| key.text.as_deref() == Some("telemetry"))?;
    matches!(node.value, Value::List(_)).then_some(node)
}

/// What several forms say alike.
fn service_name(said: Option<Said<'_>>, draft: &mut Draft<'_>) {
    if let Some(said) = said {
        // Llama Stack's files have a space of no width for an empty name.
        said.text.trim().trim_matches('\u{200b}').clone_into(&mut draft.settings.service_name);
        draft.note("service_name", &said);
    }
}

/// Adds resource attributes; `service.name` among them is the service's name, unless that is said beside them.
fn resource_attributes(field: &Field<'_>, is_name_said: bool, draft: &mut Draft<'_>) {
    let Some(block) = field.any_block() else { return };
    for (key, value) in block.entries() {
        let Some(said) = value.any_text("a text") else { continue };
        if key.is_empty() {
            value.refuse("has no name; expected the key of an attribute: `deployment.environment.name`");
        } else if key != "service.name" {
            draft.settings.resource_attributes.insert(key.to_owned(), said.text);
        } else if is_name_said {
            value.refuse("is said by `service_name`, too; leave one out");
        } else {
            service_name(Some(said), draft);
        }
    }
}

/// Headers of OTLP, laid over those that are there; their values are never shown.
fn headers(field: &Field<'_>, endpoints: &mut Vec<(String, crate::pipeline::settings::Secret)>) {
    if !field.is_mapping() {
        field.refuse(format_args!("is {}; expected a mapping of names and values: `authorization: \"Bearer …\"`", field.kind()));
        return;
    }
    let Some(block) = field.any_block() else { return };
    for (name, value) in block.entries() {
        let name = match super::values::header_name(name) {
            Ok(name) => name,
            Err(wrong) => {
                value.refuse_as(&field.path, wrong);
                continue;
            }
        };
        let Some(said) = value.secret() else { continue };
        if said.read(super::values::header_value).is_some() {
            super::headers::lay(endpoints, name, &said.text);
        }
    }
}
