//! A broker's files, as the settings of its topics want them.

use super::*;
use crate::kafka::ids::{BrokerId, TopicName};
use crate::kafka::log::files::{FileFormat, NamedFile};
use crate::kafka::metadata::ConfigResource;

/// The default of `index.interval.bytes`, for the folder of a topic that was deleted.
const INDEX_INTERVAL_BYTES: u64 = 4096;

impl World {
    /// The files of a broker's data directory, were it stopped now; none if there is no such broker.
    pub fn directory(&self, broker: BrokerId) -> Option<Vec<NamedFile>> {
        let format_of = |topic: &TopicName| {
            let resource = ConfigResource::Topic(topic.clone());
            let interval = self.setting(&resource, "index.interval.bytes");
            FileFormat {
                index_interval_bytes: interval
                    .and_then(|(text, _)| text.parse().ok())
                    .unwrap_or(INDEX_INTERVAL_BYTES),
            }
        };
        Some(self.broker(broker)?.directory(format_of))
    }
}
