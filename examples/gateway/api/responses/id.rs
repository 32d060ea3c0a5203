//! Ids of responses, and of what is in them.

use uuid::Uuid;

const RESPONSE: &str = "resp_";

/// `resp_`, and 32 hexadecimal digits.
pub(super) fn new() -> String {
    format!("{RESPONSE}{}", Uuid::new_v4().simple())
}

/// Whether it may be one of the gateway's. Others are not asked for: an id is an attribute of spans, and clients may write there what
/// they like.
pub(super) fn is_one(id: &str) -> bool {
    id.strip_prefix(RESPONSE).is_some_and(|rest| rest.len() == 32 && rest.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

/// The same each time that the response is shown.
pub(super) fn of_answer(response: &str) -> String {
    format!("msg_{}", response.strip_prefix(RESPONSE).unwrap_or(response))
}

/// The same each time that the input is shown; the input of a response only ever stays as it is.
pub(super) fn of_input(response: &str, at: usize) -> String {
    format!("{}_{at}", of_answer(response))
}
