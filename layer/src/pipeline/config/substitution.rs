//! Variables in texts of Llama Stack's files: `${env.NAME:=default}`.

use super::environment::Environment;

/// The text with variables in place of `${env.NAME}`, `${env.NAME:=default}`, `${env.NAME:+if it is set}`; files of earlier releases
/// have `${env.NAME:default}`. What is wrong, where there is no such variable.
pub(super) fn substituted(text: &str, variables: &Environment) -> Result<String, String> {
    let mut result = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("${env.") {
        let Some((expression, after)) = after.split_once('}') else {
            return Err("has a `${env.` that is not closed; expected `${env.NAME}` or `${env.NAME:=default}`".to_owned());
        };
        result.push_str(before);
        result.push_str(&value(expression, variables)?);
        rest = after;
    }
    result.push_str(rest);
    Ok(result)
}

fn value(expression: &str, variables: &Environment) -> Result<String, String> {
    let (name, otherwise) = expression.split_once(':').map_or((expression, None), |(name, otherwise)| (name, Some(otherwise)));
    if name.is_empty() || !name.chars().all(|character| character.is_ascii_alphanumeric() || character == '_') {
        return Err("has a `${env.…}` that names no variable; expected `${env.NAME}` or `${env.NAME:=default}`".to_owned());
    }
    let set = variables.get(name);
    if let Some(text) = otherwise.and_then(|otherwise| otherwise.strip_prefix('+')) {
        return Ok(if set.is_some() { text.to_owned() } else { String::new() });
    }
    let default = otherwise.map(|otherwise| otherwise.strip_prefix('=').unwrap_or(otherwise));
    set.or(default).map(str::to_owned).ok_or_else(|| {
        format!("needs the environment variable `{name}`, which is not set; set it, or write `${{env.{name}:=default}}`")
    })
}
