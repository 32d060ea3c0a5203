//! Clones that several layers share, and callbacks that misbehave.

use llm_span::{Labels, MetricSink, Number, Prometheus, Read, Reader};

use crate::support::{Values, counter, gauge, histogram, labels, tell, text, value};

#[test]
fn what_several_layers_tell_by_one_name_adds_up() {
    let prometheus = Prometheus::new();
    for layer in [prometheus.clone(), prometheus.clone()] {
        let values = tell(&layer, &counter("calls"), &[("model", "a")], Number::Unsigned(2));
        values.set(&[("model", "b")], Number::Unsigned(0));
        tell(&layer, &gauge("open"), &[], Number::Signed(3));
        layer.histogram(&histogram("time", &[1.0])).bind(&labels(&[("model", "a")])).record(0.5, None);
    }
    let told = text(&prometheus);
    assert_eq!(value(&told, "calls_total{model=\"a\"}"), Some(4.0), "{told}");
    assert_eq!(value(&told, "calls_total{model=\"b\"}"), Some(0.0), "{told}");
    assert_eq!(value(&told, "open"), Some(6.0), "{told}");
    assert_eq!(value(&told, "time_seconds_bucket{model=\"a\",le=\"1.0\"}"), Some(2.0), "{told}");
    assert_eq!(value(&told, "time_seconds_sum{model=\"a\"}"), Some(1.0), "{told}");
}

#[test]
fn what_a_callback_tells_is_asked_at_every_scrape() {
    let prometheus = Prometheus::new();
    let open = tell(&prometheus, &gauge("open"), &[], Number::Double(1.0));
    assert_eq!(value(&text(&prometheus), "open"), Some(1.0));
    open.set(&[], Number::Double(2.0));
    assert_eq!(value(&text(&prometheus), "open"), Some(2.0));
}

/// Panics after it has told a value.
struct Panics;

impl Read for Panics {
    fn read(&self, each: &mut dyn FnMut(&Labels, Number)) {
        each(&labels(&[("of", "before")]), Number::Double(1.0));
        panic!("the callback is out of order");
    }
}

#[test]
fn a_callback_that_panics_takes_nothing_else_along() {
    let prometheus = Prometheus::new();
    prometheus.observed(&gauge("bad"), Reader::new(Panics));
    tell(&prometheus, &gauge("bad"), &[("of", "another")], Number::Double(2.0));
    tell(&prometheus, &gauge("good"), &[], Number::Double(3.0));
    for _ in 0..2 {
        let told = text(&prometheus);
        assert_eq!(value(&told, "bad{of=\"before\"}"), Some(1.0), "{told}");
        assert_eq!(value(&told, "bad{of=\"another\"}"), Some(2.0), "{told}");
        assert_eq!(value(&told, "good"), Some(3.0), "{told}");
    }
}

/// Tells a value, and asks for all of them meanwhile.
struct Asks(Prometheus);

impl Read for Asks {
    fn read(&self, each: &mut dyn FnMut(&Labels, Number)) {
        self.0.observed(&counter("made_meanwhile"), Reader::new(Values::default()));
        self.0.histogram(&histogram("time", &[1.0])).bind(&labels(&[])).record(0.5, None);
        each(&labels(&[]), Number::Double(1.0));
    }
}

#[test]
fn a_callback_may_make_metrics_and_record() {
    let prometheus = Prometheus::new();
    prometheus.observed(&gauge("asking"), Reader::new(Asks(prometheus.clone())));
    text(&prometheus);
    assert_eq!(value(&text(&prometheus), "time_seconds_count"), Some(2.0));
}
