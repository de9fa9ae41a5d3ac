//! The groups with their members' cards. Where each member of the one group owns neighbouring
//! partitions, its card stands at their lanes; otherwise the cards stand below each other.

use super::Easel;
use crate::view::format::shortened;
use crate::view::part::{Act, Area, Kind, PartKey, Rect, words_width};
use crate::view::scene::{ConsumerRow, GroupRow, PartitionRow};

/// The sides of a partition's token.
const TOKEN: (i32, i32) = (44, 26);
/// From a card's edge to what stands on it.
const PAD: i32 = 10;
/// The height of a line of facts.
const LINE: i32 = 19;
/// The name on top of a card.
const NAME: i32 = 24;
/// The height of a group's name, and of its state.
const HEADING: i32 = 22;
/// Between cards.
const GAP: i32 = 6;

/// Where the cards of a column are put, from top to bottom.
struct Column {
    x: i32,
    y: i32,
    width: i32,
}

impl Easel<'_> {
    /// All groups.
    pub(super) fn groups(&mut self) {
        let place = self.layout.groups;
        let mut column = Column {
            x: place.x,
            y: place.y + 4,
            width: place.width,
        };
        for (index, group) in self.scene.groups.iter().enumerate() {
            self.group_heading(index, group, &mut column);
            if self.has_cards_at_lanes() {
                self.cards_at_lanes(index, group);
            } else {
                self.cards_in_column(index, group, &mut column);
            }
        }
    }

    fn has_cards_at_lanes(&self) -> bool {
        let [group] = self.scene.groups.as_slice() else {
            return false;
        };
        let is_in_order = |member: &ConsumerRow| {
            let neighbours = member.owns.windows(2).all(|pair| pair[0] + 1 == pair[1]);
            !member.owns.is_empty() && neighbours
        };
        !self.layout.is_stacked() && group.members.iter().all(is_in_order)
    }

    fn group_heading(&mut self, index: usize, group: &GroupRow, column: &mut Column) {
        let key = PartKey {
            area: Area::Groups,
            row: index as u32,
            kind: Kind::Heading,
            ..PartKey::default()
        };
        let is_tight = self.layout.measures.is_tight && !self.layout.is_stacked();
        let name = match group.name.as_str() {
            "" => "no group".to_owned(),
            name if is_tight => name.to_owned(),
            name => format!("group {name}"),
        };
        let line = |y: i32| Rect {
            x: column.x,
            y,
            width: column.width,
            height: HEADING,
        };
        self.say(key, line(column.y), name);
        let state = PartKey {
            kind: Kind::Words,
            ..key
        };
        let words = if is_tight {
            group
                .state
                .split(", ")
                .next()
                .unwrap_or_default()
                .to_owned()
        } else {
            group.state.clone()
        };
        let state = self.say(state, line(column.y + HEADING), words);
        state.name = format!("group {}, {}", group.name, group.state);
        state.act = Some(Act::Menu);
        state.is_stop = true;
        column.y += 2 * HEADING + GAP;
    }

    fn cards_at_lanes(&mut self, index: usize, group: &GroupRow) {
        let (scene, layout) = (self.scene, self.layout);
        // Where numbers have no names, the member's name has no room beside the token.
        let rise = if layout.measures.is_tight {
            TOKEN.1 / 2 + NAME + 1
        } else {
            20
        };
        for (number, member) in group.members.iter().enumerate() {
            let row_of = |id: &u32| scene.partitions.iter().position(|row| row.id == *id);
            let rows: Vec<usize> = member.owns.iter().filter_map(row_of).collect();
            let (Some(first), Some(last)) = (rows.first(), rows.last()) else {
                continue;
            };
            let lane = |row: usize| layout.lane_y(row).unwrap_or_default();
            let key = card_key(index, number);
            let top = lane(*first) - rise;
            let bottom = lane(*last) + layout.measures.row_height - rise - GAP;
            let card = Rect {
                x: layout.groups.x,
                y: top,
                width: layout.groups.width,
                height: bottom - top,
            };
            self.card(key, card, member);
            for row in rows {
                let token = Rect {
                    x: card.x + PAD,
                    y: lane(row) - TOKEN.1 / 2,
                    width: TOKEN.0,
                    height: TOKEN.1,
                };
                let partition = &scene.partitions[row];
                self.owned(key, token, partition);
                let facts = facts(partition, &group.name, layout.measures.is_tight);
                for (line, fact) in facts.into_iter().enumerate() {
                    let y = token.bottom() + 6 + line as i32 * LINE;
                    self.fact(
                        key,
                        (row, line),
                        (card.x + PAD, y, card.width - 2 * PAD),
                        fact,
                    );
                }
            }
        }
    }

    fn card(&mut self, key: PartKey, card: Rect, member: &ConsumerRow) {
        self.put(key, card);
        let name = PartKey {
            kind: Kind::CardName,
            ..key
        };
        let room = if self.has_cards_at_lanes() && !self.layout.measures.is_tight {
            TOKEN.0 + PAD
        } else {
            0
        };
        let place = Rect {
            x: card.x + PAD + room,
            y: card.y + if room > 0 { 7 } else { 1 },
            width: card.width - 2 * PAD - room,
            height: NAME - 1,
        };
        let is_small = self.layout.measures.is_tight && !self.layout.is_stacked();
        let characters = (place.width / 9).max(4) as usize;
        let part = self.say(name, place, shortened(&member.name, characters));
        part.name = member_name(member);
        part.act = Some(Act::Menu);
        part.is_stop = true;
        if room > 0 {
            part.state = "end";
        } else if is_small {
            part.state = "small";
        }
    }

    fn owned(&mut self, key: PartKey, token: Rect, partition: &PartitionRow) {
        let key = PartKey {
            kind: Kind::Owned,
            index: u64::from(partition.id) + 1,
            ..key
        };
        self.say(key, token, partition.name.clone());
    }

    fn fact(
        &mut self,
        key: PartKey,
        (row, line): (usize, usize),
        (x, y, width): (i32, i32, i32),
        words: String,
    ) {
        let key = PartKey {
            kind: Kind::Fact,
            index: (row as u64 + 1) * 8 + line as u64,
            ..key
        };
        let place = Rect {
            x,
            y,
            width,
            height: LINE,
        };
        self.say(key, place, words);
    }

    /// Cards below each other: the name, and a line for each partition.
    fn cards_in_column(&mut self, index: usize, group: &GroupRow, column: &mut Column) {
        for (number, member) in group.members.iter().enumerate() {
            let key = card_key(index, number);
            let lines = member.owns.len() + usize::from(!member.note.is_empty());
            let card = Rect {
                x: column.x,
                y: column.y,
                width: column.width,
                height: NAME + lines as i32 * (TOKEN.1 + 4) + 10,
            };
            self.card(key, card, member);
            let mut y = card.y + NAME + 4;
            if !member.note.is_empty() {
                let place = (card.x + PAD, y + 3, card.width - 2 * PAD);
                self.fact(key, (0, 0), place, member.note.clone());
                y += TOKEN.1 + 4;
            }
            for id in &member.owns {
                let row = self.scene.partitions.iter().position(|row| row.id == *id);
                let Some(row) = row else { continue };
                let partition = &self.scene.partitions[row];
                let token = Rect {
                    x: card.x + PAD,
                    y,
                    width: TOKEN.0 - 8,
                    height: TOKEN.1,
                };
                self.owned(key, token, partition);
                let x = token.right() + 6;
                let facts = facts(partition, &group.name, true);
                let room = card.right() - PAD - x;
                let size = self.layout.measures.text;
                // The commit first; then as many of position and lag as have room.
                let mut fact = String::new();
                for (before, next) in ["", " ", " "].iter().zip(&facts) {
                    let longer = format!("{fact}{before}{next}");
                    if words_width(&longer, size) <= room {
                        fact = longer;
                    }
                }
                self.fact(key, (row, 0), (x, y + 4, room), fact);
                y += TOKEN.1 + 4;
            }
            column.y = card.bottom() + GAP;
        }
        column.y += GAP;
    }
}

fn card_key(group: usize, member: usize) -> PartKey {
    PartKey {
        area: Area::Groups,
        row: group as u32,
        column: member as u32 + 1,
        kind: Kind::Card,
        ..PartKey::default()
    }
}

/// `consumer-1, owns p0 and p1`, or why it owns nothing.
fn member_name(member: &ConsumerRow) -> String {
    let names: Vec<String> = member.owns.iter().map(|id| format!("p{id}")).collect();
    match (names.is_empty(), member.note.as_str()) {
        (false, _) => format!("{}, owns {}", member.name, names.join(", ")),
        (true, "") => format!("{}, owns nothing", member.name),
        (true, note) => format!("{}, {note}", member.name),
    }
}

/// Where the group stands in the partition: commit, position, lag.
fn facts(partition: &PartitionRow, group: &str, is_tight: bool) -> Vec<String> {
    let mut marks = partition.marks.iter();
    let Some(mark) = marks.find(|mark| mark.group == group) else {
        return Vec::new();
    };
    let (full, hollow) = mark.shape.signs();
    let number = |offset: Option<u64>| offset.map_or("–".to_owned(), |n| n.to_string());
    let (committed, position) = if is_tight {
        ("", "")
    } else {
        ("committed ", "position ")
    };
    vec![
        format!("{full} {committed}{}", number(mark.committed)),
        format!("{hollow} {position}{}", number(mark.position)),
        format!("lag {}", number(mark.lag)),
    ]
}
