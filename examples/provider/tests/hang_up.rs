use super::*;

const LONG: Duration = Duration::from_secs(3600);

async fn cut_off(provider: &Provider) -> Served {
    let cut_off = provider.served_when(|served| served.cut_off == 1);
    tokio::time::timeout(Duration::from_secs(10), cut_off).await.expect("the provider did not notice")
}

#[tokio::test]
async fn a_client_that_hangs_up_ends_the_stream() {
    let settings = Settings { first_chunk: Duration::ZERO, between_chunks: LONG, ..Settings::default() };
    let provider = Provider::start_with(settings).await.unwrap();
    let mut stream = openai(&provider).chat().create_stream(typed!(question(Model::Answers))).await.unwrap();
    next(&mut stream).await.unwrap().unwrap();
    assert_eq!(provider.served().under_way(), 1);
    drop(stream);
    assert_eq!(cut_off(&provider).await, Served { requests: 1, cut_off: 1, ..Served::default() });
}

#[tokio::test]
async fn a_client_may_hang_up_before_the_first_chunk() {
    let provider = Provider::start_with(Settings { slow: LONG, ..Settings::default() }).await.unwrap();
    let stream = openai(&provider).chat().create_stream(typed!(question(Model::Slow))).await.unwrap();
    drop(stream);
    assert_eq!(cut_off(&provider).await, Served { requests: 1, cut_off: 1, ..Served::default() });
}

#[tokio::test]
async fn a_client_that_loses_patience_is_noticed() {
    let provider = Provider::start_with(Settings { slow: LONG, ..Settings::default() }).await.unwrap();
    let client = openai(&provider);
    let request = tokio::spawn(async move { client.chat().create(typed!(question(Model::Slow))).await });
    provider.served_when(|served| served.under_way() == 1).await;
    request.abort();
    assert_eq!(cut_off(&provider).await, Served { requests: 1, cut_off: 1, ..Served::default() });
}

#[tokio::test]
async fn a_slow_model_answers_in_the_end() {
    let slow = Duration::from_millis(20);
    let provider = Provider::start_with(Settings { slow, ..Settings::default() }).await.unwrap();
    let begun = std::time::Instant::now();
    assert_eq!(ask(&provider, Model::Slow.name()).await.0, 200);
    assert!(begun.elapsed() >= slow);
    assert_eq!(provider.served().answered, 1);
}
