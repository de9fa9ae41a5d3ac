//! What the broker itself decides for the groups that it coordinates.

use super::*;
use crate::kafka::error_code::ErrorCode;
use crate::kafka::group::OFFSETS_TOPIC;
use crate::kafka::message::{CommittedOffset, OffsetCommitRequest};

const GROUP: &str = "g";

/// Broker 1 leads `t-0` and the only partition of the offsets topic.
fn coordinating() -> Bench {
    let mut bench = Bench::running(&[("offsets.topic.num.partitions", "1")]);
    bench.create_topic(1, &[1], &[]);
    let name = TopicName::new(OFFSETS_TOPIC);
    let partition = TopicPartition::new(&name, 0);
    let id = TopicId(77);
    let registration = registration(Some(1), &[1], &[1], 0);
    bench.metadata(vec![
        MetadataRecord::Topic { name, id },
        MetadataRecord::Partition {
            partition,
            registration,
        },
    ]);
    bench
}

impl Bench {
    /// What somebody outside the group's membership is told of a commit.
    fn commit(
        &mut self,
        partitions: &[&TopicPartition],
    ) -> Vec<(TopicPartition, Option<ErrorCode>)> {
        let committed = CommittedOffset {
            offset: Offset(5),
            leader_epoch: None,
            metadata: String::new(),
        };
        let offsets = partitions.iter().copied().cloned();
        let request = OffsetCommitRequest {
            group_id: GROUP.to_owned(),
            member_id: String::new(),
            group_instance_id: None,
            generation_id: -1,
            offsets: offsets
                .map(|partition| (partition, committed.clone()))
                .collect(),
        };
        let asked = self.request(CLIENT, Request::OffsetCommit(request));
        match self.answer(asked) {
            Some((Response::OffsetCommit(response), _)) => response.partitions.clone(),
            other => panic!("no answer to a commit: {other:?}"),
        }
    }

    fn committed(&self) -> Vec<(TopicPartition, Offset)> {
        let coordinator = self.broker.group_coordinator();
        coordinator.expect("the broker runs").committed(GROUP)
    }
}

/// Kafka 4.3.1: `KafkaApis#handleOffsetCommitRequest`.
#[test]
fn offsets_of_partitions_that_do_not_exist_are_refused_and_the_others_stored() {
    let mut bench = coordinating();
    let beyond = TopicPartition::new(&TopicName::new("t"), 7);
    let unknown = TopicPartition::new(&TopicName::new("never-made"), 0);
    let told = bench.commit(&[&t0(), &beyond, &unknown]);
    let refused = Some(ErrorCode::UnknownTopicOrPartition);
    assert_eq!(told, [(beyond, refused), (unknown, refused), (t0(), None)]);
    assert_eq!(bench.committed(), [(t0(), Offset(5))]);
}

/// Kafka 4.3.1: `KafkaApis#handleOffsetCommitRequest`: the group is not asked when nothing is
/// left to commit, so nobody hears that this broker isn't its coordinator.
#[test]
fn a_commit_for_nothing_that_exists_is_answered_without_the_group() {
    let mut bench = Bench::running(&[]);
    let told = bench.commit(&[&t0()]);
    assert_eq!(told, [(t0(), Some(ErrorCode::UnknownTopicOrPartition))]);
}

/// Kafka 4.3.1: `GroupCoordinatorService#handleTopicsDeletion`.
#[test]
fn offsets_go_with_their_topic() {
    let mut bench = coordinating();
    bench.commit(&[&t0()]);
    let name = TopicName::new("t");
    bench.metadata(vec![MetadataRecord::RemoveTopic { name }]);
    assert_eq!(bench.committed(), []);
    let offsets = TopicPartition::new(&TopicName::new(OFFSETS_TOPIC), 0);
    let log = bench.broker.disk().log(&offsets);
    let log = log.expect("broker 1 has a replica of it");
    assert_eq!(
        log.log_end_offset(),
        Offset(2),
        "the offset and its tombstone"
    );
}
