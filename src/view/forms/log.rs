//! The log of one replica as its files: segments with their records, what compaction left and will
//! take, what waits for retention.

use bytes::Bytes;
use highwater_engine::kafka::config::topic::TopicConfig;
use highwater_engine::kafka::ids::{BrokerId, Offset};
use highwater_engine::kafka::log::{Cleaning, Log, LogConfig, Segment};
use highwater_engine::kafka::record::StoredRecord;
use highwater_engine::sim::world::World;
use highwater_engine::sorted::SortedMap;

use super::markup::Markup;
use super::{Form, FormKind, Input};
use crate::view::format::{bytes_text, count};
use crate::view::orders;
use crate::view::scene::{KeyMark, Scene};

/// How many places a segment shows at most: its newest.
const PLACES_MAX: u64 = 36;

/// What the picture of a log is made of.
struct Subject<'a> {
    log: &'a Log,
    cleaning: Cleaning,
    config: LogConfig,
    now_ms: i64,
    /// How the keys of the stage look.
    marks: SortedMap<&'a str, &'a KeyMark>,
    /// Where each key stands last.
    last: SortedMap<Bytes, Offset>,
}

impl Form {
    pub(super) fn log(&mut self, world: &World, scene: &Scene) {
        let FormKind::Log(partition, id) = self.kind else {
            return;
        };
        self.title = format!("The log of p{partition} on broker {id}");
        let name = orders::partition_of(&scene.topic, partition);
        let broker = world.broker(BrokerId(id));
        let files = broker.and_then(|broker| Some((broker, broker.disk().replica(&name)?)));
        let Some((broker, files)) = files else {
            self.about = format!("Broker {id} has no such log any more.");
            return;
        };
        let image = world.controller().image();
        let settings =
            TopicConfig::resolve(image, &name.topic, Some(BrokerId(id)), broker.config());
        let state = broker.replica(&name);
        let high_watermark = state.map_or(files.high_watermark_checkpoint, |it| it.high_watermark);
        let (log, config, now_ms) = (&files.log, settings.log, world.timestamp_ms());
        let checkpoint = files.cleaner_checkpoint;
        let subject = Subject {
            log,
            cleaning: log.plan_cleaning(checkpoint, high_watermark, now_ms, &config),
            config,
            now_ms,
            marks: marks(scene),
            last: last_offsets(log),
        };
        self.about = subject.about();
        let mut page = Markup::default();
        page.raw("<div class=log__picture>");
        subject.gauge(&mut page);
        let count = log.segments().count();
        for (place, segment) in log.segments().enumerate() {
            subject.segment(segment, place + 1 == count, &mut page);
        }
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

fn last_offsets(log: &Log) -> SortedMap<Bytes, Offset> {
    let mut last = SortedMap::new();
    for stored in log.segments().flat_map(records) {
        if let Some(key) = stored.record.key {
            last.insert(key, stored.offset);
        }
    }
    last
}

fn records(segment: &Segment) -> Vec<StoredRecord> {
    let data = segment.batches().filter(|batch| !batch.is_control());
    data.flat_map(|batch| batch.records().unwrap_or_default())
        .collect()
}

impl Subject<'_> {
    fn about(&self) -> String {
        let (start, end) = (self.log.log_start_offset(), self.log.log_end_offset());
        let mut words = format!(
            "Offsets {start} to {end}, {} in {}. ",
            count(self.log.size_in_bytes(), "byte"),
            count(self.log.segments().count() as u64, "segment"),
        );
        if self.config.is_compacted {
            words += "Struck: a newer record of the key exists. Dashed: taken by compaction; offsets never change. ";
        }
        if self.config.has_delete_policy && self.config.retention_ms >= 0 {
            words += "A segment goes once its youngest record is older than retention.ms.";
        }
        words
    }

    /// How dirty the log is, and how dirty it must be to be cleaned.
    fn gauge(&self, page: &mut Markup) {
        if !self.config.is_compacted {
            return;
        }
        let (dirty, total) = (self.cleaning.cleanable_bytes, self.cleaning.total_bytes());
        let percent = (dirty * 100).checked_div(total).unwrap_or_default();
        let limit = self.config.min_cleanable_dirty_ratio.percent();
        page.raw("<p class=log__gauge><meter min=0 max=100")
            .attribute("value", &percent.to_string());
        page.attribute("high", &limit.to_string())
            .raw(" aria-label=\"dirty part\"></meter>");
        page.text(&format!(
            "{percent} % of what can be cleaned is dirty; above {limit} % (min.cleanable.dirty.ratio) \
             the cleaner comes. Cleaned so far: up to offset {}.",
            self.cleaning.first_dirty_offset
        ));
        page.raw("</p>");
    }

    fn segment(&self, segment: &Segment, is_active: bool, page: &mut Markup) {
        let base = segment.base_offset();
        let end = if is_active {
            self.log.log_end_offset()
        } else {
            segment.next_offset()
        };
        page.raw("<section")
            .attribute("data-state", if is_active { "active" } else { "sealed" });
        page.raw("><h3>").text(&self.state_of(segment, is_active));
        page.raw("</h3><code>")
            .text(&format!("{base:0>20}.log", base = base.0));
        page.raw("</code><span>")
            .text(&self.facts(segment, is_active));
        page.raw("</span><div>");
        let records = records(segment);
        let first = Offset(end.0.saturating_sub(PLACES_MAX)).max(base);
        if first > base {
            page.raw("<i>")
                .text(&format!("{base}…{}", first.0 - 1))
                .raw("</i>");
        }
        let mut next = first;
        for stored in records.iter().filter(|stored| stored.offset >= first) {
            self.gap(next, stored.offset, page);
            self.record(stored, page);
            next = stored.offset.plus(1);
        }
        self.gap(next, end, page);
        page.raw("</div></section>");
    }

    fn state_of(&self, segment: &Segment, is_active: bool) -> String {
        let is_clean = segment.next_offset() <= self.cleaning.first_dirty_offset;
        let words = match (is_active, self.config.is_compacted) {
            (true, true) => "active: never compacted",
            (true, false) => "active",
            (false, true) if is_clean => "clean",
            (false, true) if segment.base_offset() >= self.cleaning.first_uncleanable_offset => {
                "not cleanable yet"
            }
            (false, true) => "dirty",
            (false, false) => "closed",
        };
        words.to_owned()
    }

    fn facts(&self, segment: &Segment, is_active: bool) -> String {
        let mut words = count(segment.size_in_bytes(), "byte");
        let horizons = segment
            .batches()
            .filter_map(|batch| batch.delete_horizon_ms());
        if let Some(horizon_ms) = horizons.min() {
            let left_s = (horizon_ms - self.now_ms).max(0) / 1000;
            words += &format!(", ✝ may go in {left_s} s");
        }
        let left_ms = segment.ms_to_expiry(self.now_ms, self.config.retention_ms);
        if self.config.has_delete_policy && self.config.retention_ms >= 0 && !segment.is_empty() {
            words += &match left_ms {
                ..0 => ", too old: goes at the next check".to_owned(),
                _ if left_ms > 86_400_000 => format!(", expires in {} days", left_ms / 86_400_000),
                _ => format!(", expires in {} s", left_ms / 1000),
            };
        }
        if is_active {
            words += ", takes the next record";
        }
        words
    }

    /// Offsets whose records compaction took.
    fn gap(&self, from: Offset, to: Offset, page: &mut Markup) {
        for offset in from.0..to.0 {
            page.raw("<u")
                .attribute("title", &format!("offset {offset}: no record any more"));
            page.raw("></u>");
        }
    }

    fn record(&self, stored: &StoredRecord, page: &mut Markup) {
        let key = stored.record.key.as_ref();
        let name = key.map(|key| bytes_text(key));
        let mark = name.as_deref().and_then(|name| self.marks.get(name));
        let first = name.as_deref().and_then(|name| name.chars().next());
        let letter = mark.map_or_else(
            || {
                first.map_or("∅".to_owned(), |letter| {
                    letter.to_ascii_uppercase().to_string()
                })
            },
            |mark| mark.letter.clone(),
        );
        let last = key.and_then(|key| self.last.get(key));
        let is_superseded =
            self.config.is_compacted && last.is_some_and(|last| *last > stored.offset);
        let is_tombstone = stored.record.value.is_none();
        page.raw("<b");
        let hue = mark.map_or("none", |mark| mark.hue_token());
        page.attribute("data-hue", hue);
        if is_superseded {
            page.raw(" data-state=superseded");
        }
        let state = if is_superseded {
            ", a newer one exists"
        } else {
            ""
        };
        let title = format!(
            "offset {}, key {}{state}",
            stored.offset,
            name.unwrap_or_default()
        );
        page.attribute("title", &title).raw("><s>").text(&letter);
        if is_tombstone {
            page.raw("✝");
        }
        page.raw("</s><small>")
            .text(&stored.offset.to_string())
            .raw("</small></b>");
    }
}
