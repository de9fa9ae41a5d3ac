//! The cluster's metadata: the controller's log, and the image that its records add up to.

pub mod image;
pub mod record;

pub use image::{BrokerRegistration, MetadataImage, TopicImage};
pub use record::{
    ConfigResource, LeaderRecoveryState, MetadataEntry, MetadataRecord, PartitionRegistration,
};
