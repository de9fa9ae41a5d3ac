//! Answers about how something stands, while one goes back and forth in time and into other futures.

use highwater_engine::kafka::ids::StepId;

use super::*;

const P0: Subject = Subject::HighWatermark { partition: 0 };

/// p0, led by broker 3, a few seconds after broker 1 was killed: its high watermark waits for broker 1. And a
/// moment before that.
fn p0_waits() -> (Timeline, Answer, StepId) {
    let mut timeline = first_sight_at(3_000);
    let before = timeline.position();
    run_to(&mut timeline, 4_000);
    give(
        &mut timeline,
        Command::CrashBroker {
            broker: BrokerId(1),
        },
    );
    run_to(&mut timeline, 8_000);
    let answer = Answer::standing(&timeline, "orders", P0).expect("it stands still");
    (timeline, answer, before)
}

#[test]
fn before_it_was_so_nothing_is_told_and_there_again_all() {
    let (mut timeline, mut answer, before) = p0_waits();
    let there = timeline.position();
    timeline.seek(before);
    answer.follow(&timeline, "orders");
    assert!(answer.parts.is_empty() && answer.is_any());
    timeline.seek(there);
    answer.follow(&timeline, "orders");
    assert!(
        answer.parts[0]
            .words
            .starts_with("The high watermark of p0 stands at")
    );
}

#[test]
fn once_it_is_over_it_stays_to_be_read_and_back_there_it_is_so_again() {
    let (mut timeline, mut answer, _) = p0_waits();
    let there = timeline.position();
    let words = answer.parts[0].words.clone();
    run_to(&mut timeline, 16_000);
    answer.follow(&timeline, "orders");
    assert!(
        answer.parts[0].note.ends_with("no longer so"),
        "{:?}",
        answer.parts[0]
    );
    assert!(answer.parts.len() > 1, "its causes happened");
    timeline.seek(there);
    answer.follow(&timeline, "orders");
    assert_eq!(answer.parts[0].words, words);
    assert!(!answer.parts[0].note.ends_with("no longer so"));
}

#[test]
fn in_a_future_in_which_it_never_was_so_nothing_is_told_of_it() {
    let (mut timeline, mut answer, before) = p0_waits();
    timeline.seek(before);
    let other = Command::AddProducer {
        name: "other".to_owned(),
        config: Default::default(),
    };
    give(&mut timeline, other);
    for ms in [3_500, 5_000, 16_000] {
        run_to(&mut timeline, ms);
        answer.follow(&timeline, "orders");
        assert!(answer.parts.is_empty(), "at {ms}: {:?}", answer.parts);
    }
}
