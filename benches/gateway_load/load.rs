//! Load by `wrk`, and what it tells of it.

use std::{fs, path::Path, process::Command, time::Duration};

use serde_json::json;

use crate::{
    Failure,
    kinds::{CONNECTIONS, Load},
    provider,
};

/// What `wrk` has seen.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Seen {
    pub(crate) requests: u64,
    pub(crate) seconds: f64,
    /// Latencies, in microseconds.
    pub(crate) median: f64,
    pub(crate) slowest_hundredth: f64,
}

/// `wrk` itself knows no rates. Its scripts may delay each request: to the next of the times that a clock of requests has.
const SCRIPT: &str = r#"
local ffi = require("ffi")
ffi.cdef[[
typedef struct { long seconds; long nanoseconds; } moment_t;
int clock_gettime(int clock, moment_t *moment);
]]
local moment = ffi.new("moment_t")
local function now()
  ffi.C.clock_gettime(1, moment)
  return tonumber(moment.seconds) * 1e3 + tonumber(moment.nanoseconds) / 1e6
end
wrk.method = "POST"
wrk.headers["Content-Type"] = "application/json"
wrk.body = [==[BODY]==]
if PERIOD > 0 then
  local following = 0
  function delay()
    local at = now()
    if following == 0 then following = at end
    local waits = following - at
    following = following + PERIOD
    return math.max(0, math.floor(waits + 0.5))
  end
end
function done(summary, latency)
  local errors = summary.errors
  local failed = errors.connect + errors.read + errors.write + errors.status + errors.timeout
  io.write(string.format("SEEN %d %d %d %d %d\n", summary.requests, summary.duration, latency:percentile(50), latency:percentile(99), failed))
end
"#;

/// Puts a load on a gateway for so long. Each answer is one of status 200.
pub(crate) fn put(load: Load, wrk: &Path, folder: &Path, address: &str, time: Duration) -> Result<Seen, Failure> {
    let messages = json!([{ "role": "user", "content": "Hello, world!" }]);
    let body = json!({ "model": provider::model(load), "messages": messages }).to_string();
    let period = load.rate().map_or(0.0, |rate| 1e3 / f64::from(rate));
    let script = folder.join(format!("{}.lua", load.id()));
    fs::write(&script, SCRIPT.replace("BODY", &body).replace("PERIOD", &period.to_string()))?;
    let mut command = Command::new(wrk);
    command.args(["-t", "1", "-c", &CONNECTIONS.to_string(), "-d", &format!("{}s", time.as_secs()), "-s"]).arg(&script);
    let output = command.arg(format!("http://{address}/v1/chat/completions")).output()?;
    let told = String::from_utf8_lossy(&output.stdout);
    let numbers = told.lines().find_map(|line| line.strip_prefix("SEEN "));
    let numbers: Option<Vec<f64>> = numbers.map(|numbers| numbers.split(' ').filter_map(|number| number.parse().ok()).collect());
    match numbers.as_deref() {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a count")]
        Some(&[requests, duration, median, slowest_hundredth, 0.0]) if requests > 0.0 => {
            Ok(Seen { requests: requests as u64, seconds: duration / 1e6, median, slowest_hundredth })
        }
        _ => Err(format!("not all requests were served: {told}{}", String::from_utf8_lossy(&output.stderr)).into()),
    }
}
