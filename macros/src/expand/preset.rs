//! `usage = openai` and its like: closures over the fields that a provider's responses have, of whatever type they are.
//!
//! The fields' names carry the spans of the words the user wrote, so that a field which a type lacks is told there.

use llm_span_contract::Operation;
use proc_macro2::{Ident, Span, TokenStream};
use quote::{quote, quote_spanned};

use super::local;
use crate::args::{Part, Preset};

/// A preset as it was written, and the names its closures use.
pub(super) struct Reader<'a> {
    /// The path of the run time.
    pub(super) p: &'a TokenStream,
    pub(super) operation: Operation,
    pub(super) preset: Preset,
    /// Where the preset's word stands.
    pub(super) at: Span,
}

impl Reader<'_> {
    /// `|r| Details::new(r.usage.map(|u| counts)).…`
    pub(super) fn closure(&self, parts: &[(Part, Span)]) -> TokenStream {
        let Self { p, at, .. } = *self;
        let (r, u) = (response(), usage());
        let mut counts = self.counts();
        let mut details = TokenStream::new();
        for (part, span) in parts {
            match part {
                Part::Cached | Part::Reasoning => counts.extend(self.part(*part, *span)),
                Part::Id | Part::Model | Part::FinishReasons => details.extend(self.detail(*part, *span)),
            }
        }
        let of = match self.preset {
            Preset::Gemini => quote_spanned!(at=> #r.usage_metadata),
            Preset::Ollama => quote!(*#r),
            _ => quote_spanned!(at=> #r.usage),
        };
        quote!(|#r| #p::Details::new(#p::probe(&#of).llm_span_there().map(|#u| #counts))#details.report())
    }

    /// A `Usage` of the response's usage.
    fn counts(&self) -> TokenStream {
        let Self { p, at, .. } = *self;
        let u = usage();
        match self.preset {
            Preset::OpenAi if self.operation == Operation::Embeddings => {
                quote_spanned!(at=> #p::Usage::input_only(#u.prompt_tokens))
            }
            Preset::OpenAi => quote_spanned!(at=> #p::Usage::new(#u.prompt_tokens, #u.completion_tokens)),
            Preset::OpenAiResponses => quote_spanned!(at=> #p::Usage::new(#u.input_tokens, #u.output_tokens)),
            Preset::Anthropic => quote_spanned! {at=>
                #p::cached_apart(#u.input_tokens, #u.cache_read_input_tokens, #u.cache_creation_input_tokens, #u.output_tokens)
            },
            Preset::Bedrock => quote_spanned! {at=>
                #p::cached_apart(#u.input_tokens, #u.cache_read_input_tokens, #u.cache_write_input_tokens, #u.output_tokens)
            },
            Preset::Gemini => quote_spanned! {at=>
                #p::Usage::new(#u.prompt_token_count, #p::plus(#u.candidates_token_count, #u.thoughts_token_count))
            },
            Preset::Ollama => quote_spanned!(at=> #p::Usage::new(#u.prompt_eval_count, #u.eval_count)),
        }
    }

    /// A part of the counts.
    fn part(&self, part: Part, at: Span) -> Option<TokenStream> {
        let (p, u, d) = (self.p, usage(), local("d"));
        let within = |details: &str, tokens: &str| {
            let (details, tokens) = (Ident::new(details, at), Ident::new(tokens, at));
            quote_spanned!(at=> #p::probe(&#u.#details).llm_span_there().map(|#d| #d.#tokens))
        };
        Some(match (self.preset, part) {
            (Preset::OpenAi, Part::Cached) => {
                let cached = within("prompt_tokens_details", "cached_tokens");
                quote_spanned!(at=> .cache_read(#cached))
            }
            (Preset::OpenAi, Part::Reasoning) => {
                let reasoning = within("completion_tokens_details", "reasoning_tokens");
                quote_spanned!(at=> .reasoning(#reasoning))
            }
            (Preset::OpenAiResponses, Part::Cached) => {
                let cached = within("input_tokens_details", "cached_tokens");
                quote_spanned!(at=> .cache_read(#cached))
            }
            (Preset::OpenAiResponses, Part::Reasoning) => {
                let reasoning = within("output_tokens_details", "reasoning_tokens");
                quote_spanned!(at=> .reasoning(#reasoning))
            }
            (Preset::Gemini, Part::Cached) => quote_spanned!(at=> .cache_read(#u.cached_content_token_count)),
            (Preset::Gemini, Part::Reasoning) => quote_spanned!(at=> .reasoning(#u.thoughts_token_count)),
            _ => return None,
        })
    }

    /// What is read beside the counts.
    fn detail(&self, part: Part, at: Span) -> Option<TokenStream> {
        let (p, r, c) = (self.p, response(), local("c"));
        let text = |field: &str| {
            let field = Ident::new(field, at);
            quote_spanned!(at=> #p::probe(&#r.#field).llm_span_text_or_none())
        };
        Some(match (self.preset, part) {
            (Preset::Gemini, Part::Id) => {
                let id = text("response_id");
                quote_spanned!(at=> .id(#id))
            }
            (Preset::Gemini, Part::Model) => {
                let model = text("model_version");
                quote_spanned!(at=> .model(#model))
            }
            (_, Part::Id) => {
                let id = text("id");
                quote_spanned!(at=> .id(#id))
            }
            (_, Part::Model) => {
                let model = text("model");
                quote_spanned!(at=> .model(#model))
            }
            (Preset::OpenAi, Part::FinishReasons) => {
                quote_spanned!(at=> .reasons(#r.choices.iter().map(|#c| #p::probe(&#c.finish_reason).llm_span_word())))
            }
            (Preset::Gemini, Part::FinishReasons) => {
                quote_spanned!(at=> .reasons(#r.candidates.iter().map(|#c| #p::probe(&#c.finish_reason).llm_span_word())))
            }
            (Preset::Ollama, Part::FinishReasons) => quote_spanned!(at=> .reasons([#p::probe(&#r.done_reason).llm_span_word()])),
            (_, Part::FinishReasons) => quote_spanned!(at=> .reasons([#p::probe(&#r.stop_reason).llm_span_word()])),
            _ => return None,
        })
    }
}

fn response() -> Ident {
    local("response")
}

fn usage() -> Ident {
    local("usage")
}
