//! The end of a log that a replica cut off: the records fall from it, and beside them stands what
//! the producer of a lost one had been told.

use super::inside::{ABOVE, LINE, NAME, SHEET_LEFT};
use super::replica::Place;
use super::{Easel, key};
use crate::view::layout::bottom;
use crate::view::part::{Area, Kind, PartKey, Rect, strong_width, words_width};
use crate::view::scene::{CutRow, PartitionRow, ToldRow};
use crate::view::strip::Alignment;

/// From the common ground to the records that fall from it, and to words alone.
const FALL: i32 = 8;
const WORDS_FALL: i32 = 2;
/// The height of the card's head, and from its edge to what it holds.
const HEAD: i32 = 56;
const PAD: i32 = 14;
/// The sides of the record on the card.
const RECORD: i32 = 22;
/// From a log's end to the words about it, and from words to those after a sign.
const BRACKET: i32 = 12;
const SIGN: i32 = 30;
/// From one line of the card to the next.
const STEP: i32 = 30;
/// From the record to the words beside it.
const BESIDE: i32 = 32;

impl Easel<'_> {
    /// What was cut off a log, falling from it.
    #[inline(never)]
    pub(super) fn cuts(&mut self, row: usize, partition: &PartitionRow) {
        let (layout, inside) = (self.layout, &self.layout.inside);
        let Some(cut) = partition.cut() else { return };
        let alignment = Alignment::new(&layout.measures, inside, partition);
        let y = inside.sheet_bottom + FALL;
        let key = fall_key(row as u32 + 1);
        // Side by side also where the log ends among its folded records.
        let mut x = inside.log_x + alignment.x_of(cut.first.min(alignment.end)) + 3;
        let pitch = layout.measures.cell_pitch;
        for (place, (offset, words)) in (0..).zip(&cut.gone) {
            let cell = Rect {
                x,
                y,
                width: pitch - 2,
                height: layout.measures.follower_cell_height,
            };
            x += pitch;
            if place == 0 {
                self.first_gone(cell, *offset, key);
            }
            let gone = PartKey {
                index: *offset,
                ..key
            };
            let part = self.say(gone, cell, words.clone());
            part.name = format!("offset {offset}, cut off the log of broker {}", cut.broker);
        }
        let hidden = (cut.end - cut.first).saturating_sub(cut.gone.len() as u64);
        if hidden > 0 {
            let words = format!("+{hidden}");
            let more = Rect {
                x: x + BESIDE / 2,
                y,
                width: words_width(&words, layout.measures.text),
                height: LINE,
            };
            x = more.right();
            let key = PartKey {
                kind: Kind::Words,
                index: 10,
                ..key
            };
            self.say(key, more, words);
        }
        self.cut_words(cut, key, (x + 2 * PAD, y));
    }

    /// The offset of a record that an acknowledgement named and that is lost, below its cell. Below the last
    /// log of an opened partition there is room for what that means.
    #[inline(never)]
    pub(super) fn lost_offset(&mut self, place: &Place<'_>, cell: Rect, offset: u64) {
        if self.layout.is_phone() {
            self.lost_beside(place, offset);
            return;
        }
        let is_last = place.rect.bottom() == bottom(&self.layout.brokers);
        if self.layout.is_inside() && is_last && place.partition.cut().is_none() {
            let at = (
                place.moved(cell).x,
                self.layout.inside.sheet_bottom + WORDS_FALL,
            );
            self.falling_words(&lost_words(offset), fall_key(place.key.row), at);
            return;
        }
        let words = format!("✕ {offset}");
        let width = strong_width(&words, place.sizes.text).max(cell.width);
        let key = PartKey {
            index: offset,
            ..place.key(Kind::Offset)
        };
        let mut cell = place.moved(cell);
        if self.layout.is_inside() {
            cell.height += SHEET_LEFT;
        }
        let part = self.below(key, cell, words, width);
        part.state = "lost";
        part.name = lost_name(offset);
    }

    /// On a telephone nothing stands below a log: that a record is lost is said after the log's end or,
    /// where that has no room, after what its broker is.
    fn lost_beside(&mut self, place: &Place<'_>, offset: u64) {
        let (strip, size) = (&place.strip, place.sizes.text);
        let end = strip.log_end;
        let words_end = end.x + BRACKET + words_width(&strip.log_end_words, size);
        let after_end = place.rect.x + words_end.max(end.right()) + SIGN;
        let (role, bar) = (
            self.role_end(place) + SIGN,
            place.rect.x + strip.committed_x,
        );
        // The bar strikes no words.
        let struck = role - SIGN..self.layout.content_width;
        let after_role = if struck.contains(&bar) {
            role.max(bar + SIGN)
        } else {
            role
        };
        let middle = (end.height - LINE) / 2;
        for words in [format!("{offset} is lost"), "lost".to_owned()] {
            let width = strong_width(&words, size);
            for (x, y) in [(after_end, middle), (after_role, ABOVE)] {
                let line = Rect {
                    x,
                    y: place.rect.y + y,
                    width,
                    height: LINE,
                };
                if line.right() <= self.layout.content_width {
                    let key = PartKey {
                        kind: Kind::Words,
                        ..fall_key(place.key.row)
                    };
                    let part = self.say(key, line, words);
                    part.name = lost_name(offset);
                    part.state = "lost";
                    return;
                }
            }
        }
    }

    /// Which offset the first of them had, below it.
    fn first_gone(&mut self, cell: Rect, offset: u64, key: PartKey) {
        let key = PartKey {
            kind: Kind::Offset,
            ..key
        };
        self.below(key, cell, offset.to_string(), cell.width);
    }

    /// Whether its producer had been told that it is stored.
    fn cut_words(&mut self, cut: &CutRow, key: PartKey, at: (i32, i32)) {
        let lines = cut.acknowledged.map_or_else(
            || {
                let cut_off = format!("broker {} cut its log off at {}", cut.broker, cut.first);
                [
                    ("", cut_off),
                    ("", "the leader has other records there".to_owned()),
                ]
            },
            lost_words,
        );
        self.falling_words(&lines, key, at);
    }

    /// Two lines below the logs.
    fn falling_words(&mut self, lines: &[(&'static str, String)], key: PartKey, at: (i32, i32)) {
        let (layout, (x, y)) = (self.layout, at);
        let widths = lines
            .iter()
            .map(|(_, words)| strong_width(words, layout.measures.text) + NAME);
        let width = widths.max().unwrap_or_default();
        let x = x.min(layout.content_width - width);
        for (index, (state, words)) in (0..).zip(lines) {
            let line = Rect {
                x,
                y: y + index * LINE,
                width,
                height: LINE,
            };
            let key = PartKey {
                kind: Kind::Words,
                index: index as u64,
                ..key
            };
            self.say(key, line, words.clone()).state = state;
        }
    }

    /// The card of what a producer was told of a record that is lost, at the top of `place`.
    #[inline(never)]
    pub(super) fn told(&mut self, told: &ToldRow, place: Rect) {
        let card = Rect {
            height: HEAD + 2 * STEP + PAD,
            ..place
        };
        let at = |kind, index| PartKey {
            row: u32::MAX,
            column: 1,
            index,
            ..key(Area::Rows, kind)
        };
        let part = self.say(at(Kind::Room, 0), card, format!("told {}", told.producer));
        part.note.clone_from(&told.clock);
        part.state = "told";
        let top = card.y + HEAD + PAD / 2;
        let record = Rect {
            x: card.x + PAD,
            y: top,
            width: RECORD,
            height: RECORD,
        };
        self.say(at(Kind::Token, 1), record, told.key.letter.clone())
            .hue = told.key.hue_token();
        for (index, words) in (1..).zip([told.words.as_str(), "acknowledged"]) {
            let line = Rect {
                x: record.x + BESIDE,
                y: top + (index - 1) * STEP,
                width: card.right() - record.x - BESIDE,
                height: RECORD,
            };
            let state = ["", "acknowledged"][usize::from(index > 1)];
            self.say(at(Kind::Words, index as u64), line, words).state = state;
        }
    }
}

/// What fell from a log of a row.
fn fall_key(row: u32) -> PartKey {
    PartKey {
        row,
        column: u32::MAX,
        ..key(Area::Rows, Kind::Gone)
    }
}

fn lost_name(offset: u64) -> String {
    format!("offset {offset} was acknowledged and is lost")
}

/// What the loss of an acknowledged record means.
fn lost_words(offset: u64) -> [(&'static str, String); 2] {
    [
        ("lost", format!("offset {offset} was acknowledged")),
        ("", "the new leader never had it".to_owned()),
    ]
}
