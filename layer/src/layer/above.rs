//! The calls above a span that begins: they keep what is counted below them.

use llm_span_contract::stamp::FIELDS;
use tracing::{Id, Metadata, Subscriber, span::Attributes};
use tracing_subscriber::{
    layer::Context,
    registry::{LookupSpan, SpanRef},
};

use super::LlmLayer;
use crate::guard;

impl LlmLayer {
    /// A span begins that may tell tokens: has the call that it is below keep what is counted there. Whether nothing is kept of any above.
    #[inline]
    pub(super) fn keep_above<S>(&self, attributes: &Attributes<'_>, id: &Id, context: &Context<'_, S>) -> bool
    where
        S: Subscriber + for<'a> LookupSpan<'a>,
    {
        let current = attributes.is_contextual().then(|| context.current_span());
        let Some(parent) = attributes.parent().or_else(|| current.as_ref()?.id()) else { return true };
        // One that a filter hides from this layer may be below a call all the same.
        let next = context.span(parent).or_else(|| context.span(id)?.parent());
        // What others have left in a span may be broken.
        next.is_none_or(|next| guard::run(|| self.keep_nearest(next)) == Some(true))
    }

    fn keep_nearest<'a, S: LookupSpan<'a>>(&self, parent: SpanRef<'a, S>) -> bool {
        let mut is_alone = true;
        let mut next = Some(parent);
        while let Some(span) = next {
            let is_kept = self.is_kept(&span);
            is_alone &= !is_kept;
            if is_call(span.metadata()) {
                if !is_kept {
                    self.begin_to_keep(&span);
                }
                // Those above it were asked when it began; but for one that tells nothing that is counted.
                if self.callsite(span.metadata()).is_some_and(|(_, callsite)| callsite.may_count) {
                    return false;
                }
                is_alone = false;
            }
            next = span.parent();
        }
        is_alone
    }
}

/// Whether a span is that of a call, at a glance: calls have all fields that the contracts stamp, and those first.
fn is_call(metadata: &Metadata<'_>) -> bool {
    let fields = metadata.fields();
    fields.len() >= FIELDS.len() && fields.iter().next().is_some_and(|first| first.name() == FIELDS[0])
}
