//! `usage = …`: a closure, a path to a function, or a word.

use llm_span_contract::suggest::nearest;
use proc_macro2::Span;
use quote::ToTokens as _;
use syn::{Expr, ExprClosure, ExprPath, parse::ParseStream};

use super::{Key, Reading, value};

/// Where the usage is.
pub(crate) enum UsageArg {
    /// A closure over the response.
    Closure(ExprClosure),
    /// A path to a function of the response.
    Function(ExprPath),
    /// The fields of a well-known shape.
    Preset {
        preset: Preset,
        /// Where the word stands.
        span: Span,
        /// What is read beside the counts.
        parts: Vec<(Part, Span)>,
    },
    /// The body records it.
    InBody,
    /// The sum of what the calls below have used.
    Children,
    /// There is none.
    None,
}

macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($variant:ident = $word:literal,)* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq)]
        pub(crate) enum $name {
            $($variant,)*
        }

        impl $name {
            #[allow(dead_code, reason = "not every set of words is listed")]
            pub(crate) const WORDS: &'static [&'static str] = &[$($word),*];

            pub(crate) fn from_word(word: &str) -> Option<Self> {
                match word {
                    $($word => Some(Self::$variant),)*
                    _ => None,
                }
            }

            pub(crate) const fn word(self) -> &'static str {
                match self {
                    $(Self::$variant => $word,)*
                }
            }
        }
    };
}

words! {
    /// A provider's shape of response.
    Preset {
        OpenAi = "openai",
        OpenAiResponses = "openai_responses",
        Anthropic = "anthropic",
        Gemini = "gemini",
        Bedrock = "bedrock",
        Ollama = "ollama",
    }
}

words! {
    /// What a preset can read beside the counts.
    Part {
        Id = "id",
        Model = "model",
        FinishReasons = "finish_reasons",
        Cached = "cached",
        Reasoning = "reasoning",
    }
}

pub(crate) fn parse(key: &Key, input: ParseStream<'_>) -> syn::Result<UsageArg> {
    let given = value::expression(key, input)?;
    let given = value::ungroup(&given);
    if let Some((word, span)) = value::word(given) {
        return self::word(&word, span, given);
    }
    if let Expr::Call(call) = given {
        let preset = value::word(&call.func).and_then(|(word, span)| Some((Preset::from_word(&word)?, span)));
        let (preset, span) = preset.ok_or_else(|| nonsense(given))?;
        let parts = call.args.iter().map(|given| part(preset, given)).collect::<syn::Result<_>>()?;
        return Ok(UsageArg::Preset { preset, span, parts });
    }
    match Reading::of(given) {
        Some(Reading::Closure(closure)) => Ok(UsageArg::Closure(closure)),
        Some(Reading::Function(path)) => Ok(UsageArg::Function(path)),
        None => Err(nonsense(given)),
    }
}

fn word(word: &str, span: Span, given: &Expr) -> syn::Result<UsageArg> {
    if let Some(preset) = Preset::from_word(word) {
        return Ok(UsageArg::Preset { preset, span, parts: Vec::new() });
    }
    match (word, given) {
        ("in_body", _) => Ok(UsageArg::InBody),
        ("children", _) => Ok(UsageArg::Children),
        ("none", _) => Ok(UsageArg::None),
        (_, Expr::Path(path)) => match near(word) {
            Some(meant) => Err(syn::Error::new(
                span,
                format_args!("unknown usage `{word}`; did you mean `{meant}`? a function of that name is `self::{word}`"),
            )),
            None => Ok(UsageArg::Function(path.clone())),
        },
        _ => Err(nonsense(given)),
    }
}

fn near(word: &str) -> Option<&'static str> {
    let renamed = match word {
        "body" | "inbody" => Some("in_body"),
        "child" | "sum" | "nested" => Some("children"),
        "off" | "None" | "no" => Some("none"),
        "claude" => Some("anthropic"),
        "google" | "vertex" => Some("gemini"),
        "responses" => Some("openai_responses"),
        _ => None,
    };
    renamed.or_else(|| nearest(word, Preset::WORDS.iter().copied().chain(["in_body", "children", "none"])))
}

impl Preset {
    /// What there is to read beside the counts.
    const fn parts(self) -> &'static [Part] {
        use Part::{Cached, FinishReasons, Id, Model, Reasoning};
        match self {
            Self::OpenAi | Self::Gemini => &[Id, Model, FinishReasons, Cached, Reasoning],
            Self::OpenAiResponses => &[Id, Model, Cached, Reasoning],
            Self::Anthropic => &[Id, Model, FinishReasons],
            Self::Bedrock => &[FinishReasons],
            Self::Ollama => &[Model, FinishReasons],
        }
    }
}

/// One of the words in `openai(id, model)`.
fn part(preset: Preset, given: &Expr) -> syn::Result<(Part, Span)> {
    let found = value::word(given).and_then(|(word, span)| Some((Part::from_word(&word)?, span)));
    found.filter(|(part, _)| preset.parts().contains(part)).ok_or_else(|| {
        let list: Vec<_> = preset.parts().iter().map(|part| format!("`{}`", part.word())).collect();
        let (preset, given_text) = (preset.word(), given.to_token_stream());
        let message = format_args!("`{preset}` reads no `{given_text}`; beside the counts it can read {}", list.join(", "));
        syn::Error::new_spanned(given, message)
    })
}

fn nonsense(given: &Expr) -> syn::Error {
    let presets = Preset::WORDS.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", ");
    syn::Error::new_spanned(
        given,
        format_args!(
            "`usage` takes a closure, a path to a function, or a word; write `usage = |response| …`, or one of {presets}, `in_body`, `children`, `none`"
        ),
    )
}
