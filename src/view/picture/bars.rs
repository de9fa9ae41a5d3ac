//! Logs as bars, where there is no room for their records: as long as the log, in a telephone's list the longer
//! the longer it is, but not to scale; water up to the high watermark, hatched beyond.

use super::{Easel, key};
use crate::view::part::{Area, Kind, PartKey, Rect, words_width};
use crate::view::scene::{PartitionRow, ReplicaRole, ReplicaRow};

/// A whole bar is as long as this many records at least.
const OFFSETS_MIN: u64 = 8;
/// In a telephone's list: which share of the room water takes at most, and hatching; and how many records
/// make half of that.
const IN_LIST: [(f64, f64); 2] = [(0.7, 4.0), (0.3, 8.0)];
/// From a frame's edge to its bars.
const INSET: i32 = 8;
/// The height of a leader's bar, and of a follower's.
const HEIGHTS: (i32, i32) = (20, 12);
/// Wider frames have room for the leader's crown.
const CROWN_FROM: i32 = 110;
/// The crown with its air.
const CROWN: i32 = 32;

/// Where a bar's water ends and where the bar itself does, from where it begins.
pub(super) struct Ends {
    committed: i32,
    end: i32,
}

impl Ends {
    /// On a scale of so many records for `width`.
    fn to_scale(committed: u64, end: u64, scale: u64, width: i32) -> Ends {
        let x_of = |offset: u64| (offset.min(scale) * width as u64 / scale) as i32;
        Ends {
            committed: x_of(committed.min(end)),
            end: x_of(end),
        }
    }

    /// In a list of bars that never are drawn to another scale: water that falls would seem to be lost. The more
    /// there is, the less a record adds. What is not committed has a scale of its own: where much of it
    /// becomes water at once, the bar's end steps back a little.
    pub(super) fn in_list(committed: u64, end: u64, width: i32) -> Ends {
        let committed = committed.min(end);
        let counts = [committed, end - committed].map(|count| count as f64);
        let [water, open] = [0, 1].map(|piece| {
            let (share, half) = IN_LIST[piece];
            (f64::from(width) * share * counts[piece] / (counts[piece] + half)) as i32
        });
        Ends {
            committed: water,
            end: water + open,
        }
    }
}

impl Easel<'_> {
    /// How many records a whole bar has. It grows by leaps, which are rare: else while one log grew, the
    /// bars of all others would shrink, as if they lost what they had.
    fn bar_scale(&self) -> u64 {
        let replicas = self.scene.partitions.iter().flat_map(|row| &row.replicas);
        let ends = replicas.map(|replica| replica.log_end_offset);
        ends.fold(OFFSETS_MIN, u64::max).next_power_of_two()
    }

    /// The three pieces of a bar in `room`.
    pub(super) fn bar(&mut self, key: PartKey, room: Rect, ends: Ends, is_off: bool) {
        let Ends { committed, end } = ends;
        let piece = |from: i32, to: i32| Rect {
            x: room.x + from,
            width: to - from,
            ..room
        };
        let pieces = [
            (
                piece(0, committed),
                if is_off { "water off" } else { "water" },
            ),
            (piece(committed, end.max(committed)), "open"),
            (piece(committed - 2, committed + 1), "edge"),
        ];
        for (index, (rect, state)) in (0..).zip(pieces).filter(|(_, (it, _))| it.width > 0) {
            let piece = PartKey {
                kind: Kind::LogBar,
                index,
                ..key
            };
            self.put(piece, rect).state = state;
        }
    }

    /// A replica as a bar in its broker's column, between a crown and a number where there is room.
    #[inline(never)]
    pub(super) fn replica_bar(
        &mut self,
        key: PartKey,
        rect: Rect,
        (partition, replica): (&PartitionRow, &ReplicaRow),
        state: &'static str,
    ) {
        let (is_leader, height) = match replica.role {
            ReplicaRole::Leader => (true, HEIGHTS.0),
            _ => (false, HEIGHTS.1),
        };
        let words = replica.log_end_offset.to_string();
        let (crown, number) = match rect.width {
            CROWN_FROM.. => (CROWN, words_width(&words, self.layout.measures.text) + 6),
            _ => (0, 0),
        };
        let room = Rect {
            x: rect.x + INSET + crown,
            y: rect.y + (rect.height - height) / 2,
            width: rect.width - 2 * INSET - crown - number,
            height,
        };
        let committed = partition.high_watermark.unwrap_or(replica.high_watermark);
        let end = replica.log_end_offset;
        let ends = Ends::to_scale(committed, end, self.bar_scale(), room.width);
        self.bar(key, room, ends, !state.is_empty());
        let of_kind = |kind| PartKey { kind, ..key };
        let ground = Rect {
            x: room.x - 3,
            y: room.y - 3,
            width: room.width + 6,
            height: height + 6,
        };
        let part = self.put(of_kind(Kind::Log), ground);
        part.state = replica.role.token();
        part.name = format!(
            "{} on broker {}: {}, log end offset {words}",
            partition.name,
            replica.broker,
            replica.role.words().to_ascii_lowercase()
        );
        if number > 0 {
            self.bar_ends(key, (rect, room), is_leader, words);
        }
    }

    /// The leader's crown before its bar, and a log's end after it.
    fn bar_ends(
        &mut self,
        key: PartKey,
        (rect, room): (Rect, Rect),
        is_leader: bool,
        words: String,
    ) {
        let of_kind = |kind| PartKey { kind, ..key };
        if is_leader {
            let tab = Rect {
                x: rect.x + INSET - 4,
                y: room.y - 1,
                width: CROWN - 4,
                height: room.height + 2,
            };
            self.put(of_kind(Kind::Leader), tab);
        }
        let end = Rect {
            x: room.right() + 4,
            y: rect.y + (rect.height - HEIGHTS.0) / 2,
            width: rect.right() - INSET - room.right(),
            height: HEIGHTS.0,
        };
        self.say(of_kind(Kind::Offset), end, words);
    }

    /// Many partitions: a line for each.
    #[inline(never)]
    pub(super) fn table(&mut self) {
        let (scene, layout) = (self.scene, self.layout);
        let (Some(first), Some(row)) = (layout.brokers.first(), layout.rows.first()) else {
            return;
        };
        let place = |row: Rect| Rect {
            x: first.x,
            width: layout.controller.right() - first.x,
            ..row
        };
        let head = Rect {
            y: row.y - row.height,
            ..*row
        };
        let head = place(head);
        let letters = (head.width * 10 / (layout.measures.text * 6)) as usize;
        let width = (letters.saturating_sub(12) / 6).clamp(7, 16);
        let words = ["partition", "leader", "ISR", "LEO", "HW", "lag"].map(str::to_owned);
        let words = columns(words, width);
        self.say(key(Area::Rows, Kind::Line), head, words).state = "head";
        let drawn = layout.visible_rows();
        let rows = scene.partitions.iter().zip(&layout.rows).enumerate();
        for (index, (partition, row)) in rows.take(drawn.end).skip(drawn.start) {
            let number = |it: Option<u64>| it.map_or("–".to_owned(), |it| it.to_string());
            let leading = partition.leading();
            let lags = partition.marks.iter().filter_map(|mark| mark.lag);
            let cells = [
                partition.name.clone(),
                number(partition.leader.map(u64::from)),
                format!(
                    "{}/{}",
                    partition.in_sync_replicas.len(),
                    partition.replica_count
                ),
                number(leading.map(|it| it.log_end_offset)),
                number(partition.high_watermark),
                number(lags.max()),
            ];
            let name = format!(
                "{}, leader {}, in sync {}, log end offset {}, high watermark {}, lag {}",
                cells[0], cells[1], cells[2], cells[3], cells[4], cells[5]
            );
            let line = PartKey {
                row: index as u32 + 1,
                ..key(Area::Rows, Kind::Line)
            };
            let is_short = partition.in_sync_replicas.len() < partition.replica_count as usize;
            let part = self.say(line, place(*row), columns(cells, width));
            part.name = name;
            part.state = if is_short { "row short" } else { "row" };
            part.is_stop = index == drawn.start;
            part.act = Some(super::Act::Open(index as u32));
        }
    }
}

/// One line of the table: columns of that many letters.
fn columns(cells: [String; 6], width: usize) -> String {
    let [name, rest @ ..] = cells;
    let first = width + 2;
    let mut line = format!("{name:<first$}");
    for cell in rest {
        line.push_str(&format!("{cell:>width$}"));
    }
    line
}
