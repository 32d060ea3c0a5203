use super::*;

#[tokio::test]
async fn the_oldest_makes_room_where_texts_are_long() {
    let store = MemoryStore::with_room(ROOM_OF_TESTS, 10_000);
    let long = |id: &str, length: usize| {
        let messages = vec![message(Role::User, &"x".repeat(length))];
        Conversation { messages, ..conversation(id) }
    };
    for id in ["resp_1", "resp_2", "resp_3"] {
        store.create(long(id, 4_000)).await.unwrap();
    }
    assert_eq!(store.get(None, "resp_1").await, Err(StoreError::NotFound));
    assert_eq!(store.count().await, Ok(2));

    store.append("resp_3", addition(&"x".repeat(4_000))).await.unwrap();
    assert_eq!(store.get(None, "resp_2").await, Err(StoreError::NotFound));
    assert_eq!(store.get(None, "resp_3").await.unwrap().messages.len(), 2);

    // What is longer than the room stays as long as it is the last one.
    store.create(long("resp_4", 20_000)).await.unwrap();
    assert_eq!((store.count().await, store.get(None, "resp_4").await.is_ok()), (Ok(1), true));

    // Nothing is left over of what has gone: there is room for two again.
    store.delete(None, "resp_4").await.unwrap();
    for id in ["resp_5", "resp_6"] {
        store.create(long(id, 4_000)).await.unwrap();
    }
    assert_eq!(store.count().await, Ok(2));
}
