//! What stands around the rows: the controller's strip, the producers, the brokers' frames.

use super::{Easel, key};
use crate::view::format::age_words;
use crate::view::layout::{Layout, Level};
use crate::view::measures::Scale;
use crate::view::part::{Act, Area, Kind, PartKey, Rect, strong_width, words_width};
use crate::view::project::YOUR_PRODUCER;
use crate::view::scene::{BrokerRow, BrokerStatus, KeyMark, ProducerRow};
use crate::view::subject::Subject;

/// From a lane to the upper edge of the queue on it.
const QUEUE_RISE: i32 = 13;
/// In it a letter of the largest type stands, outline and all.
const TOKEN_MIN: i32 = 18;
/// The height of a queue.
const QUEUE_HEIGHT: i32 = 26;
/// The height of a line of small type.
const LINE_HEIGHT: i32 = 20;
/// Before and after the words in the controller's strip.
const STRIP_PAD: i32 = 30;
/// From a queue's edges to the words below it at most, to the left and to the right: nearly up to the
/// frame's edge.
const FACT_REACH: (i32, i32) = (3, 8);
/// Narrower frames show the broker's id alone.
const NAMED_FROM: i32 = 110;
/// What the visitor is called among the producers.
const YOU: &str = "you";

impl<'a> Easel<'a> {
    /// The strip above the brokers, and whom it hears.
    pub(super) fn controller(&mut self) {
        let (scene, layout) = (self.scene, self.layout);
        let strip = layout.controller;
        let part = self.say(key(Area::Top, Kind::Controller), strip, "controller");
        part.name = format!("controller, {}", scene.controller.words);
        part.act = Some(Act::Menu);
        part.is_stop = true;
        self.strip_words(strip);
        for (broker, frame) in scene.brokers.iter().zip(&layout.brokers) {
            let tick = PartKey {
                column: broker.id,
                ..key(Area::Top, Kind::Tick)
            };
            let place = Rect {
                x: frame.right() - 26,
                y: layout.controller.bottom(),
                width: 13,
                height: frame.y - layout.controller.bottom(),
            };
            self.put(tick, place).state = if broker.is_heard { "heard" } else { "silent" };
        }
    }

    /// Whom the controller does not hear, at the broker's tick; and in the rest of the strip, how
    /// it sees the cluster.
    fn strip_words(&mut self, strip: Rect) {
        let (scene, layout) = (self.scene, self.layout);
        let size = layout.measures.text;
        let first = strip.x + STRIP_PAD + strong_width("controller", size);
        let (mut before, mut after) = (strip.right(), first);
        for (broker, frame) in scene.brokers.iter().zip(&layout.brokers) {
            let silence = broker.silence.as_ref();
            let Some(words) = silence.filter(|_| frame.width >= NAMED_FROM) else {
                continue;
            };
            // The face that a machine falls back to may be wider.
            let width = strong_width(words, size) * 11 / 10;
            let place = Rect {
                x: (frame.right() - 20 - width).max(first),
                width,
                ..strip
            };
            before = before.min(place.x);
            after = place.right() + STRIP_PAD / 2;
            let silent = PartKey {
                column: broker.id,
                ..key(Area::Top, Kind::Words)
            };
            self.say(silent, place, words.clone()).state = "alarm";
        }
        let words = &scene.controller.words;
        let width = words_width(words, size) + STRIP_PAD;
        let is_before = before - first >= width.min(strip.right() - after);
        // After a silence at the frame of a broker, if it can.
        let mut frames = layout.brokers.iter().map(|frame| frame.x + STRIP_PAD / 2);
        let (left, right) = if is_before {
            (first, before)
        } else {
            let is_free = |x: &i32| *x >= after && x + width <= strip.right();
            (frames.find(is_free).unwrap_or(after), strip.right())
        };
        let place = Rect {
            x: left,
            width: right - left,
            ..strip
        };
        if place.width > STRIP_PAD {
            let after_strip = PartKey {
                index: 1,
                ..key(Area::Top, Kind::Words)
            };
            self.say(after_strip, place, words.clone()).state = "strip";
        }
    }

    /// The producers' frame with a queue on each lane.
    pub(super) fn producers(&mut self) {
        let (scene, layout) = (self.scene, self.layout);
        let frame = layout.producers;
        let heading = Rect {
            y: layout.heading_y(),
            height: layout.controller.height,
            ..frame
        };
        self.say(key(Area::Producers, Kind::Heading), heading, "producers");
        self.put(key(Area::Producers, Kind::Frame), frame).state = "up";
        let head = Rect {
            height: layout.measures.broker_header_height,
            ..frame
        };
        let words = match scene.producers.as_slice() {
            [] => "none yet".to_owned(),
            [one] if one.asks.is_empty() => one.name.clone(),
            _ => self.several(head),
        };
        let name = format!("producers: {words}");
        let part = self.say(key(Area::Producers, Kind::FrameHead), head, words);
        part.name = name;
        part.act = Some(Act::Menu);
        part.is_stop = true;
        if layout.measures.is_tight {
            part.state = "small";
        }
        if layout.level != Level::Table {
            (0..scene.partitions.len()).for_each(|row| self.queue(row));
        }
        if layout.level != Level::Bars {
            self.producer_acks();
        }
    }

    /// Who stands on top of the producers where that is more than one, the visitor by name. Beside it
    /// is the visitor's record as long as nobody knows where it goes.
    #[inline(never)]
    fn several(&mut self, head: Rect) -> String {
        let rows = &self.scene.producers;
        if let Some(mark) = rows.iter().find_map(|row| row.asks.first()) {
            let place = Rect {
                x: head.right() - TOKEN_MIN - 10,
                y: head.y + (head.height - TOKEN_MIN) / 2,
                width: TOKEN_MIN,
                height: TOKEN_MIN,
            };
            let token = key(Area::Producers, Kind::Token);
            self.say(token, place, mark.letter.clone()).hue = mark.hue_token();
            return YOU.to_owned();
        }
        let is_other = |row: &&ProducerRow| !row.name.starts_with(YOUR_PRODUCER);
        let (others, yours): (Vec<_>, Vec<_>) = rows.iter().partition(is_other);
        let size = self.layout.measures.text + 2;
        let both = match (others.as_slice(), yours.is_empty()) {
            ([], _) => YOU.to_owned(),
            ([one], false) => [&one.name, ", ", YOU].concat(),
            ([one, other], true) => [&one.name, ", ", &other.name].concat(),
            _ => String::new(),
        };
        if !both.is_empty() && strong_width(&both, size) + HEAD_EDGES <= head.width {
            both
        } else if yours.is_empty() {
            format!("{} clients", rows.len())
        } else {
            format!("{YOU}, +{}", others.len())
        }
    }

    fn queue(&mut self, row: usize) {
        let (frame, Some(lane)) = (self.layout.producers, self.layout.lane_y(row)) else {
            return;
        };
        let partition = &self.scene.partitions[row];
        let key = PartKey {
            row: row as u32,
            ..key(Area::Producers, Kind::Queue)
        };
        let rise = QUEUE_RISE.min(self.layout.measures.lane_offset);
        let size = (2 * rise - 6).max(TOKEN_MIN);
        let queue = Rect {
            x: frame.x + 9,
            y: lane - rise,
            width: frame.width - 18,
            height: 2 * rise,
        };
        let queues = self.scene.producers.iter().flat_map(|row| &row.queues);
        let of_row = queues.filter(|(id, _)| *id == partition.id);
        let waiting: Vec<&KeyMark> = of_row.flat_map(|(_, marks)| marks).collect();
        let fits = ((queue.width - 6) / (size + 3)).max(1) as usize;
        // Of many that wait some are counted.
        let shown = if waiting.len() > fits {
            (fits - 1).max(1)
        } else {
            fits
        };
        let part = self.put(key, queue);
        part.name = match waiting.len() {
            0 => String::new(),
            count => format!("{count} wait in the producer for {}", partition.name),
        };
        if waiting.len() > shown {
            part.words = ["+", &(waiting.len() - shown).to_string()].concat();
        }
        let mut producers = self.scene.producers.iter();
        if producers.any(|it| !(it.waits.is_empty() && it.unanswered.is_empty())) {
            self.queue_waits(row, queue, key);
        }
        for (index, mark) in waiting.iter().take(shown).enumerate() {
            let token = PartKey {
                kind: Kind::Token,
                index: index as u64,
                ..key
            };
            let place = Rect {
                x: queue.right() - (index as i32 + 1) * (size + 3),
                y: lane - size / 2,
                width: size,
                height: size,
            };
            self.say(token, place, mark.letter.clone()).hue = mark.hue_token();
        }
    }

    /// For how long the oldest record waits there, and what was sent and is not answered: never for how
    /// long without how much. All of it is at most so wide.
    fn waits(&self, partition: u32, width: i32) -> Vec<String> {
        let producers = &self.scene.producers;
        let waits = producers.iter().flat_map(|row| &row.waits);
        let waits = waits.filter(|(id, _)| *id == partition).take(1);
        let mut lines = Vec::from_iter(waits.map(|(_, words)| words.clone()));
        let fits = |words: &String| words_width(words, self.layout.measures.text) <= width;
        lines.retain(fits);
        if let Some((count, age)) = self.scene.unanswered(partition) {
            let unanswered = [
                format!("{count} unacked"),
                format!("for {}", age_words(age)),
            ];
            if unanswered.iter().all(fits) {
                lines.extend(unanswered);
            }
        }
        lines
    }

    /// Writes that below a queue, as far as there is room.
    #[inline(never)]
    fn queue_waits(&mut self, row: usize, queue: Rect, key: PartKey) {
        let sizes = &self.layout.measures;
        if !sizes.has_marks {
            return;
        }
        // Below the first queue stands what they wait for.
        let above = if row == 0 {
            self.acks().len() as i32
        } else {
            0
        };
        let right = queue.right() + FACT_REACH.1;
        let width = right - queue.x + FACT_REACH.0;
        let lines = self.waits(self.scene.partitions[row].id, width);
        let end = self.layout.rows[row].bottom() + sizes.lane_offset - QUEUE_RISE;
        let widths = lines.iter().map(|words| words_width(words, sizes.text));
        let widest = widths.max().unwrap_or_default();
        let x = (queue.x + 1).min(right - widest);
        for (index, words) in (0..).zip(lines) {
            let line = Rect {
                x,
                y: queue.bottom() + 6 + (above + index) * LINE_HEIGHT,
                width: right - x,
                height: LINE_HEIGHT,
            };
            let key = PartKey {
                kind: Kind::Fact,
                index: index as u64,
                ..key
            };
            if line.bottom() < end {
                self.say(key, line, words);
            }
        }
    }

    /// The `acks` of all producers, each once, below the first queue.
    fn acks(&self) -> Vec<&'a str> {
        let mut kinds = Vec::new();
        for row in &self.scene.producers {
            if !kinds.contains(&row.acks.as_str()) {
                kinds.push(row.acks.as_str());
            }
        }
        if kinds.len() > 1 {
            self.name_whose(&mut kinds);
        }
        kinds
    }

    /// Where producers differ in their `acks`, puts before each whose it is, if that is one's alone and
    /// there is room for all.
    #[inline(never)]
    fn name_whose(&self, kinds: &mut Vec<&'a str>) {
        let (layout, mut lines) = (self.layout, Vec::new());
        for acks in kinds.iter() {
            let mut those = self.scene.producers.iter().filter(|it| it.acks == *acks);
            if let (Some(one), None) = (those.next(), those.next()) {
                lines.push(called(one));
            }
            lines.push(acks);
        }
        let width = layout.producers.width - 18 + FACT_REACH.1;
        let fits = |words: &&str| words_width(words, layout.measures.text) <= width;
        let height = QUEUE_HEIGHT + 6 + lines.len() as i32 * LINE_HEIGHT;
        let pitch = layout.rows.first().map_or(0, |row| row.height);
        if height <= pitch && lines.iter().all(fits) {
            *kinds = lines;
        }
    }

    /// `acks=all`, below the first queue.
    fn producer_acks(&mut self) {
        let layout = self.layout;
        let Some(lane) = layout.lane_y(0) else { return };
        let width = layout.producers.width - 18;
        for (index, acks) in self.acks().into_iter().enumerate() {
            let words = PartKey {
                index: index as u64 + 1,
                ..key(Area::Producers, Kind::Words)
            };
            let place = Rect {
                x: layout.producers.x + 10,
                y: lane + QUEUE_HEIGHT - QUEUE_RISE + 6 + index as i32 * LINE_HEIGHT,
                width,
                height: LINE_HEIGHT,
            };
            self.say(words, place, acks);
        }
    }

    /// A frame for each broker, with what it does on top.
    pub(super) fn brokers(&mut self) {
        let (scene, layout) = (self.scene, self.layout);
        for (broker, frame) in scene.brokers.iter().zip(&layout.brokers) {
            let status = broker.status.token();
            let key = PartKey {
                column: broker.id,
                ..key(Area::Brokers, Kind::Frame)
            };
            self.put(key, *frame).state = status;
            let head = PartKey {
                kind: Kind::FrameHead,
                ..key
            };
            let place = Rect {
                height: layout.measures.broker_header_height,
                ..*frame
            };
            let words = format!("broker {}", broker.id);
            let room = self.head_room(broker.id);
            let width = frame.width - room;
            let note = fitting(head_note(broker), &words, width, layout);
            let name = format!("{words} {note}");
            let part = self.say(head, place, words);
            part.note = note;
            if frame.width < NAMED_FROM {
                part.words = broker.id.to_string();
                part.note = broker.status.words().to_owned();
            }
            part.name = name;
            part.fill = room as u8;
            part.state = status;
            part.is_stop = true;
            part.act = Some(Act::Ask(Subject::Broker { broker: broker.id }));
        }
    }
}

/// A head's edges and the gap between its name and its note.
const HEAD_EDGES: i32 = 36;

/// What a producer is called: the visitor is not called by the name of a client.
fn called(producer: &ProducerRow) -> &str {
    if producer.name.starts_with(YOUR_PRODUCER) {
        YOU
    } else {
        &producer.name
    }
}

/// What a broker leads, as far as there is room for it beside its name: else how many partitions,
/// or nothing, since the leaders' tabs say it, too.
fn fitting(note: String, name: &str, width: i32, layout: &Layout) -> String {
    let size = layout.measures.text;
    // Beside the panel heads have smaller type. Elsewhere the face that a machine falls back to, which may
    // be wider, finds room.
    let (more, spare) = match layout.input.scale {
        Scale::Narrow => (0, 0),
        _ => (2, width / 8),
    };
    let name = strong_width(name, size + more) + HEAD_EDGES + spare;
    let fits = |note: &str| name + words_width(note, size) <= width;
    if !note.starts_with("leads ") || fits(&note) {
        return note;
    }
    let count = note.matches(',').count() + 1;
    let short = format!("leads {count}");
    if fits(&short) { short } else { String::new() }
}

/// `leads p1`, or what keeps it from leading.
pub(super) fn head_note(broker: &BrokerRow) -> String {
    match broker.status {
        BrokerStatus::Up => broker.note.clone(),
        status => status.words().to_owned(),
    }
}
