use async_openai::types::responses::{DeleteResponse, ResponseItemList};

use super::*;

async fn asked(gateway: &Gateway, fields: Value) -> String {
    gateway.fake.tell(hello());
    gateway.ask(&question(fields)).await.ok()["id"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_response_is_deleted_once() {
    let gateway = Gateway::new();
    let id = asked(&gateway, json!({})).await;
    let path = format!("/v1/responses/{id}");
    let deleted: DeleteResponse = serde_json::from_value(gateway.call("DELETE", &path).await.ok()).unwrap();
    assert_eq!(deleted, DeleteResponse { object: "response".into(), deleted: true, id });
    assert_eq!(gateway.call("DELETE", &path).await.error(), (404, None, Some("response_not_found")));
    assert_eq!(gateway.get(&path).await.error(), (404, None, Some("response_not_found")));
}

#[tokio::test]
async fn what_can_be_no_id_is_not_asked_for() {
    let gateway = Gateway::new();
    gateway.store.fails.store(true, std::sync::atomic::Ordering::SeqCst);
    for id in ["resp_1", "conv_00000000000000000000000000000000", "%FF", "resp_0000000000000000000000000000000g"] {
        assert_eq!(gateway.get(&format!("/v1/responses/{id}")).await.error().0, 404, "{id}");
        assert_eq!(gateway.call("DELETE", &format!("/v1/responses/{id}")).await.error().0, 404, "{id}");
    }
}

#[tokio::test]
async fn responses_are_listed_the_newest_first() {
    let gateway = Gateway::new();
    let empty = gateway.get("/v1/responses").await.ok();
    assert_eq!(empty, json!({ "object": "list", "data": [], "first_id": null, "last_id": null, "has_more": false }));
    let mut ids = Vec::new();
    for _ in 0..21 {
        ids.insert(0, asked(&gateway, json!({})).await);
    }
    for (query, count, has_more) in
        [("", 20, true), ("?limit=21", 21, false), ("?limit=2&order=desc", 2, true), ("?limit=100", 21, false)]
    {
        let listed = gateway.get(&format!("/v1/responses{query}")).await.ok();
        let told: Vec<_> = listed["data"].as_array().unwrap().iter().map(|response| response["id"].as_str().unwrap()).collect();
        assert_eq!((told, &listed["has_more"]), (ids[..count].iter().map(String::as_str).collect(), &json!(has_more)));
        assert_eq!((listed["first_id"].as_str(), listed["last_id"].as_str()), (Some(&*ids[0]), Some(&*ids[count - 1])));
    }
}

#[tokio::test]
async fn parameters_that_are_not_served_are_refused() {
    let gateway = Gateway::new();
    let id = asked(&gateway, json!({})).await;
    for (path, param) in [
        ("/v1/responses?limit=0".to_owned(), "limit"),
        ("/v1/responses?limit=101".to_owned(), "limit"),
        ("/v1/responses?limit=ten".to_owned(), "limit"),
        ("/v1/responses?after=resp_1".to_owned(), "after"),
        ("/v1/responses?after=resp_00000000000000000000000000000000".to_owned(), "after"),
        (format!("/v1/responses/{id}/input_items?after=msg_1"), "after"),
        ("/v1/responses?order=asc".to_owned(), "order"),
        (format!("/v1/responses/{id}?stream=true"), "stream"),
        (format!("/v1/responses/{id}/input_items?limit=0"), "limit"),
        (format!("/v1/responses/{id}/input_items?order=up"), "order"),
    ] {
        let refused = gateway.get(&path).await;
        let (status, at, _) = refused.error();
        assert_eq!((status, at), (400, Some(param)), "{path}");
    }
}

#[tokio::test]
async fn input_items_are_what_was_said_before_the_answer() {
    let gateway = Gateway::new();
    let first = asked(&gateway, json!({ "input": "one" })).await;
    let second = asked(&gateway, json!({ "input": "two", "previous_response_id": first })).await;
    let items = async |query: &str| {
        let body = gateway.get(&format!("/v1/responses/{second}/input_items{query}")).await.ok();
        serde_json::from_value::<ResponseItemList>(body.clone()).unwrap();
        let text = |item: &Value| item["content"][0]["text"].as_str().unwrap().to_owned();
        (body["data"].as_array().unwrap().iter().map(text).collect::<Vec<_>>(), body["has_more"].clone())
    };
    assert_eq!(items("").await, (vec!["two".into(), "Hello back.".into(), "one".into()], json!(false)));
    assert_eq!(items("?order=asc&limit=2").await, (vec!["one".into(), "Hello back.".into()], json!(true)));
}

#[tokio::test]
async fn a_list_goes_on_to_its_end() {
    let gateway = Gateway::new();
    let mut previous = Value::Null;
    let mut ids = Vec::new();
    for _ in 0..5 {
        previous = asked(&gateway, json!({ "previous_response_id": previous })).await.into();
        ids.insert(0, previous.clone());
    }
    let items = format!("/v1/responses/{}/input_items", ids[0].as_str().unwrap());
    for (path, count) in [("/v1/responses?", 5), (&format!("{items}?"), 9), (&format!("{items}?order=asc&"), 9)] {
        let (mut told, mut after) = (Vec::new(), String::new());
        loop {
            let body = gateway.get(&format!("{path}limit=2{after}")).await.ok();
            told.extend(body["data"].as_array().unwrap().iter().map(|item| item["id"].clone()));
            after = format!("&after={}", body["last_id"].as_str().unwrap());
            assert!(told.len() <= count);
            if body["has_more"] == false {
                break;
            }
        }
        assert_eq!(told.len(), count, "{path}");
        let whole = gateway.get(&format!("{path}limit=100")).await.ok();
        assert_eq!(told, whole["data"].as_array().unwrap().iter().map(|item| item["id"].clone()).collect::<Vec<_>>());
        let behind_the_last = gateway.get(&format!("{path}limit=2{after}")).await.ok();
        assert_eq!((&behind_the_last["data"], &behind_the_last["has_more"]), (&json!([]), &json!(false)));
    }
}
