//! The log of one replica as its files: segments with their records, what compaction left and will
//! take, the cleaner at its work, what waits for retention.
//!
//! - `strip`: the segments beside each other, and below them the new one that the cleaner writes;
//! - `facts`: the offset map, why the cleaner comes, and tombstones.

mod facts;
mod strip;

use bytes::Bytes;
use highwater_engine::kafka::config::topic::TopicConfig;
use highwater_engine::kafka::ids::BrokerId;
use highwater_engine::kafka::log::{Cleaning, CleaningPass, Log, LogConfig, OffsetMap, Outlook};
use highwater_engine::kafka::record::Record;
use highwater_engine::sim::world::World;
use highwater_engine::sorted::SortedMap;

use super::markup::Markup;
use super::{Form, FormKind, Input};
use crate::view::event_line::partition_name;
use crate::view::format::{bytes_text, count};
use crate::view::keys::mark_of_group_record;
use crate::view::orders;
use crate::view::scene::{KeyMark, Scene};

/// What the picture of a log is made of.
struct Subject<'a> {
    log: &'a Log,
    config: LogConfig,
    /// What a cleaning would come to, if the log is compacted.
    outlook: Option<Outlook>,
    /// The cleaning that is under way.
    pass: Option<&'a CleaningPass>,
    now_ms: i64,
    /// Whether it holds what groups have committed.
    is_internal: bool,
    /// How the keys of the stage look.
    marks: SortedMap<&'a str, &'a KeyMark>,
}

impl Form {
    pub(super) fn log(&mut self, world: &World, scene: &Scene) {
        let FormKind::Log(partition, id) = self.kind else {
            return;
        };
        let name = orders::partition_of(&scene.topic, partition);
        self.title = format!("The log of {} on broker {id}", partition_name(&name));
        let broker = world.broker(BrokerId(id));
        let log = broker.and_then(|broker| Some((broker, broker.disk().log(&name)?)));
        let Some((broker, log)) = log else {
            self.about = format!("Broker {id} has no such log any more.");
            return;
        };
        let image = world.controller().image();
        let settings =
            TopicConfig::resolve(image, &name.topic, Some(BrokerId(id)), broker.config());
        let (config, now_ms) = (settings.log, world.timestamp_ms());
        let subject = Subject {
            log,
            outlook: broker
                .cleaning_outlook(&name, &config, now_ms)
                .filter(|_| config.is_compacted),
            pass: broker.cleaning(&name),
            config,
            now_ms,
            is_internal: scene.is_internal(),
            marks: marks(scene),
        };
        self.about = subject.about();
        let mut page = Markup::default();
        page.raw("<div class=log__picture>");
        subject.strip(&mut page);
        subject.facts(&mut page);
        page.raw("</div>");
        self.field("log", "", "", "", Input::Picture(page.written));
    }
}

fn marks(scene: &Scene) -> SortedMap<&str, &KeyMark> {
    let replicas = scene.partitions.iter().flat_map(|row| &row.replicas);
    let cells = replicas.flat_map(|replica| &replica.cells);
    cells
        .map(|cell| (cell.key.name.as_str(), &cell.key))
        .collect()
}

impl Subject<'_> {
    fn about(&self) -> String {
        let (start, end) = (self.log.log_start_offset(), self.log.log_end_offset());
        let mut words = format!(
            "Log start offset {start}, log end offset {end}, {} in {}. ",
            count(self.log.size_in_bytes(), "byte"),
            count(self.log.segments().count() as u64, "segment"),
        );
        if self.config.is_compacted {
            words += "Struck: the cleaner removes it, for a newer record of its key exists. \
                Thin slots: removed. Offsets never change. ";
        }
        if self.config.has_delete_policy && self.config.retention_ms >= 0 {
            words += "A segment goes once its youngest record is older than retention.ms.";
        }
        words
    }

    /// What is being cleaned, or would be.
    fn cleaning(&self) -> Option<&Cleaning> {
        let planned = self.outlook.as_ref().map(|outlook| &outlook.cleaning);
        self.pass.map(CleaningPass::cleaning).or(planned)
    }

    /// Where each key of the dirty part stands last, as far as it is known.
    fn map(&self) -> Option<&OffsetMap> {
        let planned = self.outlook.as_ref().map(|outlook| &outlook.map);
        self.pass.map(CleaningPass::map).or(planned)
    }

    /// The letter and the hue of a key, and its name.
    fn look_of(&self, key: Option<&[u8]>) -> (String, &'static str, String) {
        if self.is_internal {
            let mark = mark_of_group_record(&Record {
                key: key.map(Bytes::copy_from_slice),
                ..Record::default()
            });
            return (mark.letter.clone(), mark.hue_token(), mark.name);
        }
        let Some(name) = key.map(bytes_text) else {
            return ("∅".to_owned(), "none", "no key".to_owned());
        };
        let first = name.chars().next().unwrap_or('∅').to_ascii_uppercase();
        let (letter, hue) = match self.marks.get(name.as_str()) {
            Some(mark) => (mark.letter.clone(), mark.hue_token()),
            None => (first.to_string(), "none"),
        };
        (letter, hue, name)
    }
}

/// A record without a value takes its key back.
fn is_tombstone(record: &Record) -> bool {
    record.value.is_none()
}
