//! The embedded provider as a process of its own.

use llm_span_examples::provider::{Provider, Settings};

use crate::{Failure, helper, kinds::Load};

pub(crate) const ROLE: &str = "--provider";

/// Serves until it is told to end; tells how many answers it has given, and how many requests had none.
pub(crate) fn serve() -> Result<(), Failure> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        let slow = std::time::Duration::from_millis(20);
        let provider = Provider::start_with(Settings { slow, ..Settings::default() }).await?;
        helper::until_told(&provider.base_url()).await?;
        let served = provider.served();
        helper::tell(&format!("{} {}", served.answered, served.failed))?;
        Ok(())
    })
}

/// Which of its models answers in the time that a load wants.
pub(crate) fn model(load: Load) -> &'static str {
    use llm_span_examples::provider::Model;
    match load {
        Load::FullSpeed => Model::Answers.name(),
        Load::FixedRate => Model::Slow.name(),
    }
}
