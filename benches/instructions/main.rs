//! How many instructions the ways take that every call, line and chunk takes, counted by Valgrind's Callgrind. On a noisy machine they
//! tell what time does not: each case runs warm, in a process of its own.
//!
//! ```sh
//! cargo bench --profile counted -p llm-span-benches --features instructions --bench instructions             # against `expected.toml`
//! cargo bench --profile counted -p llm-span-benches --features instructions --bench instructions -- --renew  # writes it anew
//! ```
//!
//! With any other argument it is gungraun's own program, which shows and filters cases, and keeps Callgrind's files: `-- --help`.

#![allow(clippy::print_stdout, clippy::print_stderr, missing_docs, reason = "a bench prints its figures")]

mod cases;
mod compare;
#[path = "../counted/mod.rs"]
mod counted;
mod counting;
mod expected;
mod machine;

use std::process::ExitCode;

use compare::Verdict;
use expected::Expected;

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).filter(|arg| arg != "--bench").collect();
    let renews = args == ["--renew"];
    if !args.is_empty() && !renews {
        cases::run_by_gungraun();
        return ExitCode::SUCCESS;
    }
    match check(renews) {
        Ok(code) => code,
        Err(problem) => {
            eprintln!("instructions: {problem}");
            ExitCode::FAILURE
        }
    }
}

fn check(renews: bool) -> Result<ExitCode, String> {
    let tools = match machine::Tools::find() {
        Ok(tools) => tools,
        Err(missing) => {
            println!("instructions: skipped, {missing}; `bash .ci/install-callgrind` installs it on Debian and its like");
            return Ok(ExitCode::SUCCESS);
        }
    };
    let here = machine::described()?;
    let counts = counting::counts(&tools)?;
    let expected = Expected::read()?;
    if renews {
        Expected::renew(&here, &counts)?;
    }
    let verdict = Verdict::of(&counts, &expected, &here, renews);
    print!("{verdict}");
    Ok(if verdict.holds() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
