//! Responses that were kept: one, several, what they were asked, and no longer.

use axum::{
    Json,
    extract::{
        Path, Query,
        rejection::{PathRejection, QueryRejection},
    },
};
use serde_json::{Value, json};

use super::{
    id,
    shown::{self, Echo},
};
use crate::{
    api::{body::out_of_range, error::ApiError, gateway::Gateway},
    provider::{Message, Role},
    store::{Conversation, StoreError},
};

type Id = Result<Path<String>, PathRejection>;
type Parameters = Result<Query<Vec<(String, String)>>, QueryRejection>;

/// `GET /v1/responses/{id}`.
pub(in crate::api) async fn get(gateway: Gateway, id: Id, parameters: Parameters) -> Result<Json<Value>, ApiError> {
    // Neither a stream that begins again nor parts that the gateway has not are served.
    of(parameters, |name, value| name == "stream" && value == "false")?;
    let conversation = kept(&gateway, id).await?;
    Ok(Json(shown::response(&conversation, &Echo::kept())))
}

/// `DELETE /v1/responses/{id}`.
pub(in crate::api) async fn delete(gateway: Gateway, id: Id) -> Result<Json<Value>, ApiError> {
    let id = known(id)?;
    gateway.store.delete(gateway.owner(), &id).await?;
    Ok(Json(json!({ "id": id, "object": "response", "deleted": true })))
}

/// `GET /v1/responses`: the newest first.
pub(in crate::api) async fn list(gateway: Gateway, parameters: Parameters) -> Result<Json<Value>, ApiError> {
    let parameters = of(parameters, |name, value| matches!(name, "after" | "limit") || (name == "order" && value == "desc"))?;
    let (limit, after) = (limit(&parameters)?, after(&parameters));
    if after.is_some_and(|after| !id::is_one(after)) {
        return Err(no_such_item());
    }
    // One more tells whether there are more.
    let mut found = match gateway.store.list(gateway.owner(), after, limit + 1).await {
        Err(StoreError::NotFound) => return Err(no_such_item()),
        found => found?,
    };
    let has_more = found.len() > limit;
    found.truncate(limit);
    let echo = Echo::kept();
    let shown: Vec<_> = found.iter().map(|conversation| shown::response(conversation, &echo)).collect();
    Ok(Json(listed(&shown, has_more)))
}

/// `GET /v1/responses/{id}/input_items`: all that was said before the answer, the newest first.
pub(in crate::api) async fn input_items(gateway: Gateway, id: Id, parameters: Parameters) -> Result<Json<Value>, ApiError> {
    let is_order = |value: &str| matches!(value, "asc" | "desc");
    let parameters = of(parameters, |name, value| matches!(name, "after" | "limit") || (name == "order" && is_order(value)))?;
    let oldest_first = parameters.iter().any(|(name, value)| name == "order" && value == "asc");
    let limit = limit(&parameters)?;
    let conversation = kept(&gateway, id).await?;
    let input = conversation.messages.len() - usize::from(shown::answer(&conversation).is_some());
    let item = |(at, message): (usize, &Message)| item(&conversation.id, at, message);
    let mut items: Vec<_> = conversation.messages.iter().take(input).enumerate().map(item).collect();
    if !oldest_first {
        items.reverse();
    }
    if let Some(after) = after(&parameters) {
        let at = items.iter().position(|item| item["id"] == after).ok_or_else(no_such_item)?;
        items.drain(..=at);
    }
    let has_more = items.len() > limit;
    items.truncate(limit);
    Ok(Json(listed(&items, has_more)))
}

async fn kept(gateway: &Gateway, id: Id) -> Result<Conversation, ApiError> {
    Ok(gateway.store.get(gateway.owner(), &known(id)?).await?)
}

fn known(id: Id) -> Result<String, ApiError> {
    let id = id.ok().map(|Path(id)| id).filter(|id| id::is_one(id));
    id.ok_or_else(ApiError::no_such_response)
}

/// The parameters, if all of them are served: without one of the others the answer would be another.
fn of(parameters: Parameters, is_served: impl Fn(&str, &str) -> bool) -> Result<Vec<(String, String)>, ApiError> {
    let unreadable = |_| ApiError::invalid("query", "the parameters after the `?` can't be read");
    let Query(parameters) = parameters.map_err(unreadable)?;
    match parameters.iter().find(|(name, value)| !is_served(name, value)) {
        None => Ok(parameters),
        Some((name, _)) => {
            let name: String = name.chars().take(64).collect();
            let message = "the gateway does not serve this parameter, or not with this value; leave it out";
            Err(ApiError::invalid(name, message).code("unsupported_parameter"))
        }
    }
}

/// From 1 to 100; 20 unless told.
fn limit(parameters: &[(String, String)]) -> Result<usize, ApiError> {
    let limit = told(parameters, "limit").map_or(Some(20), |value| value.parse().ok());
    limit.filter(|limit| (1..=100).contains(limit)).ok_or_else(|| out_of_range("limit", "a whole number from 1 to 100"))
}

/// The last one of the list before: this one goes on behind it.
fn after(parameters: &[(String, String)]) -> Option<&str> {
    told(parameters, "after")
}

fn told<'a>(parameters: &'a [(String, String)], name: &str) -> Option<&'a str> {
    parameters.iter().find(|(told, _)| told == name).map(|(_, value)| value.as_str())
}

fn no_such_item() -> ApiError {
    ApiError::invalid("after", "there is nothing of that id in the list; begin it again, without `after`").code("invalid_value")
}

fn item(response: &str, at: usize, message: &Message) -> Value {
    let content = match message.role {
        Role::Assistant => shown::text_part(&message.content),
        Role::System | Role::Developer | Role::User => json!({ "type": "input_text", "text": message.content }),
    };
    let id = id::of_input(response, at);
    json!({ "id": id, "type": "message", "status": "completed", "role": message.role, "content": [content] })
}

fn listed(data: &[Value], has_more: bool) -> Value {
    let id = |item: Option<&Value>| item.map(|item| item["id"].clone());
    json!({ "object": "list", "first_id": id(data.first()), "last_id": id(data.last()), "has_more": has_more, "data": data })
}
