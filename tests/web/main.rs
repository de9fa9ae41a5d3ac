//! The same worlds in a browser as on the command line: seed and commands are the run.
#![cfg(target_arch = "wasm32")]

#[path = "../goldens/cases.rs"]
mod cases;

use highwater_engine::kafka::ids::StepId;
use highwater_engine::sim::timeline::Timeline;
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};

use cases::CASES;

wasm_bindgen_test_configure!(run_in_browser);

fn digest(timeline: &Timeline) -> String {
    format!("{:016x}", timeline.world().digest())
}

#[wasm_bindgen_test]
fn a_run_ends_in_the_browser_as_it_was_written_down_natively() {
    for case in &CASES {
        let mut timeline = case.timeline();
        timeline.run_until(case.end(), usize::MAX);
        assert_eq!(digest(&timeline), case.written_digest(), "{}", case.name);
    }
}

#[wasm_bindgen_test]
fn whoever_seeks_back_and_forth_in_the_browser_ends_in_the_same_world() {
    for case in &CASES {
        let mut timeline = case.timeline();
        timeline.run_until(case.end(), usize::MAX);
        let end = timeline.position();
        for position in [end.0 / 2, 0, end.0 / 3, end.0 - 1, 1, end.0] {
            timeline.seek(StepId(position));
            assert_eq!(timeline.position(), StepId(position), "{}", case.name);
        }
        assert_eq!(digest(&timeline), case.written_digest(), "{}", case.name);
    }
}
