//! Several processes write into one file.

use llm_span::store::{Order, SpanQuery, Store};

use crate::{child::Writer, support::number};

#[test]
fn processes_write_into_one_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("telemetry.db");
    let mut writers: Vec<_> = (0..3).map(|_| Writer::start(&path, 400)).collect();
    for writer in &mut writers {
        while writer.committed().is_some_and(|number| number < 400) {}
        assert!(writer.child.wait().unwrap().success());
    }
    assert_eq!(number(&path, "SELECT count(*) FROM spans"), 1_200);
    assert_eq!(number(&path, "SELECT count(*) FROM logs WHERE target <> 'llm_span::pipeline'"), 1_200);
    assert_eq!(number(&path, "SELECT count(*) FROM traces"), 1_200);
    assert_eq!(number(&path, "SELECT count(DISTINCT attributes ->> 'process') FROM spans"), 3);
    let last = SpanQuery::new().attribute("number", 400).order(Order::Oldest);
    assert_eq!(Store::open(&path).unwrap().spans(&last).unwrap().len(), 3);
}
