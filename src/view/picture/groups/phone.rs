//! Members' cards on a telephone: in a line of their own, or two beside each other.

use super::{
    Column, GAP, NAME, PAD, TOKEN, card_key, fitted, heading_height, member_name, name_width,
};
use crate::view::layout::Layout;
use crate::view::part::{Kind, PartKey, Rect, strong_width, words_width};
use crate::view::picture::Easel;
use crate::view::scene::{ConsumerRow, GroupRow, Scene};

/// The height of a card on a telephone.
const PHONE_CARD: i32 = 44;
/// The same where the name stands above what it holds.
const PHONE_CARD_DOUBLE: i32 = 58;
/// From the edge of a card to a name with tokens beside it, and from that to the tokens.
const EDGE: i32 = 7;
const AIR: i32 = 4;
/// A token beside a name.
const TOKEN_BESIDE: i32 = 30;

impl Easel<'_> {
    /// On a telephone: two cards beside each other where that has room. What each holds stands
    /// beside its name, or below the name where half a line has no room for both.
    pub(super) fn cards_on_phone(&mut self, index: usize, group: &GroupRow, column: &mut Column) {
        let cards = Cards::of(group, column.width, self.layout.measures.text);
        for (number, member) in group.members.iter().enumerate() {
            let card = cards.place(column, number);
            self.phone_card(card_key(index, number), card, member, cards.is_double);
        }
        cards.lead_on(column, group);
    }

    /// Name, tokens, and what else there is to say.
    fn phone_card(&mut self, key: PartKey, card: Rect, member: &ConsumerRow, is_double: bool) {
        let size = self.layout.measures.text;
        self.put(key, card);
        let named = PartKey {
            kind: Kind::CardName,
            ..key
        };
        let (pad, size_of_name) = if is_double {
            (PAD, size + 2)
        } else {
            (EDGE, size)
        };
        let most = name_width(member, size_of_name);
        let whole = card.width - 2 * pad;
        let rest = whole - beside_width(member, size);
        let (y, width) = if is_double {
            (3, most)
        } else {
            let least = strong_width(&member.name, size);
            ((card.height - NAME) / 2, rest.clamp(least, most))
        };
        let name = Rect {
            x: card.x + pad,
            y: card.y + y,
            width: width.min(whole),
            height: NAME,
        };
        let part = self.say(named, name, fitted(&member.name, name.width, size_of_name));
        part.name = member_name(member);
        let mut token = Rect {
            x: name.x,
            y: name.bottom(),
            width: TOKEN.0,
            height: TOKEN.1,
        };
        if !is_double {
            part.state = "small";
            // Tokens end where their card does; a note that follows them may grow.
            let end = if member.note.is_empty() { rest } else { 0 };
            token.x = name.x + name.width.max(end) + AIR;
            token.y = name.y - 1;
            token.width = TOKEN_BESIDE;
        }
        self.tokens(key, token, card.right() - pad, member);
    }

    /// From the first token on what a member has; and what else there is to say of it.
    fn tokens(&mut self, key: PartKey, mut token: Rect, right: i32, member: &ConsumerRow) {
        let air = if token.width < TOKEN.0 { AIR } else { GAP };
        for id in &member.owns {
            let row = self.scene.partitions.iter().position(|row| row.id == *id);
            let Some(row) = row else { continue };
            if token.right() > right {
                break;
            }
            self.owned(key, row, token, &self.scene.partitions[row]);
            token.x = token.right() + air;
        }
        if !member.note.is_empty() {
            let note = Rect {
                width: right - token.x,
                ..token
            };
            let words = fitted(&member.note, note.width, self.layout.measures.text);
            self.note(key, note, words);
        }
    }
}

/// The width of what stands beside a member's name.
fn beside_width(member: &ConsumerRow, size: i32) -> i32 {
    let tokens = member.owns.len() as i32 * (TOKEN_BESIDE + AIR);
    tokens + words_width(&member.note, size)
}

/// How a group's cards stand.
struct Cards {
    /// How many stand beside each other.
    beside: i32,
    width: i32,
    height: i32,
    /// Whether names stand above what they hold.
    is_double: bool,
}

impl Cards {
    fn of(group: &GroupRow, width: i32, size: i32) -> Cards {
        let half = (width - GAP) / 2;
        let fits = |is_double: bool| {
            let need = |member: &ConsumerRow| {
                if is_double {
                    let tokens = member.owns.len() as i32 * (TOKEN.0 + GAP);
                    let held = tokens + words_width(&member.note, size);
                    name_width(member, size + 2).max(held) + 2 * PAD
                } else {
                    strong_width(&member.name, size) + beside_width(member, size) + 2 * EDGE
                }
            };
            group.members.iter().all(|member| need(member) <= half)
        };
        let is_beside = fits(false);
        let is_half = group.members.len() > 1 && (is_beside || fits(true));
        let is_double = is_half && !is_beside;
        Cards {
            beside: if is_half { 2 } else { 1 },
            width: if is_half { half } else { width },
            height: if is_double {
                PHONE_CARD_DOUBLE
            } else {
                PHONE_CARD
            },
            is_double,
        }
    }

    fn place(&self, column: &Column, number: usize) -> Rect {
        let number = number as i32;
        Rect {
            x: column.x + number % self.beside * (self.width + GAP),
            y: column.y + number / self.beside * (self.height + GAP),
            width: self.width,
            height: self.height,
        }
    }

    /// Leads the column on to what comes below.
    fn lead_on(&self, column: &mut Column, group: &GroupRow) {
        let last = group.members.len() as i32 + self.beside - 1;
        column.y += last / self.beside * (self.height + GAP) + GAP;
    }
}

/// Where a member's card stands on a telephone.
pub(in crate::view) fn card_of(name: &str, scene: &Scene, layout: &Layout) -> Option<Rect> {
    let mut column = Column::of(layout);
    scene.groups.iter().find_map(|group| {
        column.y += heading_height(&layout.measures) + GAP;
        let cards = Cards::of(group, column.width, layout.measures.text);
        let mut members = group.members.iter();
        let number = members.position(|member| member.name == name);
        let card = number.map(|number| cards.place(&column, number));
        cards.lead_on(&mut column, group);
        card
    })
}
