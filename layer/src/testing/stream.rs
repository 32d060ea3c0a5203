//! What a captured span tells of a streamed response.

use std::time::Duration;

use llm_span_contract::{Value, keys};

use super::{CapturedSpan, fail::fail};

impl CapturedSpan {
    /// How many chunks the stream has yielded; `None` where none were counted, as of a response in one piece.
    pub fn chunks(&self) -> Option<i64> {
        self.data().get(keys::LLM_STREAM_CHUNKS)?.as_int()
    }

    /// The time from the request to the first chunk.
    pub fn time_to_first_chunk(&self) -> Option<Duration> {
        match self.data().get(keys::GEN_AI_RESPONSE_TIME_TO_FIRST_CHUNK)? {
            Value::Double(seconds) => Duration::try_from_secs_f64(*seconds).ok(),
            _ => None,
        }
    }

    /// What the call cost, in US dollars; `None` where it is not known, which is not 0.
    pub fn cost_usd(&self) -> Option<f64> {
        match self.data().get(keys::LLM_COST_USD)? {
            Value::Double(amount) => Some(*amount),
            _ => None,
        }
    }

    /// Whether its counts were estimated, as the provider sent none.
    pub fn is_estimated(&self) -> bool {
        self.data().get(keys::LLM_USAGE_ESTIMATED) == Some(&Value::Bool(true))
    }

    /// Asserts that the response was streamed in so many chunks; and that the time to the first is known, if there was one, and only
    /// then.
    ///
    /// ```
    /// let calls = llm_span::testing::capture();
    /// drop(tracing::info_span!(
    ///     "chat gpt-4o",
    ///     gen_ai.operation.name = "chat",
    ///     llm.stream.chunks = 3_i64,
    ///     gen_ai.response.time_to_first_chunk = 0.25,
    /// ));
    /// calls.only().assert_streamed(3);
    /// ```
    ///
    /// # Panics
    ///
    /// If there were more chunks or fewer, or none were counted, or the time to the first is missing or out of place.
    #[track_caller]
    pub fn assert_streamed(&self, chunks: i64) {
        let title = match self.chunks() {
            None => format!("no chunks were counted on span {}, expected {chunks}", self.name()),
            Some(observed) if observed != chunks => {
                format!("span {} has counted {}, expected {chunks}", self.name(), counted(observed))
            }
            Some(_) if chunks > 0 && self.time_to_first_chunk().is_none() => {
                format!("span {} has counted {} and no time to the first", self.name(), counted(chunks))
            }
            Some(_) if chunks == 0 && self.time_to_first_chunk().is_some() => {
                format!("span {} has a time to the first chunk and counted none", self.name())
            }
            Some(_) => return,
        };
        let help = match self.chunks() {
            None => "is the response a stream, and was it polled? an annotated function counts the chunks of what it returns",
            Some(_) => "",
        };
        fail(self.panel(title, self.recorded(), help.to_owned()));
    }
}

fn counted(chunks: i64) -> String {
    format!("{chunks} chunk{}", if chunks == 1 { "" } else { "s" })
}
