//! `usage` and `estimate`: where the tokens are.

use llm_span_contract::Operation;

use super::fits;
use crate::{
    args::{Args, Reading, UsageArg},
    errors::Errors,
    model::Usage,
};

/// Where the usage is; where nothing is said, models are asked and nobody else.
pub(crate) fn checked(args: &mut Args, operation: Option<Operation>, errors: &mut Errors) -> Usage {
    match fits::take(&mut args.usage, "usage", operation, errors) {
        None if operation.is_some_and(|operation| !operation.counts_tokens()) => Usage::Unreported,
        None => Usage::Reported,
        Some(UsageArg::Closure(closure)) => Usage::Closure(closure),
        Some(UsageArg::Function(path)) => Usage::Function(path),
        Some(UsageArg::Preset { preset, span, parts }) => Usage::Preset { preset, span, parts },
        Some(UsageArg::Children) => Usage::Children,
        Some(UsageArg::InBody | UsageArg::None) => Usage::Unreported,
    }
}

/// What fills in the counts that the provider left out.
pub(crate) fn estimate(args: &mut Args, operation: Option<Operation>, errors: &mut Errors) -> Option<Reading> {
    fits::take(&mut args.estimate, "estimate", operation, errors)
}
