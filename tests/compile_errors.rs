//! Every mistake in a use of `#[llm_span]` is told once, at its place, with its remedy; what is none compiles.

#[test]
fn compile_errors() {
    let cases = trybuild::TestCases::new();
    cases.compile_fail("ui/*.rs");
    cases.pass("ui/pass/*.rs");
}
