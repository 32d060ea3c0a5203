//! Lets in who shows a key: `Authorization: Bearer …`.

use std::sync::Arc;

use axum::{
    extract::{Request, State},
    http::{HeaderValue, StatusCode, header::WWW_AUTHENTICATE},
    middleware::Next,
    response::{IntoResponse as _, Response},
};

use super::credential::Shown;
use crate::api::ApiError;

pub(crate) use super::keys::Keys;

/// Who sends a request, by the name of the key: an extension of requests that were let in by one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Client(pub(crate) Arc<str>);

/// Lets in who shows a key. Its name goes into the request's extensions.
pub(crate) async fn authenticate(State(keys): State<Arc<Keys>>, mut request: Request, next: Next) -> Response {
    if keys.is_empty() {
        return next.run(request).await;
    }
    match name_of(&keys, Shown::of(request.headers())) {
        Ok(name) => {
            request.extensions_mut().insert(Client(name));
            next.run(request).await
        }
        Err(error) => {
            let mut response = error.into_response();
            response.headers_mut().insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
            response
        }
    }
}

fn name_of(keys: &Keys, shown: Shown<'_>) -> Result<Arc<str>, ApiError> {
    let (code, message) = match shown {
        Shown::Key(key) => match keys.name_of(key) {
            Some(name) => return Ok(name),
            None => ("invalid_api_key", "The key is not one of this gateway's; use one that its operator has given you."),
        },
        Shown::Malformed => ("invalid_api_key", "One header `Authorization: Bearer <key>` is expected; this is of another form."),
        Shown::Nothing => ("missing_api_key", "A key is missing; send it in the header `Authorization: Bearer <key>`."),
    };
    Err(ApiError::new(StatusCode::UNAUTHORIZED, "authentication_error", message).code(code))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

    use axum::{Extension, Router, body::Body, http::header::AUTHORIZATION, middleware::from_fn_with_state, routing::get};
    use http_body_util::BodyExt as _;
    use serde_json::Value;
    use tower_service::Service as _;

    use super::*;

    const KEYS: &str = "front: sk-front\nbatch: sk-batch";

    async fn ask(keys: Keys, authorization: Option<&str>) -> Response {
        let handler = async |client: Option<Extension<Client>>| {
            client.map_or_else(|| "anybody".to_owned(), |Extension(client)| client.0.to_string())
        };
        let mut service = Router::new().route("/", get(handler)).layer(from_fn_with_state(Arc::new(keys), authenticate));
        let request = authorization
            .into_iter()
            .fold(Request::builder().uri("/"), |request, value| request.header(AUTHORIZATION, value))
            .body(Body::empty());
        service.call(request.unwrap()).await.unwrap()
    }

    async fn text(response: Response) -> String {
        String::from_utf8(response.into_body().collect().await.unwrap().to_bytes().to_vec()).unwrap()
    }

    #[tokio::test]
    async fn without_keys_everybody_is_let_in() {
        for authorization in [None, Some("Bearer whatever"), Some("Basic dTpw")] {
            let response = ask(Keys::default(), authorization).await;
            assert_eq!(response.status(), 200);
            assert_eq!(text(response).await, "anybody");
        }
    }

    #[tokio::test]
    async fn who_shows_a_key_is_known_by_its_name() {
        for (key, name) in [("Bearer sk-front", "front"), ("bearer  sk-batch", "batch")] {
            let response = ask(Keys::of(KEYS), Some(key)).await;
            assert_eq!(response.status(), 200);
            assert_eq!(text(response).await, name);
        }
    }

    #[tokio::test]
    async fn who_shows_none_or_a_wrong_one_is_told_what_to_do() {
        let cases = [
            (None, "missing_api_key"),
            (Some("Bearer sk-wrong"), "invalid_api_key"),
            (Some("Bearer sk-fron"), "invalid_api_key"),
            (Some("Basic c2stZnJvbnQ="), "invalid_api_key"),
            (Some("sk-front"), "invalid_api_key"),
        ];
        for (authorization, code) in cases {
            let response = ask(Keys::of(KEYS), authorization).await;
            assert_eq!(response.status(), 401);
            assert_eq!(response.headers().get_all(WWW_AUTHENTICATE).iter().collect::<Vec<_>>(), ["Bearer"]);
            let body = text(response).await;
            let error = &serde_json::from_str::<Value>(&body).unwrap()["error"];
            assert_eq!((&error["type"], &error["code"]), (&"authentication_error".into(), &code.into()));
            assert!(error["message"].as_str().unwrap().contains("key"));
            assert!(!body.contains("sk-"), "{body}");
        }
    }
}
