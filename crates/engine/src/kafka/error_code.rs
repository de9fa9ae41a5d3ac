//! Kafka's error codes: what a server can answer, and what a client makes of it.
//!
//! Kafka 4.3.1: `Errors`. Simplified: only the codes that this cluster can meet; success is
//! `Ok` or `None`, never a code.

use std::fmt;

use serde::{Deserialize, Serialize};

macro_rules! error_codes {
    ($($variant:ident = $code:literal, $name:literal, $exception:literal, $reaction:ident,
       $message:literal;)*) => {
        /// An error as it stands in a response. The variants bear Kafka's names.
        ///
        /// Kafka 4.3.1: `Errors`.
        #[derive(
            Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
        )]
        #[serde(rename_all = "SCREAMING_SNAKE_CASE")]
        pub enum ErrorCode {
            $(
                #[doc = $message]
                $variant,
            )*
        }

        impl ErrorCode {
            /// Every code, in the order of Kafka's own list.
            pub const ALL: &'static [ErrorCode] = &[$(ErrorCode::$variant),*];

            const fn facts(self) -> &'static Facts {
                match self {
                    $(ErrorCode::$variant => &Facts {
                        code: $code,
                        name: $name,
                        exception: $exception,
                        reaction: Reaction::$reaction,
                        message: $message,
                    },)*
                }
            }
        }
    };
}

/// What one line of the table says.
struct Facts {
    code: i16,
    name: &'static str,
    exception: &'static str,
    reaction: Reaction,
    message: &'static str,
}

/// What a client does about an error, by the Java class it becomes.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Reaction {
    /// Gives up: not a `RetriableException`.
    NotRetriable,
    /// Tries again: a `RetriableException`.
    Retriable,
    /// Refreshes its metadata and tries again: an `InvalidMetadataException`.
    RefreshMetadata,
}

impl ErrorCode {
    /// The number in the protocol.
    pub fn code(self) -> i16 {
        self.facts().code
    }

    /// The name in the protocol, such as `NOT_LEADER_OR_FOLLOWER`.
    pub fn name(self) -> &'static str {
        self.facts().name
    }

    /// The Java exception that an application sees, such as `NotLeaderOrFollowerException`.
    pub fn exception(self) -> &'static str {
        self.facts().exception
    }

    /// The default text of the exception.
    pub fn message(self) -> &'static str {
        self.facts().message
    }

    /// Whether a client may try again: the exception is a `RetriableException`.
    pub fn is_retriable(self) -> bool {
        self.facts().reaction != Reaction::NotRetriable
    }

    /// Whether a client refreshes its metadata: the exception is an `InvalidMetadataException`.
    pub fn is_invalid_metadata(self) -> bool {
        self.facts().reaction == Reaction::RefreshMetadata
    }
}

impl fmt::Display for ErrorCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

error_codes! {
    UnknownServerError = -1, "UNKNOWN_SERVER_ERROR", "UnknownServerException", NotRetriable,
        "The server experienced an unexpected error when processing the request.";
    OffsetOutOfRange = 1, "OFFSET_OUT_OF_RANGE", "OffsetOutOfRangeException", NotRetriable,
        "The requested offset is not within the range of offsets maintained by the server.";
    CorruptMessage = 2, "CORRUPT_MESSAGE", "CorruptRecordException", Retriable,
        "This message has failed its CRC checksum, exceeds the valid size, has a null key for a compacted topic, or is otherwise corrupt.";
    UnknownTopicOrPartition = 3, "UNKNOWN_TOPIC_OR_PARTITION", "UnknownTopicOrPartitionException", RefreshMetadata,
        "This server does not host this topic-partition.";
    LeaderNotAvailable = 5, "LEADER_NOT_AVAILABLE", "LeaderNotAvailableException", RefreshMetadata,
        "There is no leader for this topic-partition as we are in the middle of a leadership election.";
    NotLeaderOrFollower = 6, "NOT_LEADER_OR_FOLLOWER", "NotLeaderOrFollowerException", RefreshMetadata,
        "For requests intended only for the leader, this error indicates that the broker is not the current leader. For requests intended for any replica, this error indicates that the broker is not a replica of the topic partition.";
    RequestTimedOut = 7, "REQUEST_TIMED_OUT", "TimeoutException", Retriable,
        "The request timed out.";
    ReplicaNotAvailable = 9, "REPLICA_NOT_AVAILABLE", "ReplicaNotAvailableException", RefreshMetadata,
        "The replica is not available for the requested topic-partition. Produce/Fetch requests and other requests intended only for the leader or follower return NOT_LEADER_OR_FOLLOWER if the broker is not a replica of the topic-partition.";
    MessageTooLarge = 10, "MESSAGE_TOO_LARGE", "RecordTooLargeException", NotRetriable,
        "The request included a message larger than the max message size the server will accept.";
    OffsetMetadataTooLarge = 12, "OFFSET_METADATA_TOO_LARGE", "OffsetMetadataTooLarge", NotRetriable,
        "The metadata field of the offset request was too large.";
    NetworkException = 13, "NETWORK_EXCEPTION", "NetworkException", RefreshMetadata,
        "The server disconnected before a response was received.";
    CoordinatorLoadInProgress = 14, "COORDINATOR_LOAD_IN_PROGRESS", "CoordinatorLoadInProgressException", Retriable,
        "The coordinator is loading and hence can't process requests.";
    CoordinatorNotAvailable = 15, "COORDINATOR_NOT_AVAILABLE", "CoordinatorNotAvailableException", Retriable,
        "The coordinator is not available.";
    NotCoordinator = 16, "NOT_COORDINATOR", "NotCoordinatorException", Retriable,
        "This is not the correct coordinator.";
    InvalidTopicException = 17, "INVALID_TOPIC_EXCEPTION", "InvalidTopicException", NotRetriable,
        "The request attempted to perform an operation on an invalid topic.";
    RecordListTooLarge = 18, "RECORD_LIST_TOO_LARGE", "RecordBatchTooLargeException", NotRetriable,
        "The request included message batch larger than the configured segment size on the server.";
    NotEnoughReplicas = 19, "NOT_ENOUGH_REPLICAS", "NotEnoughReplicasException", Retriable,
        "Messages are rejected since there are fewer in-sync replicas than required.";
    NotEnoughReplicasAfterAppend = 20, "NOT_ENOUGH_REPLICAS_AFTER_APPEND", "NotEnoughReplicasAfterAppendException", Retriable,
        "Messages are written to the log, but to fewer in-sync replicas than required.";
    InvalidRequiredAcks = 21, "INVALID_REQUIRED_ACKS", "InvalidRequiredAcksException", NotRetriable,
        "Produce request specified an invalid value for required acks.";
    IllegalGeneration = 22, "ILLEGAL_GENERATION", "IllegalGenerationException", NotRetriable,
        "Specified group generation id is not valid.";
    InconsistentGroupProtocol = 23, "INCONSISTENT_GROUP_PROTOCOL", "InconsistentGroupProtocolException", NotRetriable,
        "The group member's supported protocols are incompatible with those of existing members or first group member tried to join with empty protocol type or empty protocol list.";
    InvalidGroupId = 24, "INVALID_GROUP_ID", "InvalidGroupIdException", NotRetriable,
        "The group id is invalid.";
    UnknownMemberId = 25, "UNKNOWN_MEMBER_ID", "UnknownMemberIdException", NotRetriable,
        "The coordinator is not aware of this member.";
    InvalidSessionTimeout = 26, "INVALID_SESSION_TIMEOUT", "InvalidSessionTimeoutException", NotRetriable,
        "The session timeout is not within the range allowed by the broker (as configured by group.min.session.timeout.ms and group.max.session.timeout.ms).";
    RebalanceInProgress = 27, "REBALANCE_IN_PROGRESS", "RebalanceInProgressException", NotRetriable,
        "The group is rebalancing, so a rejoin is needed.";
    InvalidTimestamp = 32, "INVALID_TIMESTAMP", "InvalidTimestampException", NotRetriable,
        "The timestamp of the message is out of acceptable range.";
    TopicAlreadyExists = 36, "TOPIC_ALREADY_EXISTS", "TopicExistsException", NotRetriable,
        "Topic with this name already exists.";
    InvalidPartitions = 37, "INVALID_PARTITIONS", "InvalidPartitionsException", NotRetriable,
        "Number of partitions is below 1.";
    InvalidReplicationFactor = 38, "INVALID_REPLICATION_FACTOR", "InvalidReplicationFactorException", NotRetriable,
        "Replication factor is below 1 or larger than the number of available brokers.";
    InvalidReplicaAssignment = 39, "INVALID_REPLICA_ASSIGNMENT", "InvalidReplicaAssignmentException", NotRetriable,
        "Replica assignment is invalid.";
    InvalidConfig = 40, "INVALID_CONFIG", "InvalidConfigurationException", NotRetriable,
        "Configuration is invalid.";
    NotController = 41, "NOT_CONTROLLER", "NotControllerException", Retriable,
        "This is not the correct controller for this cluster.";
    InvalidRequest = 42, "INVALID_REQUEST", "InvalidRequestException", NotRetriable,
        "This most likely occurs because of a request being malformed by the client library or the message was sent to an incompatible broker. See the broker logs for more details.";
    PolicyViolation = 44, "POLICY_VIOLATION", "PolicyViolationException", NotRetriable,
        "Request parameters do not satisfy the configured policy.";
    OutOfOrderSequenceNumber = 45, "OUT_OF_ORDER_SEQUENCE_NUMBER", "OutOfOrderSequenceException", NotRetriable,
        "The broker received an out of order sequence number.";
    DuplicateSequenceNumber = 46, "DUPLICATE_SEQUENCE_NUMBER", "DuplicateSequenceException", NotRetriable,
        "The broker received a duplicate sequence number.";
    InvalidProducerEpoch = 47, "INVALID_PRODUCER_EPOCH", "InvalidProducerEpochException", NotRetriable,
        "Producer attempted to produce with an old epoch.";
    InvalidTxnState = 48, "INVALID_TXN_STATE", "InvalidTxnStateException", NotRetriable,
        "The producer attempted a transactional operation in an invalid state.";
    InvalidProducerIdMapping = 49, "INVALID_PRODUCER_ID_MAPPING", "InvalidPidMappingException", NotRetriable,
        "The producer attempted to use a producer id which is not currently assigned to its transactional id.";
    InvalidTransactionTimeout = 50, "INVALID_TRANSACTION_TIMEOUT", "InvalidTxnTimeoutException", NotRetriable,
        "The transaction timeout is larger than the maximum value allowed by the broker (as configured by transaction.max.timeout.ms).";
    ConcurrentTransactions = 51, "CONCURRENT_TRANSACTIONS", "ConcurrentTransactionsException", Retriable,
        "The producer attempted to update a transaction while another concurrent operation on the same transaction was ongoing.";
    TransactionCoordinatorFenced = 52, "TRANSACTION_COORDINATOR_FENCED", "TransactionCoordinatorFencedException", NotRetriable,
        "Indicates that the transaction coordinator sending a WriteTxnMarker is no longer the current coordinator for a given producer.";
    TransactionalIdAuthorizationFailed = 53, "TRANSACTIONAL_ID_AUTHORIZATION_FAILED", "TransactionalIdAuthorizationException", NotRetriable,
        "Transactional Id authorization failed.";
    KafkaStorageError = 56, "KAFKA_STORAGE_ERROR", "KafkaStorageException", RefreshMetadata,
        "Disk error when trying to access log file on the disk.";
    UnknownProducerId = 59, "UNKNOWN_PRODUCER_ID", "UnknownProducerIdException", NotRetriable,
        "This exception is raised by the broker if it could not locate the producer metadata associated with the producerId in question. This could happen if, for instance, the producer's records were deleted because their retention time had elapsed. Once the last records of the producerId are removed, the producer's metadata is removed from the broker, and future appends by the producer will return this exception.";
    ReassignmentInProgress = 60, "REASSIGNMENT_IN_PROGRESS", "ReassignmentInProgressException", NotRetriable,
        "A partition reassignment is in progress.";
    NonEmptyGroup = 68, "NON_EMPTY_GROUP", "GroupNotEmptyException", NotRetriable,
        "The group is not empty.";
    GroupIdNotFound = 69, "GROUP_ID_NOT_FOUND", "GroupIdNotFoundException", NotRetriable,
        "The group id does not exist.";
    FetchSessionIdNotFound = 70, "FETCH_SESSION_ID_NOT_FOUND", "FetchSessionIdNotFoundException", Retriable,
        "The fetch session ID was not found.";
    InvalidFetchSessionEpoch = 71, "INVALID_FETCH_SESSION_EPOCH", "InvalidFetchSessionEpochException", Retriable,
        "The fetch session epoch is invalid.";
    ListenerNotFound = 72, "LISTENER_NOT_FOUND", "ListenerNotFoundException", RefreshMetadata,
        "There is no listener on the leader broker that matches the listener on which metadata request was processed.";
    FencedLeaderEpoch = 74, "FENCED_LEADER_EPOCH", "FencedLeaderEpochException", RefreshMetadata,
        "The leader epoch in the request is older than the epoch on the broker.";
    UnknownLeaderEpoch = 75, "UNKNOWN_LEADER_EPOCH", "UnknownLeaderEpochException", Retriable,
        "The leader epoch in the request is newer than the epoch on the broker.";
    StaleBrokerEpoch = 77, "STALE_BROKER_EPOCH", "StaleBrokerEpochException", NotRetriable,
        "Broker epoch has changed.";
    OffsetNotAvailable = 78, "OFFSET_NOT_AVAILABLE", "OffsetNotAvailableException", Retriable,
        "The leader high watermark has not caught up from a recent leader election so the offsets cannot be guaranteed to be monotonically increasing.";
    MemberIdRequired = 79, "MEMBER_ID_REQUIRED", "MemberIdRequiredException", NotRetriable,
        "The group member needs to have a valid member id before actually entering a consumer group.";
    PreferredLeaderNotAvailable = 80, "PREFERRED_LEADER_NOT_AVAILABLE", "PreferredLeaderNotAvailableException", RefreshMetadata,
        "The preferred leader was not available.";
    GroupMaxSizeReached = 81, "GROUP_MAX_SIZE_REACHED", "GroupMaxSizeReachedException", NotRetriable,
        "The group has reached its maximum size.";
    FencedInstanceId = 82, "FENCED_INSTANCE_ID", "FencedInstanceIdException", NotRetriable,
        "The broker rejected this static consumer since another consumer with the same group.instance.id has registered with a different member.id.";
    EligibleLeadersNotAvailable = 83, "ELIGIBLE_LEADERS_NOT_AVAILABLE", "EligibleLeadersNotAvailableException", RefreshMetadata,
        "Eligible topic partition leaders are not available.";
    ElectionNotNeeded = 84, "ELECTION_NOT_NEEDED", "ElectionNotNeededException", RefreshMetadata,
        "Leader election not needed for topic partition.";
    NoReassignmentInProgress = 85, "NO_REASSIGNMENT_IN_PROGRESS", "NoReassignmentInProgressException", NotRetriable,
        "No partition reassignment is in progress.";
    GroupSubscribedToTopic = 86, "GROUP_SUBSCRIBED_TO_TOPIC", "GroupSubscribedToTopicException", NotRetriable,
        "Deleting offsets of a topic is forbidden while the consumer group is actively subscribed to it.";
    InvalidRecord = 87, "INVALID_RECORD", "InvalidRecordException", NotRetriable,
        "This record has failed the validation on broker and hence will be rejected.";
    UnstableOffsetCommit = 88, "UNSTABLE_OFFSET_COMMIT", "UnstableOffsetCommitException", Retriable,
        "There are unstable offsets that need to be cleared.";
    ThrottlingQuotaExceeded = 89, "THROTTLING_QUOTA_EXCEEDED", "ThrottlingQuotaExceededException", Retriable,
        "The throttling quota has been exceeded.";
    ProducerFenced = 90, "PRODUCER_FENCED", "ProducerFencedException", NotRetriable,
        "There is a newer producer with the same transactionalId which fences the current one.";
    InvalidUpdateVersion = 95, "INVALID_UPDATE_VERSION", "InvalidUpdateVersionException", NotRetriable,
        "The given update version was invalid.";
    UnknownTopicId = 100, "UNKNOWN_TOPIC_ID", "UnknownTopicIdException", RefreshMetadata,
        "This server does not host this topic ID.";
    DuplicateBrokerRegistration = 101, "DUPLICATE_BROKER_REGISTRATION", "DuplicateBrokerRegistrationException", NotRetriable,
        "This broker ID is already in use.";
    BrokerIdNotRegistered = 102, "BROKER_ID_NOT_REGISTERED", "BrokerIdNotRegisteredException", NotRetriable,
        "The given broker ID was not registered.";
    InconsistentTopicId = 103, "INCONSISTENT_TOPIC_ID", "InconsistentTopicIdException", RefreshMetadata,
        "The log's topic ID did not match the topic ID in the request.";
    FetchSessionTopicIdError = 106, "FETCH_SESSION_TOPIC_ID_ERROR", "FetchSessionTopicIdException", Retriable,
        "The fetch session encountered inconsistent topic ID usage.";
    IneligibleReplica = 107, "INELIGIBLE_REPLICA", "IneligibleReplicaException", NotRetriable,
        "The new ISR contains at least one ineligible replica.";
    NewLeaderElected = 108, "NEW_LEADER_ELECTED", "NewLeaderElectedException", NotRetriable,
        "The AlterPartition request successfully updated the partition state but the leader has changed.";
    FencedMemberEpoch = 110, "FENCED_MEMBER_EPOCH", "FencedMemberEpochException", NotRetriable,
        "The member epoch is fenced by the group coordinator. The member must abandon all its partitions and rejoin.";
    UnreleasedInstanceId = 111, "UNRELEASED_INSTANCE_ID", "UnreleasedInstanceIdException", NotRetriable,
        "The instance ID is still used by another member in the consumer group. That member must leave first.";
    UnsupportedAssignor = 112, "UNSUPPORTED_ASSIGNOR", "UnsupportedAssignorException", NotRetriable,
        "The assignor or its version range is not supported by the consumer group.";
    StaleMemberEpoch = 113, "STALE_MEMBER_EPOCH", "StaleMemberEpochException", NotRetriable,
        "The member epoch is stale. The member must retry after receiving its updated member epoch via the ConsumerGroupHeartbeat API.";
    TransactionAbortable = 120, "TRANSACTION_ABORTABLE", "TransactionAbortableException", NotRetriable,
        "The server encountered an error with the transaction. The client can abort the transaction to continue using this transactional ID.";
    ShareSessionNotFound = 122, "SHARE_SESSION_NOT_FOUND", "ShareSessionNotFoundException", Retriable,
        "The share session was not found.";
    InvalidShareSessionEpoch = 123, "INVALID_SHARE_SESSION_EPOCH", "InvalidShareSessionEpochException", Retriable,
        "The share session epoch is invalid.";
    ShareSessionLimitReached = 133, "SHARE_SESSION_LIMIT_REACHED", "ShareSessionLimitReachedException", Retriable,
        "The limit of share sessions has been reached.";
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Kafka 4.3.1: the classes that extend `RetriableException` and `InvalidMetadataException`.
    #[test]
    fn the_retriable_codes_are_those_whose_exception_is_retriable() {
        let codes = |wanted: fn(ErrorCode) -> bool| -> Vec<i16> {
            ErrorCode::ALL
                .iter()
                .filter(|code| wanted(**code))
                .map(|code| code.code())
                .collect()
        };
        assert_eq!(
            codes(ErrorCode::is_retriable),
            [
                2, 3, 5, 6, 7, 9, 13, 14, 15, 16, 19, 20, 41, 51, 56, 70, 71, 72, 74, 75, 78, 80,
                83, 84, 88, 89, 100, 103, 106, 122, 123, 133
            ],
        );
        assert_eq!(
            codes(ErrorCode::is_invalid_metadata),
            [3, 5, 6, 9, 13, 56, 72, 74, 80, 83, 84, 100, 103],
        );
    }

    #[test]
    fn the_codes_and_the_names_are_unique() {
        for pair in ErrorCode::ALL.windows(2) {
            assert!(
                pair[0].code() < pair[1].code(),
                "{} and {}",
                pair[0],
                pair[1]
            );
        }
    }

    #[test]
    fn a_code_is_written_by_its_protocol_name() {
        for code in ErrorCode::ALL {
            let text = serde_json::to_string(code).expect("an enum without data is a string");
            assert_eq!(text, format!("\"{}\"", code.name()));
        }
    }
}
