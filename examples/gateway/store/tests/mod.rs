//! Both stores by the same claims; what each has of its own; what the wrapper tells.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod claims;
mod memory;
mod spans;
mod sqlite;

use super::*;
use crate::provider::Role;

/// So many have room in the stores of the claims.
const ROOM_OF_TESTS: NonZeroU32 = NonZeroU32::new(8).unwrap();

fn message(role: Role, content: &str) -> Message {
    Message { role, content: content.into() }
}

fn conversation(id: &str) -> Conversation {
    Conversation {
        id: id.into(),
        owner: None,
        model: "gpt-4o".into(),
        created_at: 1_795_000_000,
        status: Status::Completed,
        messages: vec![message(Role::User, "What is tracing?"), message(Role::Assistant, "It follows a request.")],
        usage: Some(TokenUsage { input_tokens: 128, output_tokens: 64 }),
        error: None,
        previous_response_id: Some("resp_0".into()),
        background: false,
    }
}

fn addition(text: &str) -> Addition {
    Addition { status: Status::InProgress, messages: vec![message(Role::Assistant, text)], usage: None, error: None }
}

macro_rules! hold_for_both {
    ($($claim:ident)*) => {
        mod in_memory {
            $(#[tokio::test]
            async fn $claim() {
                super::claims::$claim(super::MemoryStore::with_room(super::ROOM_OF_TESTS, usize::MAX)).await;
            })*
        }

        mod in_sqlite {
            $(#[tokio::test]
            async fn $claim() {
                let folder = tempfile::tempdir().unwrap();
                let store = super::SqliteStore::with_room(&folder.path().join("c.db"), super::ROOM_OF_TESTS).unwrap();
                super::claims::$claim(store).await;
            })*
        }
    };
}

hold_for_both! {
    what_is_created_can_be_got
    an_id_is_taken_once
    what_is_not_there_is_not_found
    an_addition_goes_on_from_what_was_said
    what_an_addition_leaves_out_stays
    concurrent_additions_are_all_there
    the_newest_are_listed_first
    lists_go_on_after_one_of_them
    an_owner_has_his_own_alone
    what_is_deleted_is_gone_with_its_messages
    the_oldest_makes_room
    any_text_and_any_status_is_kept
}
