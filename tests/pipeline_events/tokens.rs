//! What each request has used, told one by one.

use crate::{console::replaced, process::written};

#[test]
fn each_request_tells_its_tokens_once_also_where_nothing_is_sampled() {
    let (stdout, _) = written("never sampled");
    let metrics: Vec<_> = stdout.lines().filter(|line| line.contains("[METRIC]")).collect();
    let ids = |line: &str| line.split(' ').nth(1).map(str::to_owned).expect("ids");
    let (first, second) = metrics.split_at(3);
    for (request, expected) in [(first, ["128", "64", "192"]), (second, ["1", "2", "3"])] {
        let [prompt, completion, total] = expected;
        let mut told: Vec<_> = request.iter().map(|line| line.split_once("[METRIC] ").expect("a metric").1).collect();
        told.sort_unstable();
        assert_eq!(
            told,
            [
                format!("completion_tokens {completion} tokens  model_id=gpt-4o provider_id=openai"),
                format!("prompt_tokens {prompt} tokens  model_id=gpt-4o provider_id=openai"),
                format!("total_tokens {total} tokens  model_id=gpt-4o provider_id=openai"),
            ]
        );
        // Of one span, whose log line has the same ids.
        assert!(request.iter().all(|line| ids(line) == ids(request[0])), "{stdout}");
        assert!(stdout.lines().any(|line| line.contains("response generated") && ids(line) == ids(request[0])), "{stdout}");
    }
    assert_ne!(ids(first[0]), ids(second[0]));
    assert!(!stdout.contains("[START]") && !stdout.contains("[END]"), "nothing is sampled: {}", replaced(&stdout));
}
