//! The groups with their members' cards. Where each member of the one group owns neighbouring
//! partitions, its card stands at their lanes; otherwise the cards stand below each other.

mod phone;

pub(in crate::view) use phone::card_of;

use super::numbers::ranges;
use super::{Easel, FACTS};
use crate::view::format::shortened;
use crate::view::layout::{Layout, Level};
use crate::view::measures::Measures;
use crate::view::part::{Act, Area, Kind, PartKey, Rect, strong_width, words_width};
use crate::view::scene::{ConsumerRow, GroupRow, PartitionRow};

/// The sides of a partition's token.
const TOKEN: (i32, i32) = (44, 26);
/// From a card's edge to what stands on it.
const PAD: i32 = 10;
/// From a name in a narrow card to the card's edge.
const EDGE: i32 = 4;
/// The name on top of a card, and the air above it where it stands over a token.
const NAME: i32 = 24;
const TOP: i32 = 4;
/// Between cards.
const GAP: i32 = 6;
/// The height of a partition's line where cards stand below each other, roomy and close.
const LINES: [i32; 2] = [30, 26];
/// Between two facts beside each other, at least.
const BESIDE: i32 = 6;
/// From a fact's left edge to its words: its mark stands before them.
const MARK_ROOM: i32 = 22;

/// Where the cards of a column are put, from top to bottom.
struct Column {
    x: i32,
    y: i32,
    width: i32,
    /// The height of a partition's line.
    line: i32,
}

impl Column {
    /// Nothing stands in it yet.
    fn of(layout: &Layout) -> Column {
        let place = layout.groups;
        Column {
            x: place.x,
            y: if layout.is_phone() {
                place.y
            } else {
                layout.heading_y()
            },
            width: place.width,
            line: LINES[0],
        }
    }
}

fn heading_height(sizes: &Measures) -> i32 {
    sizes.text + 8
}

/// One fact of a group in a partition: the look of its mark, and its words.
type Fact = (&'static str, String);

impl Easel<'_> {
    /// All groups.
    pub(super) fn groups(&mut self) {
        let mut column = Column::of(self.layout);
        if self.column_height(LINES[0]) > self.layout.groups.height {
            column.line = LINES[1];
        }
        for (index, group) in self.scene.groups.iter().enumerate() {
            self.group_heading(index, group, &mut column);
            if self.layout.is_phone() {
                self.cards_on_phone(index, group, &mut column);
            } else if self.has_cards_at_lanes() {
                self.cards_at_lanes(index, group);
            } else {
                self.cards_in_column(index, group, &mut column);
            }
        }
    }

    /// From a card's edge to all that stands on it: one edge for the name, the tokens and the marks.
    fn pad(&self) -> i32 {
        let is_small = self.layout.measures.is_tight && !self.layout.is_phone();
        if is_small { PAD - 2 } else { PAD }
    }

    /// How much cards below each other take with lines of that height.
    fn column_height(&self, line: i32) -> i32 {
        let groups = self.scene.groups.iter().map(|group| {
            let members = group.members.iter();
            let cards = members.map(|member| self.card_height(member, line) + GAP);
            2 * heading_height(&self.layout.measures) + 2 * GAP + cards.sum::<i32>()
        });
        groups.sum()
    }

    fn card_height(&self, member: &ConsumerRow, line: i32) -> i32 {
        let owned = match self.layout.level {
            Level::Cells => member.owns.len(),
            _ => member.owns.len().min(1),
        };
        let lines = owned + usize::from(!member.note.is_empty());
        NAME + lines as i32 * line + 8
    }

    fn has_cards_at_lanes(&self) -> bool {
        let [group] = self.scene.groups.as_slice() else {
            return false;
        };
        let is_in_order = |member: &ConsumerRow| {
            let neighbours = member.owns.windows(2).all(|pair| pair[0] + 1 == pair[1]);
            !member.owns.is_empty() && neighbours
        };
        let sizes = &self.layout.measures;
        self.layout.level == Level::Cells
            && sizes.has_offsets
            && group.members.iter().all(is_in_order)
    }

    fn group_heading(&mut self, index: usize, group: &GroupRow, column: &mut Column) {
        let key = PartKey {
            area: Area::Groups,
            row: index as u32,
            kind: Kind::Heading,
            ..PartKey::default()
        };
        let layout = self.layout;
        let is_phone = layout.is_phone();
        let is_tight = layout.measures.is_tight && !is_phone;
        let name = match group.name.as_str() {
            "" => "no group".to_owned(),
            name if is_tight => name.to_owned(),
            name => format!("group {name}"),
        };
        let height = heading_height(&layout.measures);
        let line = |y: i32| Rect {
            x: column.x,
            y,
            width: column.width,
            height,
        };
        let state = if is_tight {
            let words = group.state.split(", ").next();
            words.unwrap_or_default().to_owned()
        } else {
            group.state.clone()
        };
        let characters = (column.width / 9).max(4) as usize;
        let part = self.say(key, line(column.y), shortened(&name, characters));
        if is_phone {
            part.name = format!("{} {state}", part.words);
            part.note = state;
            part.state = "apart";
            part.act = Some(Act::Menu);
            part.is_stop = true;
            column.y += height + GAP;
            return;
        }
        let words = PartKey {
            kind: Kind::Words,
            ..key
        };
        let part = self.say(words, line(column.y + height), state);
        part.name = format!("{}, group {}", group.state, group.name);
        part.act = Some(Act::Menu);
        part.is_stop = true;
        column.y += 2 * height + GAP;
    }

    fn cards_at_lanes(&mut self, index: usize, group: &GroupRow) {
        let (scene, layout) = (self.scene, self.layout);
        let sizes = &layout.measures;
        // Where numbers have no names, the member's name has no room beside the token.
        let rise = if sizes.is_tight {
            TOKEN.1 / 2 + NAME + TOP + 2
        } else {
            sizes.lane_offset + 4
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
            let bottom = lane(*last) + sizes.row_height - rise - GAP + 2;
            let card = Rect {
                x: layout.groups.x,
                y: top,
                width: layout.groups.width,
                height: bottom - top,
            };
            self.card(key, card, member);
            for row in rows {
                let token = Rect {
                    x: card.x + self.pad(),
                    y: lane(row) - TOKEN.1 / 2,
                    width: TOKEN.0,
                    height: TOKEN.1,
                };
                let partition = &scene.partitions[row];
                self.owned(key, row, token, partition);
                self.facts_below(key, row, (token, card), &group.name);
            }
        }
    }

    /// Where a group stands in a partition, below its token: a line for each fact, or the two
    /// offsets beside each other where they have no words.
    fn facts_below(&mut self, key: PartKey, row: usize, (token, card): (Rect, Rect), group: &str) {
        let sizes = &self.layout.measures;
        // Larger type has more air between its lines.
        let (size, line) = (sizes.text, sizes.text * 5 / 2 - 15);
        let room = sizes.row_height - TOKEN.1 - 10;
        let facts = facts(&self.scene.partitions[row], group, sizes.is_tight);
        let (mut x, mut y) = (token.x, token.bottom() + 5);
        let right = card.right() - PAD / 2;
        for (index, fact) in facts.into_iter().enumerate() {
            let width = MARK_ROOM + words_width(&fact.1, size) + 4;
            let fits_beside = sizes.is_tight && index == 1 && x + width <= right;
            if !fits_beside && index > 0 {
                x = token.x;
                y += line;
            }
            if y + line > token.bottom() + room {
                return;
            }
            // All the room there is: the face that a machine falls back to may be wider.
            let half = (card.width - 2 * PAD) / 2;
            let is_shared = sizes.is_tight && index == 0;
            let roomy = if is_shared { half } else { right - x };
            let place = Rect {
                x,
                y,
                width: width.max(roomy).min(right - x),
                height: line,
            };
            self.fact(key, (row, index), place, fact);
            x = token.x + half.max(width + BESIDE);
        }
    }

    fn card(&mut self, key: PartKey, card: Rect, member: &ConsumerRow) {
        self.put(key, card);
        let name = PartKey {
            kind: Kind::CardName,
            ..key
        };
        let layout = self.layout;
        let is_beside = self.has_cards_at_lanes() && !layout.measures.is_tight;
        let room = if is_beside { TOKEN.0 + PAD } else { 0 };
        let top = if is_beside {
            layout.measures.lane_offset + 4 - NAME / 2
        } else if self.has_cards_at_lanes() {
            TOP
        } else {
            2
        };
        let is_small = layout.measures.is_tight && !layout.is_phone();
        let pad = self.pad();
        // Up to the card's edge: the face that a machine falls back to may be wider.
        let end = if is_small { EDGE } else { pad };
        let place = Rect {
            x: card.x + pad + room,
            y: card.y + top,
            width: card.width - pad - end - room,
            height: NAME,
        };
        let size = layout.measures.text + if is_small { 0 } else { 2 };
        let part = self.say(name, place, fitted(&member.name, place.width, size));
        part.name = member_name(member);
        part.act = Some(Act::Menu);
        part.is_stop = true;
        if is_beside {
            part.state = "end";
        } else if is_small {
            part.state = "small";
        }
    }

    fn owned(&mut self, key: PartKey, row: usize, token: Rect, partition: &PartitionRow) {
        let key = PartKey {
            kind: Kind::Owned,
            index: row as u64 + 1,
            ..key
        };
        self.say(key, token, partition.name.clone());
    }

    fn fact(
        &mut self,
        key: PartKey,
        (row, index): (usize, usize),
        place: Rect,
        (state, words): Fact,
    ) {
        let key = PartKey {
            kind: Kind::Fact,
            index: (row as u64 + 1) * FACTS + index as u64,
            ..key
        };
        self.say(key, place, words).state = state;
    }

    fn note(&mut self, key: PartKey, place: Rect, words: String) {
        let key = PartKey {
            kind: Kind::Fact,
            ..key
        };
        self.say(key, place, words);
    }

    /// Cards below each other: the name, and a line for each partition.
    #[inline(never)]
    fn cards_in_column(&mut self, index: usize, group: &GroupRow, column: &mut Column) {
        let is_listed = self.layout.level == Level::Cells;
        for (number, member) in group.members.iter().enumerate() {
            let key = card_key(index, number);
            let card = Rect {
                x: column.x,
                y: column.y,
                width: column.width,
                height: self.card_height(member, column.line),
            };
            self.card(key, card, member);
            let mut line = Rect {
                x: card.x + self.pad(),
                y: card.y + NAME + 3,
                width: card.width - 2 * self.pad(),
                height: column.line - 4,
            };
            if !member.note.is_empty() {
                let words = fitted(&member.note, line.width, self.layout.measures.text);
                self.note(key, line, words);
                line.y += column.line;
            }
            if !is_listed && !member.owns.is_empty() {
                let words = format!("owns p{}", ranges(&member.owns));
                let words = fitted(&words, line.width, self.layout.measures.text);
                let key = PartKey { index: 1, ..key };
                self.note(key, line, words);
            }
            let owned = member.owns.iter().filter(|_| is_listed);
            for id in owned {
                let row = self.scene.partitions.iter().position(|row| row.id == *id);
                let Some(row) = row else { continue };
                self.owned_line(key, row, line, &group.name);
                line.y += column.line;
            }
            column.y = card.bottom() + GAP;
        }
        column.y += GAP;
    }

    /// A token, and beside it the commit, then as many of position and lag as have room.
    fn owned_line(&mut self, key: PartKey, row: usize, line: Rect, group: &str) {
        let scene = self.scene;
        let size = self.layout.measures.text;
        let token = Rect {
            width: TOKEN.0 - 8,
            ..line
        };
        self.owned(key, row, token, &scene.partitions[row]);
        let mut x = token.right() + 4;
        for (index, fact) in facts(&scene.partitions[row], group, true)
            .into_iter()
            .enumerate()
        {
            let indent = if fact.0 == PLAIN { 6 } else { MARK_ROOM };
            let width = indent + words_width(&fact.1, size) + 4;
            if x + width > line.right() + PAD / 2 {
                break;
            }
            let state = if fact.0 == PLAIN { "" } else { fact.0 };
            let place = Rect { x, width, ..line };
            self.fact(key, (row, index), place, (state, fact.1));
            x += width;
        }
    }
}

/// The look of a fact without a mark.
const PLAIN: &str = "plain";

/// The room of a member's name in the widest face.
fn name_width(member: &ConsumerRow, size: i32) -> i32 {
    strong_width(&member.name, size) * 6 / 5
}

/// A name as far as it has room.
fn fitted(words: &str, width: i32, size: i32) -> String {
    if strong_width(words, size) <= width {
        return words.to_owned();
    }
    let characters = width * 100 / (size * 64);
    shortened(words, characters.max(4) as usize)
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
fn facts(partition: &PartitionRow, group: &str, is_tight: bool) -> Vec<Fact> {
    let mut marks = partition.marks.iter();
    let Some(mark) = marks.find(|mark| mark.group == group) else {
        return Vec::new();
    };
    let (full, hollow) = mark.shape.tokens();
    let number = |offset: Option<u64>| offset.map_or("–".to_owned(), |n| n.to_string());
    let (committed, position) = if is_tight {
        ("", "")
    } else {
        ("committed ", "position ")
    };
    vec![
        (full, format!("{committed}{}", number(mark.committed))),
        (hollow, format!("{position}{}", number(mark.position))),
        (PLAIN, format!("lag {}", number(mark.lag))),
    ]
}
