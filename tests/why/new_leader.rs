//! Why a record above the high watermark is not readable in the first moments of a new leader.

use super::*;

/// Kafka 4.3.1: `ReplicaManager#applyDelta`: a broker leads once it has read so in the metadata log.
/// `Partition#makeLeader`: it knows how far nobody has fetched.
#[test]
fn a_record_is_not_readable_while_its_new_leader_has_not_heard_of_that_or_not_been_fetched_from() {
    let mut timeline = first_sight_at(4_478);
    let broker = BrokerId(3);
    give(&mut timeline, Command::CrashBroker { broker });
    run_to(&mut timeline, 13_400);
    let mut told: Vec<String> = Vec::new();
    while timeline.world().now() < SimTime(15_000_000) {
        timeline.step().expect("the run goes on");
        let leader = timeline.world().controller().image();
        let p0 = TopicPartition::new(&TopicName("orders".into()), 0);
        let leader = leader.partition(&p0).and_then(|it| it.leader);
        if leader != Some(BrokerId(1)) {
            continue;
        }
        let end = timeline.world().broker(BrokerId(1));
        let end = end
            .and_then(|it| it.replica(&p0))
            .map(|it| it.log_end_offset.0);
        let last = end.and_then(|end| end.checked_sub(1));
        let answer = Answer::unread(&timeline, "orders", 0, last.expect("it has records"));
        let all = answer.map_or_else(Vec::new, |answer| read(&answer));
        let because = all.into_iter().filter(|it| it.contains("because"));
        for link in because {
            if !told.contains(&link) {
                told.push(link);
            }
        }
    }
    assert_eq!(
        told[..4],
        [
            "because broker 1 was chosen to lead p0 and has not heard of it yet: the metadata log is \
             on its way to it. Till then it serves nobody as the leader.",
            "and because it knows the high watermark as a follower does, one fetch late: 5. Consumers \
             had been told 6 already.",
            "because broker 1, the new leader, began with the high watermark that it knew as a \
             follower, 5. The one before had come to 6: followers learn that one fetch later.",
            "and because broker 2 is in sync and has not fetched from its new leader yet: the leader \
             learns that it has 5 only from its next fetch.",
        ]
    );
    let too_few = told.iter().find(|it| it.contains("min.insync.replicas"));
    assert_eq!(too_few, None, "two replicas are in sync all the time");
}
