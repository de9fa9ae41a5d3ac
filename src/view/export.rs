//! What a person takes away as a file: a broker's data directory, the folder of a partition, a segment.
//! Byte for byte what `simctl export` writes.

use highwater_engine::kafka::ids::{BrokerId, TopicPartition};
use highwater_engine::kafka::log::files::NamedFile;
use highwater_engine::sim::world::World;

use crate::view::orders;
use crate::view::tar;

/// What is saved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Saved {
    /// All files of a broker.
    Directory(u32),
    /// The files of a partition on a broker.
    Folder(u32, u32),
    /// The segment of a partition on a broker that holds an offset.
    Segment(u32, u32, u64),
}

impl Saved {
    fn broker(self) -> BrokerId {
        match self {
            Saved::Directory(broker) | Saved::Folder(_, broker) | Saved::Segment(_, broker, _) => {
                BrokerId(broker)
            }
        }
    }

    fn partition(self, topic: &str) -> Option<TopicPartition> {
        match self {
            Saved::Directory(_) => None,
            Saved::Folder(id, _) | Saved::Segment(id, ..) => Some(orders::partition_of(topic, id)),
        }
    }

    /// The file as it is now. Errors: why there is none, for a person.
    pub fn file(self, world: &World, topic: &str) -> Result<NamedFile, String> {
        let (broker, partition) = (self.broker(), self.partition(topic));
        let gone = || "There is nothing to save any more.".to_owned();
        let mut files = world.directory(broker).ok_or_else(gone)?;
        let name = partition.map_or_else(|| format!("broker-{broker}"), |name| name.to_string());
        let prefix = [&name, "/"].concat();
        if !matches!(self, Saved::Directory(_)) {
            files.retain(|file| file.name.starts_with(&prefix));
        }
        if files.is_empty() {
            return Err(gone());
        }
        let Saved::Segment(.., offset) = self else {
            let seconds = (world.timestamp_ms() / 1000).unsigned_abs();
            return Ok(NamedFile::new(
                [&name, ".tar"].concat(),
                tar::archive(&files, seconds),
            ));
        };
        let last = format!("{prefix}{offset:020}.log");
        let is_before = |file: &NamedFile| file.name.ends_with(".log") && file.name <= last;
        let mut file = files.into_iter().rfind(is_before).ok_or_else(gone)?;
        file.name = file.name.split_off(prefix.len());
        Ok(file)
    }
}
