//! The sentences for what happens inside Kafka.

use std::cmp::Ordering;

use highwater_engine::kafka::event::{
    Candidate, ElectionKind, KafkaEvent, LeaderElection, PositionReason, TruncationReason,
};
use highwater_engine::kafka::ids::{BrokerId, TopicPartition};

use super::{Speaker, partition_name};
use crate::view::format::{
    broker_names, bytes_text, count, enumeration, list, offsets, spoken_seconds,
};

impl Speaker<'_> {
    /// Sorts an event to those who have its words. Every event stands here by name, so that a new
    /// one can't be forgotten.
    pub(super) fn kafka(&self, event: &KafkaEvent) -> String {
        use KafkaEvent as K;
        match event {
            K::BrokerRegistered { .. }
            | K::BrokerRegistrationRefused { .. }
            | K::BrokerHeartbeatReceived { .. }
            | K::BrokerUnfenced { .. }
            | K::BrokerFenced { .. }
            | K::ControlledShutdownStarted { .. }
            | K::ControlledShutdownCompleted { .. } => broker_session(event),
            K::TopicCreated { .. }
            | K::TopicDeleted { .. }
            | K::PartitionsAdded { .. }
            | K::ConfigChanged { .. }
            | K::IsrChanged { .. }
            | K::ElrChanged { .. }
            | K::AlterPartitionRefused { .. } => topic(event),
            K::LeaderElected(election) => leader_elected(election),
            K::BecameLeader { .. }
            | K::BecameFollower { .. }
            | K::LogTruncated { .. }
            | K::IsrShrinkRequested { .. }
            | K::IsrExpandRequested { .. }
            | K::ProduceWaits { .. } => self.replica(event),
            K::RecordsAppended { .. }
            | K::DuplicateBatchIgnored { .. }
            | K::AppendRefused { .. }
            | K::RecordsReplicated { .. }
            | K::LogStartAdvanced { .. }
            | K::SegmentRolled { .. }
            | K::SegmentsDeleted { .. }
            | K::LogCleaningStarted { .. }
            | K::SegmentsCleaned { .. }
            | K::LogCleaningAborted { .. }
            | K::LogCleaned { .. }
            | K::HighWatermarkAdvanced { .. }
            | K::FollowerHighWatermarkAdvanced { .. } => self.log(event),
            K::RecordQueued { .. }
            | K::ProducerIdAssigned { .. }
            | K::BatchSent { .. }
            | K::BatchRetried { .. }
            | K::SendCompleted { .. }
            | K::LeaderLearnt { .. }
            | K::CallReturned { .. } => self.producer(event),
            K::RecordsPolled { .. }
            | K::PositionSet { .. }
            | K::PartitionsAssigned { .. }
            | K::PartitionsRevoked { .. }
            | K::PartitionsLost { .. }
            | K::CommitCompleted { .. } => self.consumer(event),
            K::CoordinatorLoaded { .. }
            | K::MemberJoined { .. }
            | K::RebalanceStarted { .. }
            | K::GenerationStable { .. }
            | K::MemberLeft { .. }
            | K::MemberSessionExpired { .. }
            | K::OffsetCommitted { .. } => self.group(event),
        }
    }

    #[inline(never)]
    fn replica(&self, event: &KafkaEvent) -> String {
        let me = self.me();
        match event {
            KafkaEvent::BecameLeader {
                partition,
                leader_epoch,
                start_offset,
                ..
            } => format!(
                "{me} now leads {}: epoch {leader_epoch} starts at offset {start_offset}.",
                partition_name(partition)
            ),
            KafkaEvent::BecameFollower {
                partition, leader, ..
            } => match leader {
                Some(leader) => format!(
                    "{me} follows broker {leader} in {}.",
                    partition_name(partition)
                ),
                None => format!("{me} waits for a leader of {}.", partition_name(partition)),
            },
            KafkaEvent::LogTruncated {
                partition,
                from,
                to,
                reason,
            } => {
                let name = partition_name(partition);
                let why = truncation(*reason);
                match to.cmp(from) {
                    Ordering::Less => {
                        format!("{me} cut its log of {name} back from {from} to {to}{why}.")
                    }
                    Ordering::Equal => format!(
                        "{me} has nothing to cut off its log of {name}, which ends at {to}{why}."
                    ),
                    Ordering::Greater => format!(
                        "{me} threw its log of {name}, which ended at {from}, away and begins at {to}{why}."
                    ),
                }
            }
            KafkaEvent::IsrShrinkRequested { partition, out } => format!(
                "{me} asks to take {} out of the ISR of {}: too long not caught up.",
                broker_names(out),
                partition_name(partition)
            ),
            KafkaEvent::IsrExpandRequested { partition, joining } => format!(
                "{me} asks to take broker {joining} into the ISR of {}: it has caught up.",
                partition_name(partition)
            ),
            KafkaEvent::ProduceWaits {
                partition, missing, ..
            } => format!(
                "The write to {} waits: {} must have it first.",
                partition_name(partition),
                broker_names(missing)
            ),
            _ => String::new(),
        }
    }

    #[inline(never)]
    fn producer(&self, event: &KafkaEvent) -> String {
        let me = self.me();
        match event {
            KafkaEvent::RecordQueued { partition, key, .. } => match key {
                Some(key) => format!(
                    "{me} takes a record with key {}: it goes to {}.",
                    bytes_text(key),
                    partition_name(partition)
                ),
                None => format!("{me} takes a record for {}.", partition_name(partition)),
            },
            KafkaEvent::ProducerIdAssigned { producer_id, .. } => {
                format!("{me} gets producer id {producer_id}.")
            }
            KafkaEvent::BatchSent {
                partition,
                record_count,
                attempt,
                ..
            } => {
                let again = if *attempt > 1 { " again" } else { "" };
                format!(
                    "{me} sends {} to {}{again}.",
                    count(u64::from(*record_count), "record"),
                    partition_name(partition)
                )
            }
            KafkaEvent::BatchRetried { partition, error } => format!(
                "{me} will send its batch for {} again: {error}.",
                partition_name(partition)
            ),
            KafkaEvent::SendCompleted { outcome, .. } => match outcome {
                Ok(stored) => match stored.offset {
                    Some(offset) => format!(
                        "{me} is told: stored in {} at offset {offset}.",
                        partition_name(&stored.partition)
                    ),
                    None => format!("{me} asks for no answer (acks=0)."),
                },
                Err(error) => format!("{me}’s send failed: {}.", error.class),
            },
            KafkaEvent::LeaderLearnt {
                partition, leader, ..
            } => match leader {
                Some(leader) => format!(
                    "{me} learns that broker {leader} leads {}.",
                    partition_name(partition)
                ),
                None => format!(
                    "{me} learns that {} has no leader.",
                    partition_name(partition)
                ),
            },
            KafkaEvent::CallReturned { .. } => format!("A call of {me} returns."),
            _ => String::new(),
        }
    }

    #[inline(never)]
    fn consumer(&self, event: &KafkaEvent) -> String {
        let me = self.me();
        match event {
            KafkaEvent::RecordsPolled {
                partition,
                to,
                count: polled,
                ..
            } => format!(
                "{me} gets {} of {}: its position is now {to}.",
                count(u64::from(*polled), "record"),
                partition_name(partition)
            ),
            KafkaEvent::PositionSet {
                partition,
                offset,
                reason,
            } => format!(
                "{me} starts {} at offset {offset}: {}.",
                partition_name(partition),
                position_reason(*reason)
            ),
            KafkaEvent::PartitionsAssigned {
                partitions,
                generation_id,
            } => format!(
                "{me} owns {} in generation {generation_id}.",
                names(partitions)
            ),
            KafkaEvent::PartitionsRevoked { partitions } => {
                format!("{me} gives up {}.", names(partitions))
            }
            KafkaEvent::PartitionsLost { partitions } => {
                format!("{me} has lost {}: others may own them.", names(partitions))
            }
            KafkaEvent::CommitCompleted { error, .. } => match error {
                None => format!("{me}’s commit is stored."),
                Some(error) => format!("{me}’s commit failed: {}.", error.class),
            },
            _ => String::new(),
        }
    }

    fn group(&self, event: &KafkaEvent) -> String {
        let me = self.me();
        match event {
            KafkaEvent::CoordinatorLoaded { partition } => {
                format!("{me} coordinates the groups of {partition}.")
            }
            KafkaEvent::MemberJoined { group_id, .. } => {
                format!("A member joined group {group_id}.")
            }
            KafkaEvent::RebalanceStarted { group_id } => {
                format!("Group {group_id} rebalances: all members must join again.")
            }
            KafkaEvent::GenerationStable {
                group_id,
                generation_id,
                members,
            } => format!(
                "Group {group_id} is stable in generation {generation_id} with {}.",
                count(members.len() as u64, "member")
            ),
            KafkaEvent::MemberLeft { group_id, .. } => format!("A member left group {group_id}."),
            KafkaEvent::MemberSessionExpired { group_id, .. } => {
                format!("A member of group {group_id} was silent for its session: it is out.")
            }
            KafkaEvent::OffsetCommitted {
                group_id,
                partition,
                offset,
            } => format!(
                "Group {group_id} has committed offset {offset} of {}.",
                partition_name(partition)
            ),
            _ => String::new(),
        }
    }
}

fn broker_session(event: &KafkaEvent) -> String {
    match event {
        KafkaEvent::BrokerRegistered { broker, .. } => {
            format!("Broker {broker} is registered, fenced until it has caught up.")
        }
        KafkaEvent::BrokerRegistrationRefused { broker, error } => {
            format!("The controller refuses to register broker {broker}: {error}.")
        }
        KafkaEvent::BrokerHeartbeatReceived { broker } => {
            format!("The controller hears broker {broker}.")
        }
        KafkaEvent::BrokerUnfenced { broker } => {
            format!("Broker {broker} is unfenced: it may lead and be in sync.")
        }
        KafkaEvent::BrokerFenced {
            broker,
            session_timeout_ms,
            was_fenced,
            ..
        } => format!(
            "The controller fenced broker {broker}{}: no heartbeat for over {}.",
            if *was_fenced { " again" } else { "" },
            spoken_seconds(session_timeout_ms * 1000)
        ),
        KafkaEvent::ControlledShutdownStarted { broker } => {
            format!("Broker {broker} hands its leaderships over before it goes.")
        }
        KafkaEvent::ControlledShutdownCompleted { broker } => {
            format!("Broker {broker} leads nothing any more and may go.")
        }
        _ => String::new(),
    }
}

fn topic(event: &KafkaEvent) -> String {
    match event {
        KafkaEvent::TopicCreated {
            topic, replicas, ..
        } => format!(
            "Topic {topic} is created with {}.",
            count(replicas.len() as u64, "partition")
        ),
        KafkaEvent::TopicDeleted { topic } => format!("Topic {topic} is deleted."),
        KafkaEvent::PartitionsAdded { topic, from, to } => {
            format!("Topic {topic} grows from {from} to {to} partitions.")
        }
        KafkaEvent::ConfigChanged { name, value, .. } => match value {
            Some(value) => format!("{name} is now {value}."),
            None => format!("{name} has its default again."),
        },
        KafkaEvent::IsrChanged {
            partition,
            from,
            to,
            ..
        } => {
            let left: Vec<_> = from.iter().filter(|id| !to.contains(id)).collect();
            let came: Vec<_> = to.iter().filter(|id| !from.contains(id)).collect();
            let what = match (left.is_empty(), came.is_empty()) {
                (false, true) => format!("{} {} out", broker_names(&left), is_or_are(&left)),
                (true, false) if from.is_empty() => "the leader alone".to_owned(),
                (true, false) => format!("{} {} in again", broker_names(&came), is_or_are(&came)),
                _ => "it changed".to_owned(),
            };
            let name = partition_name(partition);
            format!("The ISR of {name} is {}: {what}.", set(to))
        }
        KafkaEvent::ElrChanged { partition, to, .. } => format!(
            "The eligible leader replicas (ELR) of {} are now {}.",
            partition_name(partition),
            set(to)
        ),
        KafkaEvent::AlterPartitionRefused { partition, error } => format!(
            "The controller refuses another ISR for {}: {error}.",
            partition_name(partition)
        ),
        _ => String::new(),
    }
}

/// Replicas in a sentence: `1, 2`, `empty`.
fn set(replicas: &[BrokerId]) -> String {
    if replicas.is_empty() {
        "empty".to_owned()
    } else {
        list(replicas)
    }
}

fn leader_elected(election: &LeaderElection) -> String {
    let name = partition_name(&election.partition);
    let Some(to) = election.to else {
        return format!("{name} has no leader: no replica is alive and in sync.");
    };
    let order: Vec<_> = election.candidates.iter().map(|(id, _)| *id).collect();
    let is_first = order.first() == Some(&to);
    let why = match election.kind {
        ElectionKind::Initial if is_first => {
            format!("first in the replica order {}", list(&order))
        }
        ElectionKind::Initial | ElectionKind::Clean | ElectionKind::NoLeader => {
            let is_known = election
                .candidates
                .iter()
                .any(|(_, found)| *found == Candidate::Chosen);
            if is_known {
                format!(
                    "first in the replica order {} that is alive and in sync",
                    list(&order)
                )
            } else {
                "alive and in sync".to_owned()
            }
        }
        ElectionKind::Preferred => "its preferred leader is back in sync".to_owned(),
        ElectionKind::Unclean => "an unclean election, committed records may be lost".to_owned(),
        ElectionKind::LastKnownLeader => {
            "ISR and ELR are empty, so its last known leader, uncleanly and to recover".to_owned()
        }
    };
    format!("Broker {to} leads {name}: {why}.")
}

fn truncation(reason: TruncationReason) -> String {
    match reason {
        TruncationReason::DivergingEpoch { epoch } => {
            format!(", where the leader’s epoch {epoch} ends")
        }
        TruncationReason::LeaderLogShorter => ": the leader’s log is shorter".to_owned(),
        TruncationReason::LeaderLogStartsLater => ": the leader’s log starts later".to_owned(),
        TruncationReason::PowerCut => ": the rest was not on the disk itself".to_owned(),
    }
}

fn position_reason(reason: PositionReason) -> &'static str {
    match reason {
        PositionReason::Committed => "the group’s committed offset",
        PositionReason::AutoOffsetReset => "nothing was committed, so auto.offset.reset decides",
        PositionReason::Seek => "the application’s seek",
        PositionReason::LogTruncation => "the new leader’s log ends there",
    }
}

fn is_or_are<T>(items: &[T]) -> &'static str {
    if items.len() == 1 { "is" } else { "are" }
}

fn names(partitions: &[TopicPartition]) -> String {
    let names: Vec<String> = partitions.iter().map(partition_name).collect();
    if names.is_empty() {
        "no partition".to_owned()
    } else {
        enumeration(&names)
    }
}

pub fn at_offsets(first: u64, last: u64) -> String {
    let noun = if first == last { "offset" } else { "offsets" };
    format!("{noun} {}", offsets(first, last))
}
