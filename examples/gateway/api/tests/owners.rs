//! What one has kept, no other sees.

use super::*;
use crate::admission::auth::Client;

impl Gateway {
    /// Sends it by that one's key.
    async fn by(&self, client: Option<&str>, method: &str, path: &str, body: &Value) -> Answer {
        let mut request = posted(path, if body.is_null() { String::new() } else { body.to_string() });
        *request.method_mut() = method.parse().unwrap();
        if let Some(client) = client {
            request.extensions_mut().insert(Client(client.into()));
        }
        answer(self.send(request).await).await
    }
}

#[tokio::test]
async fn a_response_is_there_for_its_owner_alone() {
    let gateway = Gateway::new();
    let clients = [Some("front"), Some("batch"), None];
    for owner in clients {
        for later in [false, true] {
            gateway.fake.tell(hello());
            let body = gateway.by(owner, "POST", "/v1/responses", &question(json!({ "background": later }))).await.ok();
            assert!(!body.to_string().contains("front"), "{body}");
            let id = body["id"].as_str().unwrap().to_owned();
            let path = format!("/v1/responses/{id}");
            let get = async |client| gateway.by(client, "GET", &path, &Value::Null).await;
            while get(owner).await.ok()["status"] != "completed" {
                tokio::task::yield_now().await;
            }
            for other in clients.into_iter().filter(|other| *other != owner) {
                let ask = async |method: &str, path: &str| gateway.by(other, method, path, &Value::Null).await;
                for missing in [get(other).await, ask("GET", &format!("{path}/input_items")).await, ask("DELETE", &path).await] {
                    assert_eq!(missing.error(), (404, None, Some("response_not_found")));
                }
                let next = question(json!({ "previous_response_id": id }));
                let refused = gateway.by(other, "POST", "/v1/responses", &next).await;
                assert_eq!(refused.error(), (400, Some("previous_response_id"), Some("previous_response_not_found")));
                let listed = ask("GET", "/v1/responses").await.ok();
                assert!(listed["data"].as_array().unwrap().iter().all(|response| response["id"] != id), "{listed}");
                assert_eq!(
                    ask("GET", &format!("/v1/responses?after={id}")).await.error(),
                    (400, Some("after"), Some("invalid_value"))
                );
            }
            gateway.fake.tell(hello());
            gateway.by(owner, "POST", "/v1/responses", &question(json!({ "previous_response_id": id }))).await.ok();
            let listed = gateway.by(owner, "GET", "/v1/responses", &Value::Null).await.ok();
            assert_eq!((listed["data"].as_array().unwrap().len(), &listed["data"][1]["id"]), (2, &json!(id)));
            for response in listed["data"].as_array().unwrap() {
                let path = format!("/v1/responses/{}", response["id"].as_str().unwrap());
                gateway.by(owner, "DELETE", &path, &Value::Null).await.ok();
            }
        }
    }
    assert_eq!(gateway.count().await, 0);
}

#[tokio::test]
async fn a_stream_is_its_owners_too() {
    let gateway = Gateway::new();
    gateway.fake.chunk("Hello");
    gateway.fake.end("stop");
    let mut request = posted("/v1/responses", question(json!({ "stream": true })).to_string());
    request.extensions_mut().insert(Client("front".into()));
    gateway.send(request).await.into_body().collect().await.unwrap();
    let count = async |client| {
        let listed = gateway.by(client, "GET", "/v1/responses", &Value::Null).await.ok();
        listed["data"].as_array().unwrap().len()
    };
    assert_eq!((count(Some("front")).await, count(Some("batch")).await, count(None).await), (1, 0, 0));
}
