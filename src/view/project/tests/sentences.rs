//! How long the sentences about the present are: above the stage there is a band of one height for them.

use super::story::{give, send};
use super::*;
use crate::view::project::{SENTENCE_SHORT, is_turning_point};

/// How a story goes on: after so many milliseconds something is done.
type Story = Vec<(u64, Command)>;

fn stories() -> Vec<Story> {
    let crash = |id| Command::CrashBroker {
        broker: BrokerId(id),
    };
    let start = |id| Command::StartBroker {
        broker: BrokerId(id),
    };
    let pause = |id| Command::PauseBroker {
        broker: BrokerId(id),
    };
    let stop = |id| Command::StopBroker {
        broker: BrokerId(id),
    };
    let [cut, apart] = [Endpoint::Broker(BrokerId(3)), Endpoint::Controller].map(|other| {
        let between = [Endpoint::Broker(BrokerId(1)), other];
        Command::CutLink { between }
    });
    vec![
        vec![],
        vec![(0, crash(1)), (15_000, start(1))],
        vec![(0, crash(2)), (0, crash(3)), (15_000, start(2))],
        vec![(0, pause(1)), (15_000, crash(2))],
        vec![(0, stop(1)), (5_000, start(1))],
        vec![(0, cut)],
        vec![(0, apart)],
    ]
}

/// What is said while a story goes on in which the visitor sends a record, too: each sentence once.
fn told(mut timeline: Timeline, story: Story) -> Vec<String> {
    let mut memory = Memory::default();
    let mut sentences = Vec::new();
    let mut tell = |timeline: &Timeline| {
        let sentence = project(timeline, &mut memory).sentence;
        if !sentences.contains(&sentence) {
            sentences.push(sentence);
        }
    };
    let start = timeline.world().now().0;
    let mut story = story.into_iter().peekable();
    let mut number = 0;
    while timeline
        .next_at()
        .is_some_and(|at| at.0 < start + 25_000_000)
    {
        let now = timeline.world().now().0;
        while let Some((_, command)) = story.next_if(|(ms, _)| start + ms * 1000 <= now) {
            give(&mut timeline, command);
            tell(&timeline);
        }
        let step = timeline.step().expect("the run goes on");
        let is_turn = is_turning_point(step);
        number += 1;
        if is_turn || number % 40 == 0 {
            tell(&timeline);
        }
    }
    sentences
}

#[test]
fn nearly_all_that_is_said_has_room_in_two_lines_and_the_rest_in_three() {
    let mut all = Vec::new();
    for (number, story) in stories().into_iter().enumerate() {
        let mut timeline = first_sight();
        if number % 2 == 0 {
            send(&mut timeline);
        }
        all.extend(told(timeline, story));
    }
    for scenario in [
        include_str!("../../../../scenarios/acks-1-loses-a-record.json"),
        include_str!("../../../../scenarios/too-few-in-sync.json"),
        include_str!("../../../../scenarios/two-groups-reading.json"),
    ] {
        let scenario = Scenario::from_json(scenario).expect("it is part of the repository");
        let timeline = Timeline::new(scenario).expect("it can be played");
        all.extend(told(timeline, Vec::new()));
    }
    all.sort();
    all.dedup();
    assert!(all.len() > 40, "{all:?}");
    let long = all.iter().filter(|it| it.len() > SENTENCE_SHORT);
    let long = Vec::from_iter(long.map(String::as_str));
    // A key is as long as the visitor likes.
    let own = "Consumers may read your record: p0@5, by the hash of its key, customer-42.";
    assert_eq!(long, [own]);
}
