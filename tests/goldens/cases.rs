//! The runs that are written down in `tests/data/goldens`, for the native test and the browser's.

use highwater_engine::kafka::time::SimTime;
use highwater_engine::sim::scenario::Scenario;
use highwater_engine::sim::timeline::Timeline;

/// A run that is written down.
pub struct Case {
    /// Its name, which its files have too.
    pub name: &'static str,
    /// Its scenario, as JSON.
    scenario: &'static str,
    /// How long it is played, in milliseconds of virtual time.
    until_ms: u64,
}

/// All of them.
pub const CASES: [Case; 6] = [
    Case {
        name: "first-sight",
        scenario: include_str!("../../scenarios/first-sight.json"),
        until_ms: 3300,
    },
    Case {
        name: "the-leader-is-killed",
        scenario: include_str!("../data/goldens/the-leader-is-killed.json"),
        until_ms: 30_000,
    },
    Case {
        name: "a-follower-is-cut-off",
        scenario: include_str!("../data/goldens/a-follower-is-cut-off.json"),
        until_ms: 30_000,
    },
    Case {
        name: "a-clean-stop-and-a-restart",
        scenario: include_str!("../data/goldens/a-clean-stop-and-a-restart.json"),
        until_ms: 18_000,
    },
    Case {
        name: "a-link-gets-slow",
        scenario: include_str!("../data/goldens/a-link-gets-slow.json"),
        until_ms: 8000,
    },
    Case {
        name: "a-consumer-joins",
        scenario: include_str!("../data/goldens/a-consumer-joins.json"),
        until_ms: 16_000,
    },
];

const DIGESTS: &str = include_str!("../data/goldens/digests.txt");

impl Case {
    /// The run before its first step.
    pub fn timeline(&self) -> Timeline {
        let scenario = Scenario::from_json(self.scenario)
            .unwrap_or_else(|error| panic!("{}: {error}", self.name));
        Timeline::new(scenario).expect("what was read can be played")
    }

    /// Its last moment.
    pub fn end(&self) -> SimTime {
        SimTime(self.until_ms * 1000)
    }

    /// The digest of its last world as it is written down: 16 hexadecimal digits.
    pub fn written_digest(&self) -> &'static str {
        let mut lines = DIGESTS.lines().filter_map(|line| line.split_once(' '));
        let found = lines.find(|(_, name)| *name == self.name);
        found.map_or("none", |(digest, _)| digest)
    }
}
