//! Messages on their way.

use bytes::Bytes;

use super::batch::Batch;

/// A message, or a part of one.
pub(super) enum Part<M> {
    Message(M),
    /// Of so many items, each of which can be a part.
    Encoded(Bytes, usize),
}

impl<M: Batch> Part<M> {
    pub(super) fn length(&self) -> usize {
        match self {
            Self::Message(message) => message.encoded_len(),
            Self::Encoded(message, _) => message.len(),
        }
    }

    pub(super) fn items(&self) -> usize {
        match self {
            Self::Message(message) => message.items(),
            Self::Encoded(_, items) => *items,
        }
    }

    /// How many parts it can be divided into.
    pub(super) fn parts(&self) -> usize {
        match self {
            Self::Message(message) => message.parts(),
            Self::Encoded(_, items) => *items,
        }
    }

    /// Not beside the message: it would take its memory twice.
    pub(super) fn encoded(self) -> Bytes {
        match self {
            Self::Message(message) => message.encode_to_vec().into(),
            Self::Encoded(message, _) => message,
        }
    }

    /// Its second half, and its first. What was encoded here is decoded here.
    pub(super) fn halves(self) -> [Self; 2] {
        let mut message = match self {
            Self::Message(message) => message,
            Self::Encoded(message, _) => M::decode(message).unwrap_or_default(),
        };
        let first = message.take(message.parts() / 2);
        [message, first].map(Self::Message)
    }
}
