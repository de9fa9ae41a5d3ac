//! What each sort of event rests on: a recorded run of a real Kafka, Kafka's source, or a rule
//! that the model simplifies. Nothing is claimed that `tests/evidence.rs` does not find.

use highwater_engine::kafka::event::{ChosenBy, ElectionKind, KafkaEvent as K, PositionReason};
use highwater_engine::sim::event::{Event, EventKind};

/// What an event rests on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Evidence {
    /// A real Kafka did the same in the trace of that name.
    Checked(&'static str),
    /// Kafka's source says so.
    Source,
    /// The model leaves something out: the file of `docs/fidelity.md` that says what.
    Simplified(&'static str),
}

impl Evidence {
    /// In words, and the value of `data-state`.
    pub fn words(self) -> (&'static str, &'static str) {
        match self {
            Evidence::Checked(_) => ("checked against real Kafka", "checked"),
            Evidence::Source => ("follows the source", "source"),
            Evidence::Simplified(_) => ("simplified", "simplified"),
        }
    }

    /// Where to look it up.
    pub fn place(self) -> &'static str {
        match self {
            Evidence::Checked(place) | Evidence::Simplified(place) => place,
            Evidence::Source => "",
        }
    }
}

/// What `event` rests on; none for what a person, the network or a process does.
pub fn evidence(event: &Event) -> Option<Evidence> {
    match &event.kind {
        EventKind::Kafka(K::BrokerHeartbeatReceived { .. }) => None,
        EventKind::Kafka(kafka) => Some(of_kafka(kafka)),
        EventKind::RuleBroken(_) | EventKind::MessageReceived { .. } => Some(Evidence::Source),
        _ => None,
    }
}

fn of_kafka(event: &K) -> Evidence {
    Evidence::Checked(match event {
        K::LeaderElected(election) => match election.kind {
            ElectionKind::Initial | ElectionKind::Clean => REPLACED,
            ElectionKind::Preferred => "a-returned-leader-follows",
            ElectionKind::Unclean => UNCLEAN,
            ElectionKind::NoLeader => "offline-without-unclean-election",
            ElectionKind::LastKnownLeader => return Evidence::Source,
        },
        K::BecameLeader { .. } => REPLACED,
        K::BecameFollower { .. } => "a-returned-leader-follows",
        K::BrokerFenced { .. }
        | K::ControlledShutdownStarted { .. }
        | K::ControlledShutdownCompleted { .. } => "a-crash-is-noticed-late-a-shutdown-at-once",
        K::IsrChanged { .. } => "a-follower-that-lags-leaves-the-isr",
        K::ElrChanged { .. } => "eligible-leader-replicas-after-clean-stops",
        K::ProduceWaits { .. } => "acks-all-waits-for-a-slow-in-sync-follower",
        K::LogTruncated { .. } => UNCLEAN,
        K::HighWatermarkAdvanced { .. } => "nobody-reads-above-the-high-watermark",
        K::RecordsAppended { .. } | K::SendCompleted { .. } => {
            "acks-and-the-offset-the-caller-sees"
        }
        K::AppendRefused { .. } => "not-enough-replicas",
        K::RecordQueued { chosen_by, .. } => match chosen_by {
            ChosenBy::Key => "key-hash-three-partitions",
            ChosenBy::Sticky => "null-key-sticks-to-one-partition",
            _ => return Evidence::Source,
        },
        K::BatchSent { .. } => "batch-boundaries-by-batch-size",
        K::PositionSet { reason, .. } => match reason {
            PositionReason::Committed => "commit-sync-then-crash",
            PositionReason::AutoOffsetReset => "auto-offset-reset",
            _ => return Evidence::Source,
        },
        K::RecordsPolled { .. } | K::OffsetCommitted { .. } => {
            "position-and-committed-are-two-things"
        }
        K::RebalanceStarted { .. }
        | K::PartitionsAssigned { .. }
        | K::PartitionsRevoked { .. }
        | K::GenerationStable { .. } => "eager-join-stops-the-world",
        K::MemberSessionExpired { .. } => "a-crashed-member-is-missed-after-session-timeout",
        K::IsrShrinkRequested { .. } | K::IsrExpandRequested { .. } => {
            return Evidence::Simplified("broker/isr.rs");
        }
        K::CoordinatorLoaded { .. } => return Evidence::Simplified("broker/offsets_topic.rs"),
        _ => return Evidence::Source,
    })
}

const REPLACED: &str = "a-dead-leader-is-replaced-in-assignment-order";
const UNCLEAN: &str = "unclean-election-loses-records";
