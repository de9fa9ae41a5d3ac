//! Topics and their partitions: created, grown, deleted.
//!
//! Kafka 4.3.1: `ReplicationControlManager#createTopics`, `#createPartitions`, `#deleteTopics`.

use crate::kafka::controller::decision::Decision;
use crate::kafka::controller::partition_change::Liveness;
use crate::kafka::controller::placement::{UsableBroker, place_replicas};
use crate::kafka::controller::{Controller, topic_name};
use crate::kafka::error_code::ErrorCode;
use crate::kafka::event::{Candidate, ElectionKind, KafkaEvent, LeaderElection};
use crate::kafka::ids::{
    BrokerId, LeaderEpoch, PartitionEpoch, PartitionId, TopicId, TopicName, TopicPartition,
};
use crate::kafka::message::{
    ApiError, CreatePartitionsRequest, CreatePartitionsResponse, CreateTopicsRequest,
    CreateTopicsResponse, DeleteTopicsRequest, DeleteTopicsResponse,
};
use crate::kafka::metadata::{
    ConfigResource, LeaderRecoveryState, MetadataRecord, PartitionRegistration,
};
use crate::kafka::node::{Chance, Context};
use crate::sorted::SortedMap;

/// How many partitions a request may create.
///
/// Kafka 4.3.1: `ReplicationControlManager.MAX_PARTITIONS_PER_BATCH`,
/// `QuorumController.MAX_RECORDS_PER_USER_OP`.
const MAX_PARTITIONS_PER_BATCH: i32 = 10_000;

/// The replicas of each new partition.
type Assignment = Vec<Vec<BrokerId>>;

impl Controller {
    /// Creates a topic.
    ///
    /// Kafka 4.3.1: `ReplicationControlManager#createTopics`.
    pub(super) fn create_topics(
        &mut self,
        request: &CreateTopicsRequest,
        cx: &mut Context<'_>,
    ) -> CreateTopicsResponse {
        let replicas = match self.decide_new_topic(request, cx.chance()) {
            Ok(replicas) => replicas,
            Err(error) => return CreateTopicsResponse { error: Some(error) },
        };
        let topic = &request.topic;
        let topic_id = TopicId(self.next_topic_id);
        let mut decisions = vec![Decision::of(MetadataRecord::Topic {
            name: topic.clone(),
            id: topic_id,
        })];
        decisions.extend(request.config.iter().map(|(name, value)| {
            Decision::of(MetadataRecord::Config {
                resource: ConfigResource::Topic(topic.clone()),
                name: name.clone(),
                value: Some(value.clone()),
            })
        }));
        decisions.extend(self.decide_new_partitions(topic, 0, &replicas));
        let created = cx.emit(KafkaEvent::TopicCreated {
            topic: topic.clone(),
            topic_id,
            replicas,
        });
        self.commit(decisions, Some(created), cx);
        CreateTopicsResponse { error: None }
    }

    /// Adds partitions to a topic.
    ///
    /// Kafka 4.3.1: `ReplicationControlManager#createPartitions`.
    #[inline(never)]
    pub(super) fn create_partitions(
        &mut self,
        request: &CreatePartitionsRequest,
        cx: &mut Context<'_>,
    ) -> CreatePartitionsResponse {
        let (from, replicas) = match self.decide_more_partitions(request, cx.chance()) {
            Ok(decided) => decided,
            Err(error) => return CreatePartitionsResponse { error: Some(error) },
        };
        let decisions = self.decide_new_partitions(&request.topic, from, &replicas);
        let added = cx.emit(KafkaEvent::PartitionsAdded {
            topic: request.topic.clone(),
            from,
            to: from + replicas.len() as u32,
        });
        self.commit(decisions, Some(added), cx);
        CreatePartitionsResponse { error: None }
    }

    /// Deletes a topic.
    ///
    /// Kafka 4.3.1: `ReplicationControlManager#deleteTopics`.
    #[inline(never)]
    pub(super) fn delete_topics(
        &mut self,
        request: &DeleteTopicsRequest,
        cx: &mut Context<'_>,
    ) -> DeleteTopicsResponse {
        let name = request.topic.clone();
        if !self.image.topics.contains_key(&name) {
            let error = ApiError {
                code: ErrorCode::UnknownTopicOrPartition,
                message: None,
            };
            return DeleteTopicsResponse { error: Some(error) };
        }
        let topic = name.clone();
        let deleted = cx.emit(KafkaEvent::TopicDeleted { topic });
        let decision = Decision::of(MetadataRecord::RemoveTopic { name });
        self.commit(vec![decision], Some(deleted), cx);
        DeleteTopicsResponse { error: None }
    }

    /// Checks a new topic and finds its replicas.
    fn decide_new_topic(
        &self,
        request: &CreateTopicsRequest,
        chance: &mut dyn Chance,
    ) -> Result<Assignment, ApiError> {
        let assignment = request.assignment.as_ref().filter(|list| !list.is_empty());
        let wanted = request.partitions.filter(|count| *count != -1);
        let partition_count = wanted.unwrap_or(self.config.num_partitions);
        let total = assignment.map_or(partition_count, |list| {
            i32::try_from(list.len()).unwrap_or(i32::MAX)
        });
        if total > MAX_PARTITIONS_PER_BATCH {
            let message = "Excessively large number of partitions per request.";
            return Err(error(ErrorCode::PolicyViolation, message));
        }
        self.validate_new_topic_name(&request.topic)?;
        self.validate_topic_config(&request.topic, &request.config)?;
        let replication_factor = request.replication_factor.filter(|factor| *factor != -1);
        if let Some(assignment) = assignment {
            let given = match (replication_factor, wanted) {
                (Some(_), _) => Some("replication factor"),
                (None, Some(_)) => Some("numPartitions"),
                (None, None) => None,
            };
            if let Some(given) = given {
                let message = format!(
                    "A manual partition assignment was specified, but {given} was not set to -1."
                );
                return Err(error(ErrorCode::InvalidRequest, message));
            }
            self.validate_assignment(assignment, 0, None)?;
            return Ok(assignment.clone());
        }
        if replication_factor.is_some_and(|factor| factor <= 0) {
            let message =
                "Replication factor must be larger than 0, or -1 to use the default value.";
            return Err(error(ErrorCode::InvalidReplicationFactor, message));
        }
        if wanted.is_some_and(|count| count <= 0) {
            let message = "Number of partitions was set to an invalid non-positive value.";
            return Err(error(ErrorCode::InvalidPartitions, message));
        }
        let factor = replication_factor.unwrap_or(self.config.default_replication_factor);
        self.place(partition_count, factor, chance)
            .map_err(|problem| {
                let message = format!("Unable to replicate the partition {factor} time(s): ");
                error(ErrorCode::InvalidReplicationFactor, message + &problem)
            })
    }

    /// Checks an increase and finds the replicas of the new partitions. Also returns the number
    /// of the first one.
    fn decide_more_partitions(
        &self,
        request: &CreatePartitionsRequest,
        chance: &mut dyn Chance,
    ) -> Result<(u32, Assignment), ApiError> {
        let image = self.image.topics.get(&request.topic);
        let Some(topic) = image else {
            return Err(ApiError {
                code: ErrorCode::UnknownTopicOrPartition,
                message: None,
            });
        };
        let count = i32::try_from(topic.partitions.len()).unwrap_or(i32::MAX);
        if request.total <= count {
            let message = if request.total == count {
                format!("Topic already has {count} partition(s).")
            } else {
                format!(
                    "The topic {} currently has {count} partition(s); {} would not be an increase.",
                    request.topic, request.total
                )
            };
            return Err(error(ErrorCode::InvalidPartitions, message));
        }
        let additional = request.total - count;
        if additional > MAX_PARTITIONS_PER_BATCH {
            let message = "Unable to perform excessively large batch operation.";
            return Err(error(ErrorCode::PolicyViolation, message));
        }
        let first = topic.partitions.values().next();
        let factor = first.map_or(0, |partition| partition.replicas.len());
        let from = count.unsigned_abs();
        let Some(assignment) = &request.assignment else {
            let factor = i16::try_from(factor).unwrap_or(i16::MAX);
            let placed = self.place(additional, factor, chance);
            let placed = placed.map_err(|text| error(ErrorCode::InvalidReplicationFactor, text))?;
            return Ok((from, placed));
        };
        if assignment.len() != additional.unsigned_abs() as usize {
            let message = format!(
                "Attempted to add {additional} additional partition(s), but only {} \
                 assignment(s) were specified.",
                assignment.len()
            );
            return Err(error(ErrorCode::InvalidReplicaAssignment, message));
        }
        self.validate_assignment(assignment, from, Some(factor))?;
        Ok((from, assignment.clone()))
    }

    fn validate_new_topic_name(&self, topic: &TopicName) -> Result<(), ApiError> {
        if self.image.topics.contains_key(topic) {
            let message = format!("Topic '{topic}' already exists.");
            return Err(error(ErrorCode::TopicAlreadyExists, message));
        }
        topic_name::validate(topic.as_str())
            .map_err(|message| error(ErrorCode::InvalidTopicException, message))?;
        let mut existing = self.image.topics.keys();
        match existing.find(|other| topic_name::collide(topic.as_str(), other.as_str())) {
            Some(other) => {
                let message = format!("Topic '{topic}' collides with existing topic: {other}");
                Err(error(ErrorCode::InvalidTopicException, message))
            }
            None => Ok(()),
        }
    }

    fn place(
        &self,
        partition_count: i32,
        replication_factor: i16,
        chance: &mut dyn Chance,
    ) -> Result<Assignment, String> {
        let brokers = self.image.brokers.iter();
        let usable: Vec<UsableBroker> = brokers
            .filter(|(id, _)| !self.heartbeats.is_shutting_down(**id))
            .map(|(id, registration)| UsableBroker {
                id: *id,
                rack: registration.rack.clone(),
                fenced: registration.fenced,
            })
            .collect();
        let partition_count = usize::try_from(partition_count).unwrap_or(0);
        let placed = place_replicas(&usable, partition_count, replication_factor, chance)?;
        let is_active = |id: &BrokerId| self.image.is_active(*id);
        if placed.iter().all(|replicas| replicas.iter().any(is_active)) {
            return Ok(placed);
        }
        Err("All brokers are currently fenced or in controlled shutdown.".to_owned())
    }

    /// Checks replicas that a person has chosen, partition by partition.
    ///
    /// Kafka 4.3.1: `ReplicationControlManager#validateManualPartitionAssignment`.
    fn validate_assignment(
        &self,
        assignment: &Assignment,
        first_partition: u32,
        replication_factor: Option<usize>,
    ) -> Result<(), ApiError> {
        let refused = |message: String| error(ErrorCode::InvalidReplicaAssignment, message);
        let mut expected = replication_factor;
        for (partition, replicas) in (first_partition..).zip(assignment) {
            self.validate_replicas(replicas).map_err(refused)?;
            if let Some(expected) = expected.filter(|expected| *expected != replicas.len()) {
                return Err(refused(format!(
                    "The manual partition assignment includes a partition with {} replica(s), \
                     but this is not consistent with previous partitions, which have {expected} \
                     replica(s).",
                    replicas.len()
                )));
            }
            expected = Some(replicas.len());
            if !replicas.iter().any(|id| self.image.is_active(*id)) {
                return Err(refused(format!(
                    "All brokers specified in the manual partition assignment for partition \
                     {partition} are fenced or in controlled shutdown."
                )));
            }
        }
        Ok(())
    }

    fn validate_replicas(&self, replicas: &[BrokerId]) -> Result<(), String> {
        if replicas.is_empty() {
            let text = "The manual partition assignment includes an empty replica list.";
            return Err(text.to_owned());
        }
        let mut seen = SortedMap::<BrokerId, u32>::new();
        for broker in replicas {
            *seen.entry(*broker).or_default() += 1;
        }
        for (broker, count) in &seen {
            if !self.image.brokers.contains_key(broker) {
                return Err(format!(
                    "The manual partition assignment includes broker {broker}, but no such \
                     broker is registered."
                ));
            }
            if *count > 1 {
                return Err(format!(
                    "The manual partition assignment includes the broker {broker} more than once."
                ));
            }
        }
        Ok(())
    }

    /// The records of new partitions, each with its first leader.
    ///
    /// Kafka 4.3.1: `ReplicationControlManager#buildPartitionRegistration`.
    fn decide_new_partitions(
        &self,
        topic: &TopicName,
        first_partition: u32,
        assignment: &Assignment,
    ) -> Vec<Decision> {
        let numbered = (first_partition..).zip(assignment);
        numbered
            .map(|(number, replicas)| {
                let partition = TopicPartition {
                    topic: topic.clone(),
                    partition: PartitionId(number),
                };
                let registration = self.first_registration(replicas);
                let election = LeaderElection {
                    partition: partition.clone(),
                    from: None,
                    to: registration.leader,
                    leader_epoch: registration.leader_epoch,
                    candidates: self.first_candidates(&registration),
                    kind: ElectionKind::Initial,
                };
                Decision {
                    record: MetadataRecord::Partition {
                        partition,
                        registration,
                    },
                    election: Some(election),
                }
            })
            .collect()
    }

    fn first_registration(&self, replicas: &[BrokerId]) -> PartitionRegistration {
        let isr = replicas.iter().copied();
        let isr: Vec<BrokerId> = isr.filter(|id| self.image.is_active(*id)).collect();
        PartitionRegistration {
            replicas: replicas.to_vec(),
            leader: isr.first().copied(),
            isr,
            elr: Vec::new(),
            last_known_elr: Vec::new(),
            leader_epoch: LeaderEpoch(0),
            partition_epoch: PartitionEpoch(0),
            leader_recovery_state: LeaderRecoveryState::Recovered,
            adding_replicas: Vec::new(),
            removing_replicas: Vec::new(),
        }
    }

    fn first_candidates(&self, registration: &PartitionRegistration) -> Vec<(BrokerId, Candidate)> {
        let verdict = |broker: BrokerId| match self.liveness(broker) {
            _ if Some(broker) == registration.leader => Candidate::Chosen,
            Liveness::Fenced => Candidate::Fenced,
            Liveness::ShuttingDown => Candidate::ShuttingDown,
            Liveness::Active => Candidate::NotReached,
        };
        let replicas = registration.replicas.iter();
        replicas.map(|id| (*id, verdict(*id))).collect()
    }
}

fn error(code: ErrorCode, message: impl Into<String>) -> ApiError {
    ApiError {
        code,
        message: Some(message.into()),
    }
}
