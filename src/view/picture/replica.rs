//! One replica: its label, its water, its records, and on the leader the high watermark and where
//! the groups stand.

use super::Easel;
use crate::view::layout::Level;
use crate::view::measures::Measures;
use crate::view::part::{Act, Area, Kind, Part, PartKey, Rect, words_width};
use crate::view::scene::{
    BrokerStatus, CellKind, CellRow, LagRow, MarkShape, PartitionRow, ReplicaRole, ReplicaRow,
};
use crate::view::strip::{Alignment, Hangs, INSET, Labels, Strip, fold_words};
use crate::view::subject::Subject;

/// From one group's marks to the next group's.
const MARK_STEP: i32 = 11;
/// How wide the slot of an offset is whose record was removed.
const SLOT_WIDTH: i32 = 8;
/// The diameter of the ring of a follower that lags.
pub(super) const RING: i32 = 16;
/// The height of an offset.
const OFFSET_HEIGHT: i32 = 19;

/// How a flag hangs that is not at the right of its bar: at its left, or at the end of an elbow.
pub(super) const FLIPPED: &str = "flipped";
pub(super) const ASIDE: &str = "aside";
/// Which piece of a bar its elbow is: the last, however many there are.
pub(super) const ELBOW: u64 = u64::MAX;

/// A replica and where it is drawn.
pub(super) struct Place<'a> {
    pub(super) partition: &'a PartitionRow,
    pub(super) replica: &'a ReplicaRow,
    pub(super) sizes: &'a Measures,
    pub(super) strip: Strip,
    /// Its corner and its width.
    pub(super) rect: Rect,
    pub(super) key: PartKey,
    /// Nothing if its broker runs.
    pub(super) state: &'static str,
    /// What its broker's process does.
    pub(super) status: BrokerStatus,
}

impl Place<'_> {
    pub(super) fn key(&self, kind: Kind) -> PartKey {
        PartKey { kind, ..self.key }
    }

    pub(super) fn moved(&self, rect: Rect) -> Rect {
        rect.moved((self.rect.x, self.rect.y))
    }

    pub(super) fn is_leader(&self) -> bool {
        self.replica.role == ReplicaRole::Leader
    }
}

impl Easel<'_> {
    /// All replicas that have a place.
    pub(super) fn replicas(&mut self) {
        let (scene, layout) = (self.scene, self.layout);
        for (row, partition) in scene.partitions.iter().enumerate() {
            let Some(alignment) = self.alignment(row, partition) else {
                continue;
            };
            for replica in &partition.replicas {
                let mut brokers = scene.brokers.iter();
                let column = brokers.position(|broker| broker.id == replica.broker);
                let rect = column.and_then(|column| layout.replica(row, column));
                let (Some(column), Some(rect)) = (column, rect) else {
                    continue;
                };
                let sizes = &layout.measures;
                let key = PartKey {
                    area: Area::Rows,
                    row: row as u32 + 1,
                    column: column as u32 + 1,
                    ..PartKey::default()
                };
                let status = scene.brokers[column].status;
                let state = status.absence();
                let place = |strip| Place {
                    partition,
                    replica,
                    sizes,
                    strip,
                    rect,
                    key,
                    state,
                    status,
                };
                match layout.level {
                    Level::Inside => {
                        let committed = partition.high_watermark.unwrap_or(replica.high_watermark);
                        let strip = alignment.strip(replica, committed, rect, sizes.text);
                        self.replica_inside(&place(strip), &alignment);
                    }
                    Level::Cells => {
                        let both = (partition, replica);
                        let strip = Strip::new(sizes, rect.width, both, &alignment);
                        self.replica(&place(strip), &alignment);
                    }
                    Level::Bars => self.replica_bar(key, rect, (partition, replica), state),
                    Level::Table => {}
                }
            }
        }
    }

    /// How the replicas of a partition are aligned, if they are shown.
    fn alignment(&self, row: usize, partition: &PartitionRow) -> Option<Alignment> {
        let layout = self.layout;
        let sizes = &layout.measures;
        match layout.level {
            Level::Inside => (row == layout.input.opened_row as usize)
                .then(|| Alignment::new(sizes, &layout.inside, partition)),
            _ => {
                let width = layout.brokers.first()?.width;
                Some(Alignment::in_frames(sizes, width, partition))
            }
        }
    }

    fn replica(&mut self, place: &Place<'_>, alignment: &Alignment) {
        let strip = &place.strip;
        if place.state.is_empty() {
            self.put(place.key(Kind::Water), place.moved(strip.water));
        }
        if place.is_leader() {
            self.leader_labels(place);
            if place.sizes.has_marks {
                self.marks(place, alignment);
            }
        } else {
            self.role(place);
        }
        self.log(place);
    }

    /// A log from its fold to its closing bracket.
    pub(super) fn log(&mut self, place: &Place<'_>) {
        let strip = &place.strip;
        for (place_in_row, fold) in (0..).zip(&strip.folds) {
            let key = PartKey {
                index: place_in_row,
                ..place.key(Kind::Fold)
            };
            let (start, end) = fold.offsets;
            let part = self.say(key, place.moved(fold.rect), fold.words.clone());
            part.name = ["offsets ", &fold_words(start, end), ", not listed"].concat();
            part.state = place.state;
            if fold.is_open {
                let unread = (end - start).to_string();
                part.name += &[": nobody can read these ", &unread, " yet"].concat();
                part.state = "open";
            }
            let yours = place.partition.yours;
            if yours.is_some_and(|offset| (start..end).contains(&offset)) && place.state.is_empty()
            {
                part.name += ", yours among them";
                part.state = if fold.is_open { "open yours" } else { "yours" };
            }
        }
        self.cells(place);
        let end = self.say(
            place.key(Kind::LogEnd),
            place.moved(strip.log_end),
            strip.log_end_words.clone(),
        );
        end.state = match (place.state, place.is_leader(), strip.is_behind) {
            ("", true, false) => "leader",
            ("", true, true) => "leader behind",
            ("", false, true) => "behind",
            (_, _, true) => "off behind",
            (state, _, false) => state,
        };
        if !strip.log_end_words.is_empty() {
            end.name = format!("log end offset {}", place.replica.log_end_offset);
        }
    }

    /// The leader's tab.
    pub(super) fn tab(&mut self, place: &Place<'_>, rect: Rect, has_word: bool) {
        let (partition, replica) = (place.partition, place.replica);
        let tab = self.say(place.key(Kind::Leader), place.moved(rect), "");
        if has_word {
            tab.words = replica.role.words().into_owned();
        }
        tab.name = format!("leader of {}: broker {}", partition.name, replica.broker);
        tab.is_stop = true;
        tab.act = Some(Act::Ask(Subject::Leader {
            partition: partition.id,
        }));
    }

    /// The flag of the high watermark.
    pub(super) fn flag(
        &mut self,
        place: &Place<'_>,
        rect: Rect,
        words: String,
        state: &'static str,
    ) {
        let partition = place.partition;
        let name = format!("{words}, high watermark of {}", partition.name);
        // At the other side of its bar it is another one: it does not glide through the bar.
        let key = PartKey {
            index: u64::from(state.starts_with(FLIPPED)),
            ..place.key(Kind::Flag)
        };
        let flag = self.say(key, rect, words);
        flag.name = name;
        flag.is_stop = true;
        flag.state = state;
        flag.act = Some(Act::Ask(Subject::HighWatermark {
            partition: partition.id,
        }));
    }

    fn leader_labels(&mut self, place: &Place<'_>) {
        let word = place.replica.role.words();
        let x = place.strip.committed_x;
        let number = place.replica.high_watermark.to_string();
        let labels_for = |words: &str| Labels::new(place.sizes, place.rect.width, &word, words, x);
        let mut words = format!("HW {number}");
        let mut labels = labels_for(&words);
        // The crown says who leads also without its word; a number alone says nothing.
        if labels.flag.right() >= place.rect.width {
            labels = labels_for(&number);
            words = number;
        }
        self.tab(place, labels.tab, labels.has_word);
        let bar = place.key(Kind::Bar);
        self.put(bar, place.moved(labels.bar));
        if let Some(elbow) = labels.elbow {
            let key = PartKey {
                index: ELBOW,
                ..bar
            };
            self.put(key, place.moved(elbow));
        }
        let state = match (labels.hangs, labels.is_tight) {
            (Hangs::Left, false) => FLIPPED,
            (Hangs::Left, true) => "flipped tight",
            (Hangs::Right, false) => "",
            (Hangs::Right, true) => "tight",
            (Hangs::Aside, false) => ASIDE,
            (Hangs::Aside, true) => "aside tight",
        };
        self.flag(place, place.moved(labels.flag), words, state);
    }

    /// What a replica is that does not lead, and the notch of its own high watermark.
    fn role(&mut self, place: &Place<'_>) {
        let (sizes, water) = (place.sizes, place.strip.water);
        let full = place.replica.role.words();
        let width_of = |words: &str| words_width(words, sizes.text) + 8;
        let has_room = width_of(&full) <= place.rect.width - 3 * INSET - RING;
        let words = if has_room {
            full.clone()
        } else {
            place.replica.role.short_words()
        };
        let label = Rect {
            x: INSET,
            y: sizes.label_offset,
            width: width_of(&words),
            height: sizes.label_height,
        };
        let part = self.say(
            place.key(Kind::Role),
            place.moved(label),
            words.into_owned(),
        );
        part.state = place.replica.role.token();
        part.name = format!(
            "{}, {full} on broker {}",
            place.partition.name, place.replica.broker
        );
        part.act = Some(Act::Menu);
        let ring = Rect {
            x: place.rect.width - 2 * INSET - RING,
            y: sizes.label_offset + (sizes.label_height - RING) / 2,
            width: RING,
            height: RING,
        };
        if ring.x >= label.right() {
            self.ring(place, ring);
        }
        if place.state.is_empty() {
            let notch = Rect {
                x: place.strip.high_watermark_x - 6,
                y: water.y - 1,
                width: 12,
                height: 8,
            };
            self.put(place.key(Kind::Notch), place.moved(notch));
        }
    }

    /// The ring that fills while a follower lags, at `rect` from the replica's corner.
    pub(super) fn ring(&mut self, place: &Place<'_>, rect: Rect) {
        if let Some(lag) = &place.replica.lag {
            self.ring_of(place, rect, lag);
        }
    }

    #[inline(never)]
    fn ring_of(&mut self, place: &Place<'_>, rect: Rect, lag: &LagRow) {
        let ring = self.put(place.key(Kind::Ring), place.moved(rect));
        ring.fill = lag.percent;
        ring.name = format!(
            "{} on broker {} {}",
            place.partition.name, place.replica.broker, lag.words
        );
    }

    fn cells(&mut self, place: &Place<'_>) {
        let (partition, replica) = (place.partition, place.replica);
        let mut cells = place.strip.cells.iter().map(|(index, _)| *index);
        let newest = cells.rfind(|index| !replica.cells[*index].is_gap());
        for (index, rect) in &place.strip.cells {
            let row = &replica.cells[*index];
            if row.is_gap() {
                self.gap(place, row, *rect);
                continue;
            }
            let key = PartKey {
                index: row.offset,
                ..place.key(Kind::Cell)
            };
            let cell = self.say(key, place.moved(*rect), row.key.letter.clone());
            cell.name = row.accessible_name(&partition.name, replica.broker);
            cell.hue = row.key.hue_token();
            if row.is_tombstone {
                cell.note = "✝".to_owned();
                // A name that hides what is seen would be no name for who speaks to the page.
                cell.name = [&row.key.letter, " ✝, ", &cell.name].concat();
            }
            cell.state = match (place.state, row.is_committed, place.is_leader()) {
                _ if row.is_lost && partition.lost == Some(row.offset) => "lost named",
                _ if row.is_lost => "lost",
                ("", true, true) => "leader",
                ("", false, true) => "leader open",
                ("", true, false) => "",
                (_, false, _) => "open",
                (absent, true, _) => absent,
            };
            if row.is_yours {
                cell.state = match cell.state {
                    "leader" => "leader yours",
                    "leader open" => "leader open yours",
                    "open" => "open yours",
                    _ => "yours",
                };
            }
            cell.is_stop = place.is_leader() && newest == Some(*index);
            cell.act = Some(Act::Ask(Subject::Record {
                partition: partition.id,
                broker: replica.broker,
                offset: row.offset,
            }));
            if cell.state == "lost named" && place.sizes.has_offsets {
                self.lost_offset(place, *rect, row.offset);
            }
            let before = newest.unwrap_or_default().abs_diff(*index);
            let is_told = before.is_multiple_of(place.strip.offset_every);
            if place.is_leader() && is_told && place.sizes.has_offsets {
                self.offset(place, *rect, row.offset);
            }
        }
    }

    /// Where a cleaner removed a record: a thin slot, or a block for many. What was removed just
    /// now falls out of it.
    #[inline(never)]
    fn gap(&mut self, place: &Place<'_>, row: &CellRow, rect: Rect) {
        let key = PartKey {
            index: row.offset,
            ..place.key(Kind::Slot)
        };
        let is_one = row.end <= row.offset + 1;
        let width = if is_one { SLOT_WIDTH } else { rect.width };
        let inset = if is_one { rect.height / 6 } else { 0 };
        let slot = Rect {
            x: rect.x + (rect.width - width) / 2,
            y: rect.y + inset,
            width,
            height: rect.height - 2 * inset,
        };
        let words = if is_one {
            String::new()
        } else {
            fold_words(row.offset, row.end)
        };
        let name = row.accessible_name(&place.partition.name, place.replica.broker);
        let part = self.say(key, place.moved(slot), words);
        part.name = name;
        part.state = place.state;
        if row.kind == CellKind::Falling {
            let key = PartKey {
                kind: Kind::Falling,
                ..key
            };
            let letter = row.key.letter.clone();
            let part = self.say(key, place.moved(rect), letter);
            part.hue = row.key.hue_token();
            part.state = if place.is_leader() { "leader" } else { "" };
        }
    }

    fn offset(&mut self, place: &Place<'_>, cell: Rect, offset: u64) {
        let words = offset.to_string();
        let width = words_width(&words, place.sizes.text).max(cell.width);
        let key = PartKey {
            index: offset,
            ..place.key(Kind::Offset)
        };
        self.below(key, place.moved(cell), words, width);
    }

    /// An offset below the middle of a cell.
    pub(super) fn below(
        &mut self,
        key: PartKey,
        cell: Rect,
        words: String,
        width: i32,
    ) -> &mut Part {
        let rect = Rect {
            x: cell.x + (cell.width - width) / 2,
            y: cell.bottom() + 4,
            width,
            height: OFFSET_HEIGHT,
        };
        self.say(key, rect, words)
    }

    /// Where the groups stand, below the offsets: full for a commit, hollow for a position.
    fn marks(&mut self, place: &Place<'_>, alignment: &Alignment) {
        let top = place.sizes.cell_offset + place.sizes.leader_cell_height + OFFSET_HEIGHT + 1;
        for (group, mark) in place.partition.marks.iter().enumerate() {
            let top = top + group.min(1) as i32 * MARK_STEP;
            let stand = |offset: Option<u64>| {
                let x = INSET + alignment.x_of(offset?.min(alignment.end)) - 1;
                Some((place.rect.x + x, place.rect.y + top))
            };
            self.marks_of(place, group, stand(mark.committed), stand(mark.position));
        }
    }

    /// Where a group stands: its commit and its position, each with the tip at a point. At the
    /// same point the commit stands inside the position.
    pub(super) fn marks_of(
        &mut self,
        place: &Place<'_>,
        group: usize,
        committed: Option<(i32, i32)>,
        position: Option<(i32, i32)>,
    ) {
        let mark = &place.partition.marks[group];
        let (full, hollow) = mark.shape.tokens();
        let whole = place.sizes.text / 2;
        let (mut outer, mut inner) = ((whole, 0), (whole, 0));
        if mark.committed == mark.position {
            let half = whole * 3 / 2;
            outer = (half, -3);
            inner = (half * 2 / 5, half / 4);
            if mark.shape == MarkShape::Triangle {
                inner.1 += 2;
            }
        }
        let both = [
            (position, mark.position, hollow, outer, "reads next at"),
            (committed, mark.committed, full, inner, "has committed"),
        ];
        for (index, (at, offset, state, (half, lower), verb)) in (0..).zip(both) {
            let Some((x, y)) = at else { continue };
            let key = PartKey {
                index: group as u64 * 2 + index,
                ..place.key(Kind::Mark)
            };
            let rect = Rect {
                x: x - half,
                y: y + lower,
                width: 2 * half,
                height: 2 * half - half / 3,
            };
            let part = self.put(key, rect);
            part.state = state;
            part.name = format!(
                "{}: group {} {verb} {}",
                place.partition.name,
                mark.group,
                offset.unwrap_or_default()
            );
        }
    }
}
