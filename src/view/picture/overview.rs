//! The top of the stacked arrangement: every partition as a bar, of which one is open below.

use super::bars::Ends;
use super::{Easel, key};
use crate::view::commands::PageAct;
use crate::view::format::{age_words, count, number_word};
use crate::view::part::{Act, Area, Kind, PartKey, Rect, words_width};
use crate::view::scene::{BrokerStatus, PartitionRow, ReplicaRole};
use crate::view::thing::Thing;

/// From a row's edge to its bar.
const BAR_LEFT: i32 = 56;
/// From the bar's end to the row's edge: `ISR 3/3`, and with air before it, `leader down`.
const BAR_RIGHT: i32 = 106;
/// The height of a bar.
const BAR_HEIGHT: i32 = 16;
/// Between the topic's name and what stands beside it, with the sign of a choice.
const BESIDE: i32 = 40;

impl Easel<'_> {
    /// The heading, the bars, and the water behind the open partition.
    pub(super) fn overview(&mut self) {
        let (scene, layout) = (self.scene, self.layout);
        let heading = Rect {
            height: 28,
            ..layout.producers
        };
        let title = self.clients_beside(heading);
        let part = self.say(key(Area::Top, Kind::Heading), title, scene.topic.clone());
        if scene.topics.len() > 1 {
            part.words.push_str(" ▾");
            part.name = format!("topic {}, choose another", scene.topic);
            part.is_stop = true;
            part.act = Some(Act::Page(PageAct::Topics));
        }
        let mut last = Rect::default();
        let mut hidden = 0;
        for (row, partition) in scene.partitions.iter().enumerate() {
            match layout.rows.get(row) {
                Some(place) if place.height > 0 => {
                    self.log_bar(row, *place, partition);
                    last = *place;
                }
                _ => hidden += 1,
            }
        }
        if hidden > 0 {
            self.all_bars(last);
        }
    }

    /// What stands beside the topic's name where there is room: the clients, which have no place of their
    /// own here, and what they wait for. Gives the room that is left.
    fn clients_beside(&mut self, heading: Rect) -> Rect {
        let (scene, layout) = (self.scene, self.layout);
        let members: usize = scene.groups.iter().map(|group| group.members.len()).sum();
        let text = layout.measures.text;
        let clients = format!(
            "{}, {}",
            in_words(scene.producers.len(), "producer"),
            in_words(members, "consumer")
        );
        let mut producers = scene.producers.iter();
        let is_usual = producers.all(|it| it.asks.is_empty() && it.unanswered.is_empty());
        let hangs = if is_usual { None } else { self.hangs() };
        let note = hangs.unwrap_or_else(|| clients.clone());
        let is_roomy =
            words_width(&scene.topic, text + 4) + words_width(&note, text) + BESIDE < heading.width;
        let mut title = heading;
        if is_roomy {
            title.width -= words_width(&note, text) + BESIDE / 2;
            let beside_title = PartKey {
                index: 1,
                ..key(Area::Top, Kind::Heading)
            };
            let beside = Rect {
                x: title.right(),
                width: heading.width - title.width,
                ..heading
            };
            let part = self.say(beside_title, beside, String::new());
            part.name = format!("{note}: choose one");
            if note != clients {
                part.name = format!("{note}: choose one of {clients}");
            }
            part.note = note + " ▾";
            part.state = "end";
            part.is_stop = true;
            part.act = Some(Act::Show(Thing::Clients));
        }
        title
    }

    /// The visitor's record of which no partition is known yet; what was sent to the open partition and
    /// has had no answer for a while.
    #[inline(never)]
    fn hangs(&self) -> Option<String> {
        let scene = self.scene;
        if let Some(mark) = scene.producers.iter().find_map(|it| it.asks.first()) {
            return Some(["your record ", &mark.letter, " waits"].concat());
        }
        let open = scene
            .partitions
            .get(self.layout.input.opened_row as usize)?;
        let (count, age) = scene.unanswered(open.id)?;
        Some(format!("{count} unacked for {}", age_words(age)))
    }

    /// Below the last bar that is shown: the way to the others.
    #[inline(never)]
    fn all_bars(&mut self, last: Rect) {
        let key = PartKey {
            row: u32::MAX,
            ..key(Area::Top, Kind::Choice)
        };
        let place = Rect {
            y: last.y + self.layout.measures.row_height,
            ..last
        };
        let count = self.scene.partitions.len();
        let choice = self.say(key, place, format!("all {count} partitions ▾"));
        choice.state = "all";
        choice.is_stop = true;
        choice.act = Some(Act::Page(PageAct::Partitions));
    }

    fn log_bar(&mut self, row: usize, place: Rect, partition: &PartitionRow) {
        let is_open = row == self.layout.input.opened_row as usize;
        let key = PartKey {
            row: row as u32 + 1,
            ..key(Area::Top, Kind::Choice)
        };
        let is_down = |id| {
            let mut brokers = self.scene.brokers.iter();
            brokers.any(|broker| broker.id == id && broker.status == BrokerStatus::Down)
        };
        let mut replicas = partition.replicas.iter();
        let is_unfenced = replicas.any(|it| it.role == ReplicaRole::LeaderUntilFenced);
        let note = match partition.leader {
            _ if is_unfenced => "leader down".to_owned(),
            None => "no leader".to_owned(),
            Some(_) => partition.isr_words(),
        };
        let choice = self.say(key, place, partition.name.clone());
        choice.note = note;
        choice.name = format!("{} {}, open it", partition.name, choice.note);
        choice.state = if is_open { "open" } else { "" };
        choice.is_stop = true;
        choice.act = Some(Act::Open(row as u32));
        let room = Rect {
            x: place.x + BAR_LEFT,
            y: place.y + (place.height - BAR_HEIGHT) / 2,
            width: place.width - BAR_LEFT - BAR_RIGHT,
            height: BAR_HEIGHT,
        };
        // While nobody leads, what the replicas have is still there, and what they know, first the living.
        let replicas = partition.replicas.iter();
        let known = replicas
            .clone()
            .max_by_key(|it| (!is_down(it.broker), it.high_watermark));
        let known = known.map(|replica| replica.high_watermark);
        let end = replicas.map(|replica| replica.log_end_offset).max();
        let leading = partition.leading().map(|leading| leading.log_end_offset);
        let end = leading.or(end).unwrap_or_default();
        let committed = partition.high_watermark.or(known).unwrap_or_default();
        self.bar(key, room, Ends::in_list(committed, end, room.width), false);
    }
}

fn in_words(number: usize, noun: &str) -> String {
    let counted = count(number as u64, noun);
    let noun = counted.split(' ').next_back().unwrap_or_default();
    format!("{} {noun}", number_word(number))
}
