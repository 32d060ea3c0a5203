#!/usr/bin/env bash
# What annotating costs the compiler: `cargo check` of a crate with many annotated functions, against the same functions with
# `#[tracing::instrument(skip_all)]`, and with no attribute at all. The dependencies are built before; the runs are in turn.
#
#     benches/compile_time.sh [--quick] [functions=500] [runs=5]
set -euo pipefail

functions=500
runs=5
if [ "${1:-}" = --quick ]; then
    functions=20
    runs=1
    shift
fi
functions="${1:-$functions}"
runs="${2:-$runs}"

checkout="$(cd "$(dirname "$0")/.." && pwd)"
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
export CARGO_TARGET_DIR="$work/target"

# crate NAME DEPENDENCY ATTRIBUTE: functions as in a client library, each with that attribute.
crate() {
    mkdir -p "$work/$1/src"
    cat >"$work/$1/Cargo.toml" <<TOML
[package]
name = "$1"
version = "0.0.0"
edition = "2024"

[dependencies]
$2
TOML
    {
        cat <<'RUST'
pub struct Client;
pub struct Request { pub model: String, pub prompt: String }
pub struct Answer { pub text: String, pub prompt_tokens: u32, pub completion_tokens: u32 }
#[derive(Debug)]
pub struct ApiError;
impl Client {
    pub async fn send(&self, request: Request) -> Result<Answer, ApiError> {
        if request.model.is_empty() { return Err(ApiError); }
        Ok(Answer { text: request.prompt, prompt_tokens: 1, completion_tokens: 2 })
    }
}
RUST
        if [ "$1" = annotated ]; then
            cat <<'RUST'
impl llm_span::ReportUsage for Answer {
    fn usage(&self) -> Option<llm_span::Usage> {
        Some(llm_span::Usage::new(self.prompt_tokens, self.completion_tokens))
    }
}
RUST
        fi
        for number in $(seq "$functions"); do
            cat <<RUST
$3
pub async fn ask_$number(client: &Client, request: Request) -> Result<Answer, ApiError> {
    let answer = client.send(request).await?;
    if answer.text.len() > $number { Ok(answer) } else { Err(ApiError) }
}
RUST
        done
    } >"$work/$1/src/lib.rs"
}

crate bare '' ''
crate instrumented 'tracing = { version = "0.1", default-features = false, features = ["attributes", "std"] }' \
    '#[tracing::instrument(skip_all)]'
crate annotated "llm-span = { path = \"$checkout/layer\" }" \
    '#[llm_span::llm_span(operation = "chat", provider = "openai", model = request.model)]'
crates='bare instrumented annotated'

printf '[workspace]\nresolver = "3"\nmembers = ["bare", "instrumented", "annotated"]\n' >"$work/Cargo.toml"
cp "$checkout/Cargo.lock" "$work/" # the checkout's versions
cd "$work"
cargo check --quiet # the dependencies, and a warm disk

TIMEFORMAT=%R
for _ in $(seq "$runs"); do
    for crate in $crates; do
        cargo clean --quiet --package "$crate"
        { time cargo check --quiet --offline --package "$crate" 2>"$work/log"; } 2>>"$work/$crate.seconds" ||
            { cat "$work/log" >&2 && exit 1; }
    done
done

median() {
    sort -n "$work/$1.seconds" | awk '{ seconds[NR] = $1 } END { print seconds[int((NR + 1) / 2)] }'
}
echo "cargo check of $functions functions, median of $runs runs:"
for crate in $crates; do
    printf '%-14s %7.2f s   (%s)\n' "$crate" "$(median "$crate")" "$(paste -sd' ' "$work/$crate.seconds")"
done
awk -v ours="$(median annotated)" -v peer="$(median instrumented)" 'BEGIN {
    ratio = ours / peer
    printf "RATIO compile_time/annotated:instrumented %.3f\n", ratio
    printf "BAR compile time: annotated, of #[instrument] without fields %.3f <= 1.5 %s\n", ratio, ratio <= 1.5 ? "met" : "missed"
}'
