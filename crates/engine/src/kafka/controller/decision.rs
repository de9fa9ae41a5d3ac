//! A decision of the controller's: a record for the metadata log, and what was considered.

use crate::kafka::controller::partition_change::PartitionChange;
use crate::kafka::event::LeaderElection;
use crate::kafka::ids::{BrokerId, TopicPartition};
use crate::kafka::metadata::{MetadataRecord, PartitionRegistration};

/// A record that is to be written, with the election behind it if a leader changes.
#[derive(Clone, Debug, PartialEq)]
pub struct Decision {
    /// What is to be written.
    pub record: MetadataRecord,
    /// Who was elected and why.
    pub election: Option<LeaderElection>,
}

impl Decision {
    /// A record that changes no leader.
    pub fn of(record: MetadataRecord) -> Decision {
        Decision {
            record,
            election: None,
        }
    }

    /// The broker's registration changes.
    pub fn broker_change(
        broker: BrokerId,
        fenced: Option<bool>,
        in_controlled_shutdown: Option<bool>,
    ) -> Decision {
        Decision::of(MetadataRecord::BrokerRegistrationChange {
            broker,
            fenced,
            in_controlled_shutdown,
        })
    }

    /// The registration of `partition` changes from `before`.
    pub fn partition_change(
        partition: TopicPartition,
        before: &PartitionRegistration,
        change: PartitionChange,
    ) -> Decision {
        let election = change.election.map(|(kind, candidates)| LeaderElection {
            partition: partition.clone(),
            from: before.leader,
            to: change.registration.leader,
            leader_epoch: change.registration.leader_epoch,
            candidates,
            kind,
        });
        Decision {
            record: MetadataRecord::PartitionChange {
                partition,
                registration: change.registration,
            },
            election,
        }
    }
}
