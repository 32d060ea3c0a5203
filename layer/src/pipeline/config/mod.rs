//! Settings from a YAML file and from the environment.

mod block;
mod check;
mod draft;
mod endpoint;
mod environment;
mod error;
mod forms;
mod headers;
mod names;
mod problems;
mod said;
mod substitution;
mod url;
mod values;
mod variables;
mod worker;
mod yaml;

pub(crate) use environment::Environment;
pub use error::{SettingsError, SettingsErrors};

use std::path::Path;

use self::{
    draft::Draft,
    forms::Found,
    problems::{Place, Problems},
    yaml::Node,
};
use super::settings::Settings;

/// A YAML document, and what it is called in messages.
#[derive(Clone, Debug)]
pub(crate) struct Document {
    /// The file's name, `config.yaml`.
    pub(crate) name: String,
    pub(crate) text: String,
}

impl Document {
    /// The file at that path.
    pub(crate) fn read(path: &Path) -> Result<Self, SettingsErrors> {
        Self::at(path).map_err(|wrong| SettingsErrors::one(path.display().to_string(), wrong))
    }

    fn at(path: &Path) -> Result<Self, String> {
        match std::fs::read_to_string(path) {
            Ok(text) => Ok(Self { name: path.display().to_string(), text }),
            Err(error) => Err(format!("can't be read: {error}; give the path of a YAML file")),
        }
    }

    /// The file that the environment names, where the program names none.
    pub(crate) fn of_environment(environment: &Environment) -> Result<Option<Self>, SettingsErrors> {
        let Some(path) = environment.get(CONFIG) else { return Ok(None) };
        let unreadable = |wrong| SettingsErrors::one("environment", format!("`{CONFIG}` names the file {path}, which {wrong}"));
        Self::at(Path::new(path)).map(Some).map_err(unreadable)
    }
}

const CONFIG: &str = "LLM_SPAN_CONFIG";

/// A change of settings that the program makes.
pub(crate) type Change = Box<dyn FnOnce(&mut Settings) + Send>;

/// Lays code, file and environment over each other: first the defaults of the file's form (or of none), then what the program sets, then
/// what stands in the file, then what the environment says. All that is wrong is told at once.
pub(crate) fn read(
    document: Option<&Document>,
    code: Vec<Change>,
    environment: &Environment,
) -> Result<Settings, SettingsErrors> {
    let problems = Problems::default();
    let documents = document.map_or_else(Vec::new, |document| nodes(document, &problems));
    let found = Found::in_documents(&documents, environment, &problems);
    let mut draft = Draft::new(&problems);
    found.defaults(environment, &mut draft);
    for change in code {
        change(&mut draft.settings);
    }
    draft.after_program();
    found.apply(environment, &mut draft);
    found.apply_variables(environment, &mut draft);
    variables::apply(environment, &mut draft);
    check::check(&mut draft);
    let mut settings = draft.settings;
    settings.origin = found.origin(document.map(|document| document.name.as_str()));
    settings.is_twinkle_worker = found.is_twinkle_worker();
    problems.into_result(document.map_or("", |document| &document.name))?;
    Ok(settings)
}

/// The documents of a file; one that is no YAML has none.
fn nodes(document: &Document, problems: &Problems) -> Vec<Node> {
    match yaml::load(&document.text, &forms::PATHS) {
        Ok(nodes) => nodes,
        Err((mark, what)) => {
            problems.tell(Place::File(mark), what);
            Vec::new()
        }
    }
}
