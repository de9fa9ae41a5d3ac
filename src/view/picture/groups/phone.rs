//! Members' cards on a telephone: in a line of their own, or two beside each other.

use super::{Column, GAP, NAME, PAD, TOKEN, card_key, fitted, member_name, name_width};
use crate::view::part::{Kind, PartKey, Rect, words_width};
use crate::view::picture::Easel;
use crate::view::scene::{ConsumerRow, GroupRow};

/// The height of a card on a telephone.
const PHONE_CARD: i32 = 48;
/// The same where the name stands above what it holds.
const PHONE_CARD_DOUBLE: i32 = 58;

impl Easel<'_> {
    /// On a telephone: two cards beside each other where that has room. What each holds stands
    /// beside its name in a line of its own, or below the name in half of one.
    pub(super) fn cards_on_phone(&mut self, index: usize, group: &GroupRow, column: &mut Column) {
        let half = (column.width - GAP) / 2;
        let size = self.layout.measures.text + 2;
        let need = |member: &ConsumerRow| {
            let note = words_width(&member.note, size - 2);
            let tokens = member.owns.len() as i32 * (TOKEN.0 + GAP);
            name_width(member, size).max(tokens + note) + 2 * PAD
        };
        let is_double =
            group.members.len() > 1 && group.members.iter().all(|member| need(member) <= half);
        let (width, height) = if is_double {
            (half, PHONE_CARD_DOUBLE)
        } else {
            (column.width, PHONE_CARD)
        };
        let mut x = column.x;
        for (number, member) in group.members.iter().enumerate() {
            let key = card_key(index, number);
            let card = Rect {
                x,
                y: column.y,
                width,
                height,
            };
            self.phone_card(key, card, member, is_double);
            x = card.right() + GAP;
            if x + width > column.x + column.width {
                x = column.x;
                column.y = card.bottom() + GAP;
            }
        }
        if x > column.x {
            column.y += height + GAP;
        }
        column.y += GAP;
    }

    /// Name, tokens, and what else there is to say.
    fn phone_card(&mut self, key: PartKey, card: Rect, member: &ConsumerRow, is_double: bool) {
        let size = self.layout.measures.text + 2;
        self.put(key, card);
        let name = Rect {
            x: card.x + PAD,
            y: card.y
                + if is_double {
                    3
                } else {
                    (card.height - NAME) / 2
                },
            width: name_width(member, size).min(card.width - 2 * PAD),
            height: NAME,
        };
        let named = PartKey {
            kind: Kind::CardName,
            ..key
        };
        let part = self.say(named, name, fitted(&member.name, name.width, size));
        part.name = member_name(member);
        let (x, y) = if is_double {
            (name.x, name.bottom())
        } else {
            (name.right() + PAD, card.y + (card.height - TOKEN.1) / 2)
        };
        let mut token = Rect {
            x,
            y,
            width: TOKEN.0,
            height: TOKEN.1,
        };
        for id in &member.owns {
            let row = self.scene.partitions.iter().position(|row| row.id == *id);
            let Some(row) = row else { continue };
            if token.right() + PAD > card.right() {
                break;
            }
            self.owned(key, row, token, &self.scene.partitions[row]);
            token.x = token.right() + GAP;
        }
        if !member.note.is_empty() {
            let note = Rect {
                x: token.x,
                width: card.right() - PAD - token.x,
                ..token
            };
            let words = fitted(&member.note, note.width, size - 2);
            self.note(key, note, words);
        }
    }
}
