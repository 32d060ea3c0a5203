//! What holds for every store.

use std::sync::Arc;

use super::*;

async fn ids(store: &impl ConversationStore, limit: usize) -> Vec<String> {
    store.list(None, None, limit).await.unwrap().into_iter().map(|conversation| conversation.id).collect()
}

pub(super) async fn what_is_created_can_be_got(store: impl ConversationStore) {
    let full = conversation("resp_1");
    let bare = Conversation {
        id: "resp_2".into(),
        status: Status::Queued,
        messages: Vec::new(),
        usage: None,
        previous_response_id: None,
        background: true,
        ..full.clone()
    };
    let failed =
        Conversation { id: "resp_3".into(), status: Status::Failed, error: Some("it took too long".into()), ..full.clone() };
    for conversation in [full, bare, failed] {
        store.create(conversation.clone()).await.unwrap();
        assert_eq!(store.get(None, &conversation.id).await, Ok(conversation));
    }
    assert_eq!(store.count().await, Ok(3));
}

pub(super) async fn an_id_is_taken_once(store: impl ConversationStore) {
    store.create(conversation("resp_1")).await.unwrap();
    let other = Conversation { model: "other".into(), messages: Vec::new(), ..conversation("resp_1") };
    assert_eq!(store.create(other).await, Err(StoreError::Exists));
    assert_eq!(store.get(None, "resp_1").await, Ok(conversation("resp_1")));
    assert_eq!(store.count().await, Ok(1));
}

pub(super) async fn what_is_not_there_is_not_found(store: impl ConversationStore) {
    store.create(conversation("resp_1")).await.unwrap();
    for id in ["resp_2", "", "RESP_1", "resp_1' OR '1'='1"] {
        assert_eq!(store.get(None, id).await, Err(StoreError::NotFound));
        assert_eq!(store.append(id, addition("lost")).await, Err(StoreError::NotFound));
        assert_eq!(store.delete(None, id).await, Err(StoreError::NotFound));
    }
    assert_eq!(store.get(None, "resp_1").await, Ok(conversation("resp_1")));
}

pub(super) async fn an_addition_goes_on_from_what_was_said(store: impl ConversationStore) {
    let before = Conversation { status: Status::InProgress, usage: None, ..conversation("resp_1") };
    store.create(before.clone()).await.unwrap();
    let usage = Some(TokenUsage { input_tokens: 1, output_tokens: 2 });
    let said = message(Role::Assistant, "More.");
    let addition =
        Addition { status: Status::Failed, messages: vec![said.clone(), said.clone()], usage, error: Some("broken".into()) };
    store.append("resp_1", addition).await.unwrap();
    let messages = [before.messages.clone(), vec![said.clone(), said]].concat();
    let expected = Conversation { status: Status::Failed, messages, usage, error: Some("broken".into()), ..before };
    assert_eq!(store.get(None, "resp_1").await, Ok(expected));
}

pub(super) async fn what_an_addition_leaves_out_stays(store: impl ConversationStore) {
    let before = Conversation { error: Some("broken".into()), ..conversation("resp_1") };
    store.create(before.clone()).await.unwrap();
    let nothing = Addition { status: Status::Cancelled, messages: Vec::new(), usage: None, error: None };
    store.append("resp_1", nothing).await.unwrap();
    assert_eq!(store.get(None, "resp_1").await, Ok(Conversation { status: Status::Cancelled, ..before }));
}

pub(super) async fn concurrent_additions_are_all_there(store: impl ConversationStore + 'static) {
    let store = Arc::new(store);
    store.create(Conversation { messages: Vec::new(), ..conversation("resp_1") }).await.unwrap();
    let appends: Vec<_> = (0..32)
        .map(|number| {
            let store = Arc::clone(&store);
            tokio::spawn(async move { store.append("resp_1", addition(&number.to_string())).await })
        })
        .collect();
    for append in appends {
        append.await.unwrap().unwrap();
    }
    let said = store.get(None, "resp_1").await.unwrap().messages;
    let mut said: Vec<u32> = said.iter().map(|message| message.content.parse().unwrap()).collect();
    said.sort_unstable();
    assert_eq!(said, (0..32).collect::<Vec<_>>());
}

pub(super) async fn the_newest_are_listed_first(store: impl ConversationStore) {
    assert_eq!(store.list(None, None, 5).await, Ok(Vec::new()));
    for id in ["resp_1", "resp_2", "resp_3"] {
        store.create(conversation(id)).await.unwrap();
    }
    store.append("resp_1", addition("More.")).await.unwrap();
    assert_eq!(ids(&store, 2).await, ["resp_3", "resp_2"]);
    assert_eq!(ids(&store, usize::MAX).await, ["resp_3", "resp_2", "resp_1"]);
    assert_eq!(store.list(None, None, 0).await, Ok(Vec::new()));
    assert_eq!(store.list(None, None, 1).await, Ok(vec![conversation("resp_3")]));
}

pub(super) async fn what_is_deleted_is_gone_with_its_messages(store: impl ConversationStore) {
    store.create(conversation("resp_1")).await.unwrap();
    store.create(conversation("resp_2")).await.unwrap();
    store.delete(None, "resp_2").await.unwrap();
    assert_eq!(store.delete(None, "resp_2").await, Err(StoreError::NotFound));
    assert_eq!(store.get(None, "resp_2").await, Err(StoreError::NotFound));
    let again = Conversation { messages: vec![message(Role::User, "Again.")], ..conversation("resp_2") };
    store.create(again.clone()).await.unwrap();
    assert_eq!(store.get(None, "resp_2").await, Ok(again));
    assert_eq!(store.count().await, Ok(2));
}

pub(super) async fn the_oldest_makes_room(store: impl ConversationStore) {
    for number in 0..12 {
        store.create(conversation(&format!("resp_{number}"))).await.unwrap();
    }
    assert_eq!(store.count().await, Ok(8));
    assert_eq!(ids(&store, 100).await.last().unwrap(), "resp_4");
    assert_eq!(store.get(None, "resp_3").await, Err(StoreError::NotFound));
}

pub(super) async fn any_text_and_any_status_is_kept(store: impl ConversationStore) {
    for (number, status) in Status::ALL.into_iter().enumerate() {
        let id = format!("resp_{number}");
        let messages = Role::ALL.map(|role| message(role, "\0 ' \" \\ \u{1F980} \n")).to_vec();
        let conversation = Conversation { status, messages, created_at: 0, ..conversation(&id) };
        store.create(conversation.clone()).await.unwrap();
        assert_eq!(store.get(None, &id).await, Ok(conversation));
    }
}

pub(super) async fn lists_go_on_after_one_of_them(store: impl ConversationStore) {
    for number in 0..7 {
        store.create(conversation(&format!("resp_{number}"))).await.unwrap();
    }
    store.delete(None, "resp_3").await.unwrap();
    let mut told = Vec::new();
    loop {
        let page = store.list(None, told.last().map(String::as_str), 2).await.unwrap();
        assert!(page.len() <= 2);
        if page.is_empty() {
            break;
        }
        told.extend(page.into_iter().map(|conversation| conversation.id));
    }
    assert_eq!(told, ["resp_6", "resp_5", "resp_4", "resp_2", "resp_1", "resp_0"]);
    assert_eq!(store.list(None, Some("resp_3"), 2).await, Err(StoreError::NotFound));
}

pub(super) async fn an_owner_has_his_own_alone(store: impl ConversationStore) {
    let owners = [None, Some("front"), Some("batch"), Some("")];
    let of = |owner: Option<&str>, number| {
        let id = format!("resp_{number}_{owner:?}");
        Conversation { owner: owner.map(str::to_owned), ..conversation(&id) }
    };
    for number in 0..2 {
        for owner in owners {
            store.create(of(owner, number)).await.unwrap();
        }
    }
    for owner in owners {
        let [first, last] = [0, 1].map(|number| of(owner, number));
        assert_eq!(store.list(owner, None, 10).await, Ok(vec![last.clone(), first.clone()]));
        assert_eq!(store.list(owner, Some(&last.id), 10).await, Ok(vec![first.clone()]));
        for other in owners.into_iter().filter(|other| *other != owner) {
            assert_eq!(store.get(other, &last.id).await, Err(StoreError::NotFound));
            assert_eq!(store.delete(other, &last.id).await, Err(StoreError::NotFound));
            assert_eq!(store.list(other, Some(&last.id), 10).await, Err(StoreError::NotFound));
        }
        assert_eq!(store.get(owner, &last.id).await, Ok(last.clone()));
        store.delete(owner, &last.id).await.unwrap();
        assert_eq!(store.list(owner, None, 10).await, Ok(vec![first]));
    }
    // What makes room leaves no owner's list with what is gone.
    for number in 2..10 {
        store.create(of(None, number)).await.unwrap();
    }
    assert_eq!(store.list(Some("front"), None, 10).await, Ok(Vec::new()));
    assert_eq!(store.list(None, None, 10).await.unwrap().len(), 8);
}
