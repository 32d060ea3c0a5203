//! Conversations in memory.

use std::{
    collections::{BTreeMap, HashMap, hash_map::Entry},
    num::NonZeroU32,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use async_trait::async_trait;

use super::{Addition, Conversation, ConversationStore, ROOM, StoreError};

/// Texts may take so many bytes together: each conversation has all that was said before it, so a hundred thousand can be much.
const BYTES: usize = 256 * 1024 * 1024;

/// Conversations in memory: so many, and so many bytes of them. When there is no room the oldest leaves.
pub(crate) struct MemoryStore {
    room: usize,
    bytes: usize,
    kept: Mutex<Kept>,
}

#[derive(Default)]
struct Kept {
    conversations: HashMap<String, Entered>,
    /// Ids by the number of their entry: the oldest first.
    order: BTreeMap<u64, String>,
    /// The same, owner by owner.
    of_owner: BTreeMap<(Option<Arc<str>>, u64), String>,
    entries: u64,
    bytes: usize,
}

struct Entered {
    number: u64,
    /// Shared with whoever reads it: copied where nobody waits for the lock.
    conversation: Arc<Conversation>,
}

impl Default for MemoryStore {
    fn default() -> Self {
        Self::with_room(ROOM, BYTES)
    }
}

impl MemoryStore {
    /// Keeps so many conversations, and so many bytes of them.
    pub(crate) fn with_room(conversations: NonZeroU32, bytes: usize) -> Self {
        let room = usize::try_from(conversations.get()).unwrap_or(usize::MAX);
        Self { room, bytes, kept: Mutex::default() }
    }

    fn lock(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Kept {
    fn add(&mut self, conversation: Conversation) -> Result<(), StoreError> {
        let Entry::Vacant(place) = self.conversations.entry(conversation.id.clone()) else { return Err(StoreError::Exists) };
        self.entries += 1;
        self.order.insert(self.entries, conversation.id.clone());
        self.of_owner.insert((conversation.owner.as_deref().map(Arc::from), self.entries), conversation.id.clone());
        self.bytes += size(&conversation);
        place.insert(Entered { number: self.entries, conversation: Arc::new(conversation) });
        Ok(())
    }

    fn append(&mut self, id: &str, addition: Addition) -> Result<(), StoreError> {
        let entered = self.conversations.get_mut(id).ok_or(StoreError::NotFound)?;
        let conversation = Arc::make_mut(&mut entered.conversation);
        self.bytes -= size(conversation);
        conversation.status = addition.status;
        conversation.messages.extend(addition.messages);
        conversation.usage = addition.usage.or(conversation.usage);
        conversation.error = addition.error.or(conversation.error.take());
        self.bytes += size(conversation);
        Ok(())
    }

    fn find(&self, owner: Option<&str>, id: &str) -> Result<&Entered, StoreError> {
        let entered = self.conversations.get(id).filter(|entered| entered.conversation.owner.as_deref() == owner);
        entered.ok_or(StoreError::NotFound)
    }

    /// Its entry in the orders goes with it.
    fn remove(&mut self, id: &str) {
        if let Some(Entered { number, conversation }) = self.conversations.remove(id) {
            self.order.remove(&number);
            self.of_owner.remove(&(conversation.owner.as_deref().map(Arc::from), number));
            self.bytes -= size(&conversation);
        }
    }

    /// The last one stays, however long it is.
    fn make_room(&mut self, room: usize, bytes: usize) {
        while self.order.len() > room || (self.bytes > bytes && self.order.len() > 1) {
            let Some((_, oldest)) = self.order.pop_first() else { return };
            self.remove(&oldest);
        }
    }
}

/// About what it takes.
fn size(conversation: &Conversation) -> usize {
    let Conversation { id, owner, model, messages, error, previous_response_id, .. } = conversation;
    let texts = messages.iter().map(|message| size_of_val(message) + message.content.len());
    let others = [
        Some(id),
        Some(id),
        Some(id),
        owner.as_ref(),
        owner.as_ref(),
        Some(model),
        error.as_ref(),
        previous_response_id.as_ref(),
    ];
    let others = others.into_iter().flatten().map(String::len);
    size_of::<Conversation>() + texts.sum::<usize>() + others.sum::<usize>()
}

#[async_trait]
impl ConversationStore for MemoryStore {
    fn backend(&self) -> &'static str {
        "memory"
    }

    async fn get(&self, owner: Option<&str>, id: &str) -> Result<Conversation, StoreError> {
        let found = self.lock().find(owner, id).map(|entered| Arc::clone(&entered.conversation));
        found.map(Arc::unwrap_or_clone)
    }

    async fn create(&self, conversation: Conversation) -> Result<(), StoreError> {
        let mut kept = self.lock();
        kept.add(conversation)?;
        kept.make_room(self.room, self.bytes);
        Ok(())
    }

    async fn append(&self, id: &str, addition: Addition) -> Result<(), StoreError> {
        let mut kept = self.lock();
        kept.append(id, addition)?;
        kept.make_room(self.room, self.bytes);
        Ok(())
    }

    async fn delete(&self, owner: Option<&str>, id: &str) -> Result<(), StoreError> {
        let mut kept = self.lock();
        kept.find(owner, id)?;
        kept.remove(id);
        Ok(())
    }

    async fn list(&self, owner: Option<&str>, after: Option<&str>, limit: usize) -> Result<Vec<Conversation>, StoreError> {
        let listed: Vec<_> = {
            let kept = self.lock();
            let end = after.map_or(Ok(u64::MAX), |id| kept.find(owner, id).map(|entered| entered.number))?;
            let owner: Option<Arc<str>> = owner.map(Arc::from);
            let newest = kept.of_owner.range((owner.clone(), 0)..(owner, end)).rev().take(limit);
            let newest = newest.filter_map(|(_, id)| kept.conversations.get(id));
            newest.map(|entered| Arc::clone(&entered.conversation)).collect()
        };
        Ok(listed.into_iter().map(Arc::unwrap_or_clone).collect())
    }

    async fn count(&self) -> Result<u64, StoreError> {
        Ok(u64::try_from(self.lock().conversations.len()).unwrap_or(u64::MAX))
    }
}
