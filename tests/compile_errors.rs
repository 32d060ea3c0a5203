//! Every mistake in a use of `#[llm_span]` is told once, at its place, with its remedy.

#[test]
fn compile_errors() {
    trybuild::TestCases::new().compile_fail("ui/*.rs");
}
