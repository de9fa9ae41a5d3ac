//! Why nothing has left a producer yet, and why nobody is out of sync: how it stands, not what happened.

use super::*;

fn standing(timeline: &Timeline, subject: Subject) -> Vec<String> {
    let answer = Answer::standing(timeline, "orders", subject);
    read(&answer.expect("it stands so"))
}

fn unsent(timeline: &Timeline, partition: u32) -> Vec<String> {
    let client = timeline.world().client("checkout").expect("it writes").0;
    standing(timeline, Subject::Unsent { client, partition })
}

/// Kafka 4.3.1: `NetworkClient#ready`.
#[test]
fn nothing_is_sent_to_a_leader_that_was_killed_and_of_which_the_connection_is_lost() {
    let mut timeline = first_sight_at(4_000);
    let broker = BrokerId(1);
    give(&mut timeline, Command::CrashBroker { broker });
    run_to(&mut timeline, 6_000);
    assert_eq!(
        unsent(&timeline, 1),
        [
            "checkout has 10 records for p1 not sent yet",
            "because checkout takes broker 1 for the leader of p1, and has lost the connection to it; \
             broker 1 is killed: what it had in memory is gone, its disk stays.",
            "because you killed broker 1, kill -9",
            "  Branch: stop it cleanly instead",
        ]
    );
}

/// Kafka 4.3.1: `InFlightRequests#canSendMore`.
#[test]
fn no_more_requests_than_allowed_go_without_an_answer() {
    let mut timeline = first_sight_at(4_000);
    let broker = BrokerId(1);
    give(&mut timeline, Command::CrashBroker { broker });
    run_to(&mut timeline, 6_000);
    let of_p0 = unsent(&timeline, 0);
    assert_eq!(
        of_p0[1..],
        [
            "because checkout has 5 requests at broker 3 without an answer: more may not be.",
            "  max.in.flight.requests.per.connection=5",
        ]
    );
    let mut timeline = first_sight_at(4_000);
    give(&mut timeline, Command::PauseBroker { broker });
    run_to(&mut timeline, 6_000);
    let paused = unsent(&timeline, 1);
    assert!(paused[1].ends_with("; broker 1 stands still: it neither hears nor answers."));
    assert_eq!(paused[3], "because you paused broker 1, kill -STOP");
}

/// Kafka 4.3.1: `RecordAccumulator#batchReady`.
#[test]
fn a_lone_record_lingers_for_others() {
    let mut timeline = first_sight_at(4_000);
    let client = timeline.world().client("checkout").expect("it writes").0;
    let lingers = loop {
        let subjects = (0..3).map(|partition| Subject::Unsent { client, partition });
        let mut answers =
            subjects.filter_map(|subject| Answer::standing(&timeline, "orders", subject));
        if let Some(answer) = answers.next() {
            break read(&answer);
        }
        timeline.step().expect("the run goes on");
    };
    assert_eq!(
        lingers[1..],
        [
            "because more records may still join it in one batch.",
            "  linger.ms=5",
        ]
    );
}

/// Kafka 4.3.1: `Partition#getOutOfSyncReplicas`.
#[test]
fn all_are_in_sync_since_each_has_fetched_all_within_the_time_that_is_allowed() {
    let mut timeline = first_sight_at(4_000);
    let subject = Subject::InSyncReplicas { partition: 1 };
    let leads = "because broker 1 leads: what its log has is what the others have to fetch.";
    assert_eq!(
        standing(&timeline, subject),
        [
            "All three replicas of p1 are in sync",
            leads,
            "and because broker 2 has fetched all of it.",
            "and because broker 3 has fetched all of it.",
            "  replica.lag.time.max.ms=30000",
        ]
    );
    let broker = BrokerId(3);
    give(&mut timeline, Command::PauseBroker { broker });
    run_to(&mut timeline, 8_000);
    let behind = standing(&timeline, subject);
    let late = "and because broker 3 had fetched all of it 4.";
    assert!(behind[3].starts_with(late), "{behind:?}");
    run_to(&mut timeline, 20_000);
    let answer = Answer::standing(&timeline, "orders", subject);
    assert_eq!(answer, None, "it left: that is an event");
}
