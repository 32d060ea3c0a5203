//! Texts as JSON has them.

use std::borrow::Cow;

use serde_json::Value;

use crate::usage::Response;

/// A text; none where it is empty, as id and model in the first chunk of Azure.
pub(super) fn text(value: &Value) -> Option<Cow<'_, str>> {
    value.as_str().filter(|text| !text.is_empty()).map(Cow::Borrowed)
}

/// The first of them.
pub(super) fn first<'a>(values: impl IntoIterator<Item = &'a Value>) -> Option<Cow<'a, str>> {
    values.into_iter().find_map(text)
}

/// A response, with the finish reasons of `choices`, each at the index it names, else at its position.
pub(super) fn choices<'a>(response: Response<'a>, choices: &'a Value, reason: &str) -> Response<'a> {
    let choices = choices.as_array().into_iter().flatten().enumerate();
    choices.fold(response, |response, (position, choice)| {
        let index = choice["index"].as_u64().and_then(|index| usize::try_from(index).ok());
        match text(&choice[reason]) {
            Some(reason) => response.finish_reason_of(index.unwrap_or(position), reason),
            None => response,
        }
    })
}
