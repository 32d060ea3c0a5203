//! A test that fails while a call breaks its contract, and passes once the call is mended.
//!
//!     cargo run --example contract_tests      # prints the report, then the test's success
//!     cargo test --example contract_tests     # the same two as tests

#![allow(clippy::print_stdout, reason = "an example shows what it does")]

mod gateway;

use gateway::Gateway;
use llm_span::testing;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let runtime = tokio::runtime::Builder::new_current_thread().build()?;
    runtime.block_on(async {
        println!("── Broken: the usage is read where the gateway no longer puts it\n");
        let calls = testing::capture();
        gateway::summarize_broken(&Gateway, "A long text.").await?;
        match calls.check_contract() {
            Ok(()) => return Err("the contract is broken, and nobody noticed".into()),
            Err(report) => println!("{report}\n"),
        }
        drop(calls);

        println!("── Mended: the usage is read where it is\n");
        let calls = testing::capture();
        let answer = gateway::summarize(&Gateway, "A long text.").await?;
        calls.check_contract()?;
        println!("{}\n{calls}\nThe contract holds.", answer.text);
        Ok(())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn summarize_honours_the_contract() {
        let calls = testing::capture();
        gateway::summarize(&Gateway, "A long text.").await.unwrap();

        calls.assert_contract();
        assert_eq!(calls.tokens().total, 192);
        calls.only().assert_attribute("llm.model", "gpt-4o");
    }

    /// Without `should_panic` this is the test that a developer sees fail.
    #[tokio::test]
    #[should_panic(expected = "error[missing-attribute]: `llm.tokens.prompt` was never recorded")]
    async fn summarize_broken_honours_the_contract() {
        let calls = testing::capture();
        gateway::summarize_broken(&Gateway, "A long text.").await.unwrap();

        calls.assert_contract();
    }
}
