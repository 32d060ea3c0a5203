use async_openai::error::OpenAIError;

use super::*;

#[tokio::test]
async fn texts_become_vectors_of_length_one() {
    let provider = at_once().await;
    let request = json!({ "model": Model::Embeds.name(), "input": ["one", "two", "one"], "dimensions": 16 });
    let answer = openai(&provider).embeddings().create(typed!(request)).await.unwrap();
    assert_eq!((answer.usage.prompt_tokens, answer.usage.total_tokens), (24, 24));
    let [one, two, again] = &*answer.data else { panic!("{answer:?}") };
    assert_eq!((one.embedding.len(), one.index, two.index), (16, 0, 1));
    assert!(one.embedding == again.embedding && one.embedding != two.embedding);
    assert!((two.embedding.iter().map(|number| number * number).sum::<f32>() - 1.0).abs() < 1e-3);
    let expected = Served { requests: 1, answered: 1, prompt_tokens: 24, ..Served::default() };
    assert_eq!(provider.served(), expected);
}

#[tokio::test]
async fn every_form_of_input_is_read() {
    let provider = at_once().await;
    for (input, expected) in [
        (json!("text"), Some(8)),
        (json!([1, 2, 3]), Some(8)),
        (json!([[1, 2], [3]]), Some(16)),
        (json!([]), None),
        (json!(["text", ""]), None),
        (json!(7), None),
    ] {
        let url = format!("{}/embeddings", provider.base_url());
        let request = json!({ "model": Model::Embeds.name(), "input": input });
        let response = client().post(url).bearer_auth("key").json(&request).send().await.unwrap();
        let answer: Value = response.json().await.unwrap();
        assert_eq!(answer["usage"]["total_tokens"].as_u64(), expected, "{input}");
        assert_eq!(answer["error"]["param"].as_str(), expected.is_none().then_some("input"), "{input}");
    }
}

#[tokio::test]
async fn embeddings_fail_as_their_model_does() {
    let request = json!({ "model": Model::OutOfQuota.name(), "input": "text" });
    let error = openai(&at_once().await).embeddings().create(typed!(request)).await.unwrap_err();
    let OpenAIError::ApiError(error) = error else { panic!("{error:?}") };
    assert_eq!((error.status_code.as_u16(), error.api_error.code.as_deref()), (429, Some("insufficient_quota")));
}
