//! Where groups stand in the opened partition, in words beside their marks.

use super::Easel;
use super::replica::Place;
use crate::view::format::shortened;
use crate::view::part::{Kind, PartKey, Rect, words_width};
use crate::view::strip::Alignment;

/// The height of a line of words.
const LINE: i32 = 20;
/// From one group to the next.
const STEP: i32 = 24;
/// From a mark's tip to the words beside it.
const ASIDE: i32 = 16;
/// Half of a stage is narrow up to that width.
const NARROW_HALF: i32 = 560;
/// From the words of one mark to those of the next.
const WORDS_GAP: i32 = 8;
/// From the bar of the high watermark to words beside it.
const BAR_AIR: i32 = 8;
/// From the tip of a mark to the lag's line: below it, and beside it.
const LAG_LOW: i32 = -3;
const LAG_AIR: i32 = 10;
/// From the tip of a mark to the words below it.
const WORDS_LOW: i32 = 17;

/// Before the words of a position that is committed.
const BOTH: &str = "committed = ";

/// A mark, and what it says.
struct Stand {
    x: i32,
    words: String,
}

impl Easel<'_> {
    /// The marks of all groups: the one group's words stand below its marks, several groups' words
    /// beside them, with their names at the left.
    pub(super) fn stands(&mut self, place: &Place<'_>, alignment: &Alignment, is_split: bool) {
        let is_phone = self.layout.is_phone();
        let size = place.sizes.text;
        // A split bar ends below the log.
        let bar = (place.rect.x + place.strip.committed_x) * i32::from(!is_split);
        let count = place.partition.marks.len();
        let top = place.rect.bottom() + if is_phone { 28 } else { size + 16 };
        for (group, mark) in place.partition.marks.iter().enumerate() {
            let step = if is_phone { 11 } else { STEP };
            let y = top + group as i32 * step;
            let x_of = |offset: u64| place.rect.x + alignment.x_of(offset);
            let stand = |offset: Option<u64>, verb: &str| {
                offset.map(|offset| Stand {
                    x: x_of(offset),
                    words: format!("{verb} {offset}"),
                })
            };
            let mut committed = stand(mark.committed, "committed");
            let mut position = stand(mark.position, "position");
            let at = |stand: &Option<Stand>| stand.as_ref().map(|stand| (stand.x, y));
            self.marks_of(place, group, at(&committed), at(&position));
            if is_phone && group > 0 {
                continue;
            }
            let below = if count == 1 && !is_phone {
                WORDS_LOW
            } else {
                -3
            };
            let end = x_of(place.replica.high_watermark);
            let stands = position.as_ref().map(|it| it.x);
            let is_told = committed
                .as_ref()
                .filter(|_| !is_phone)
                .is_some_and(|from| self.lag(place, group, (from.x, stands, end), (y, mark.lag)));
            // The lag is that of the commit; beside its mark there is the less room the closer both are.
            let is_apart = below > 0 && mark.committed != mark.position;
            let teller = match &mut committed {
                Some(committed) if is_apart => Some(committed),
                _ => position.as_mut(),
            };
            if let (Some(teller), Some(lag), false, false) = (teller, mark.lag, is_told, is_phone) {
                teller.words.push_str(&format!(", lag {lag}"));
            }
            if mark.committed == mark.position {
                self.join(place, &mut committed, &mut position);
            }
            if count > 1 && !is_phone {
                self.group_name(place, group, y);
            }
            let mut both: Vec<Stand> = committed.into_iter().chain(position).collect();
            if both.len() == 2 && both[0].x > both[1].x {
                both.swap(0, 1);
            }
            self.words_of(place, group, (y + below, below > 0), (bar, &both));
        }
    }

    /// Both words about one mark become one; on a telephone only where there is no room at both its sides.
    fn join(&self, place: &Place<'_>, from: &mut Option<Stand>, to: &mut Option<Stand>) {
        let (Some(stand), Some(both)) = (&*from, to) else {
            return;
        };
        let width = words_width(&stand.words, place.sizes.text) + ASIDE + 2;
        let sides = place.rect.x - 6 + width..=self.layout.content_width - width;
        if !(self.layout.is_phone() && sides.contains(&stand.x)) {
            both.words.insert_str(0, BOTH);
            *from = None;
        }
    }

    /// Whose marks stand on that line.
    #[inline(never)]
    fn group_name(&mut self, place: &Place<'_>, group: usize, y: i32) {
        let x = self.layout.inside.name_x;
        let width = place.rect.x - x - ASIDE;
        let name = Rect {
            x,
            y: y - 3,
            width,
            height: LINE,
        };
        let characters = (width / 9).max(4) as usize;
        let words = shortened(&place.partition.marks[group].group, characters);
        self.say(stand_key(place, group, 2), name, words);
    }

    /// The line from a commit to the bar of the high watermark, on both sides of a position between
    /// them, with the number where it has room.
    #[inline(never)]
    fn lag(
        &mut self,
        place: &Place<'_>,
        group: usize,
        (from, position, end): (i32, Option<i32>, i32),
        (y, lag): (i32, Option<u64>),
    ) -> bool {
        let Some(lag) = lag else { return false };
        let words = format!("lag {lag}");
        let line = |from: i32, to: i32| Rect {
            x: from + LAG_AIR,
            y: y + LAG_LOW,
            width: to - from - LAG_AIR,
            height: LINE,
        };
        let position = position.filter(|at| (from + 1..=end).contains(at));
        let mut lines = vec![line(from, position.map_or(end, |at| at - LAG_AIR))];
        lines.extend(position.map(|at| line(at, end)));
        let least = words_width(&words, place.sizes.text) + 2 * ASIDE;
        let widest = lines.iter().map(|line| line.width).max();
        // Of two pictures one may have no room for it: both say it in the same form.
        let scale = self.layout.input.scale;
        let has_room =
            place.partition.marks.len() == 1 && !scale.is_half() && widest >= Some(least);
        lines.retain(|line| has_room && line.width > 0);
        let mut words = Some(words);
        for (index, line) in (0..).zip(lines) {
            let key = PartKey {
                kind: Kind::Lag,
                ..stand_key(place, group, index)
            };
            let told = words.take_if(|_| line.width >= least);
            self.say(key, line, told.unwrap_or_default());
        }
        has_room
    }

    /// From where on words may reach: narrow pictures have room below the broker's name only.
    fn words_start(&self, place: &Place<'_>, is_below: bool) -> i32 {
        let is_narrow = self.layout.content_width < NARROW_HALF;
        if is_below && self.layout.input.scale.is_half() && is_narrow {
            self.layout.inside.name_x
        } else {
            place.rect.x - 6
        }
    }

    /// Up to where words rather reach, before the lanes of messages; and at most.
    fn words_end(&self) -> (i32, i32) {
        let right = self.layout.inside.log_right;
        if self.layout.is_phone() {
            (right, self.layout.content_width)
        } else {
            (right, right)
        }
    }

    /// The left one's words end where the right one stands, the right one's begin after it.
    fn words_of(
        &mut self,
        place: &Place<'_>,
        group: usize,
        (y, is_below): (i32, bool),
        (bar, stands): (i32, &[Stand]),
    ) {
        let width = |stand: &Stand| words_width(&stand.words, place.sizes.text) + 2;
        let widths: Vec<i32> = stands.iter().map(width).collect();
        let mut untold = String::new();
        let mut next = self.words_start(place, is_below);
        let (right, edge) = self.words_end();
        let before_bar = both_before_bar(stands, &widths, (next, bar)).filter(|_| is_below);
        for (index, (stand, width)) in stands.iter().zip(&widths).enumerate() {
            let mark = stands[..index].first().map_or(next, |it| it.x + ASIDE);
            let is_left = index == 0 && stands.len() > 1;
            let x = match (is_left, is_below) {
                (true, true) => {
                    let end = before_bar.map_or(stands[1].x - 5, |x| x - WORDS_GAP);
                    (stand.x - width / 2).min(end - width)
                }
                (false, true) if before_bar.is_some() => bar - BAR_AIR - width,
                // Where the mark stands too far at the left, its words follow it.
                (true, false) if stand.x - ASIDE - width < next => stand.x + ASIDE,
                (true, false) => stand.x - ASIDE - width,
                (false, true) => beside_mark(stand.x, *width, right, i32::MIN),
                // Beside another mark they would be read as its words.
                (false, false) if !untold.is_empty() => stand.x + ASIDE,
                (false, false) => beside_mark(stand.x, *width, right, next.max(mark)),
            };
            let wanted = x.max(next);
            let follows = !is_below && wanted > stand.x;
            // What follows its mark must not be moved back onto it.
            let first = if follows { bar } else { next };
            let mut line = Rect {
                x: beside_bar(wanted, *width, first, bar),
                y,
                width: *width,
                height: LINE,
            };
            if is_left && follows && line.right() + ASIDE > stands[1].x {
                // Between two marks there is no room: both are told after the second one.
                untold = [&stand.words, ", "].concat();
                continue;
            }
            let words = told_with(&untold, stand, &mut line, (edge, place.sizes.text));
            let key = stand_key(place, group, index as u64);
            let tip = if is_left && !follows {
                i32::MAX
            } else {
                stand.x
            };
            next = self.tell(key, line, words, (tip, bar)) + WORDS_GAP;
        }
    }

    /// Words in the picture. Those that end before the tip of their mark end at it. Gives where they do.
    fn tell(
        &mut self,
        key: PartKey,
        mut line: Rect,
        mut words: String,
        (tip, bar): (i32, i32),
    ) -> i32 {
        let (edge, size) = (self.layout.content_width, self.layout.measures.text);
        if line.right() > edge {
            without_the_last(&mut words, &mut line, size, (edge, bar));
        }
        let part = self.say(key, line, words);
        if line.right() <= tip {
            part.state = "end";
        }
        line.right()
    }
}

/// What stands beside a mark: also what had no room at another one, if it has here.
fn told_with(untold: &str, stand: &Stand, line: &mut Rect, (edge, size): (i32, i32)) -> String {
    let more = words_width(untold, size);
    if line.right() + more > edge || line.x < stand.x {
        return stand.words.clone();
    }
    line.width += more;
    [untold, &stand.words].concat()
}

/// Leaves out the last of several facts, or the first of two that are one. Where the rest has no room either,
/// it ends before the bar.
#[inline(never)]
fn without_the_last(words: &mut String, line: &mut Rect, size: i32, (edge, bar): (i32, i32)) {
    if let Some(last) = words.strip_prefix(BOTH) {
        *words = last.to_owned();
    }
    words.truncate(words.rfind(", ").unwrap_or(words.len()));
    line.width = words_width(words, size) + 2;
    if line.right() > edge {
        line.x = bar - BAR_AIR - line.width;
    }
}

/// Where a mark's words begin: after it or, where lanes of messages begin in them, before it, if they
/// have room there from `first` on.
fn beside_mark(x: i32, width: i32, lanes: i32, first: i32) -> i32 {
    let before = x - ASIDE - width;
    if x + ASIDE + width > lanes && before >= first {
        before
    } else {
        x + ASIDE
    }
}

/// Where words begin that must not lie on the bar of the high watermark: they end before it, or
/// begin after it.
fn beside_bar(x: i32, width: i32, first: i32, bar: i32) -> i32 {
    if x > bar {
        x.max(bar + BAR_AIR)
    } else if x + width < bar - BAR_AIR {
        x
    } else if bar - BAR_AIR - width >= first {
        bar - BAR_AIR - width
    } else {
        bar + BAR_AIR
    }
}

/// Where the right one's words begin that the bar would strike below its mark, if the left one's can
/// make room before it for both.
fn both_before_bar(stands: &[Stand], widths: &[i32], (first, bar): (i32, i32)) -> Option<i32> {
    let ([left, right], [left_width, right_width]) = (stands, widths) else {
        return None;
    };
    let x = bar - BAR_AIR - right_width;
    let has_room = left.x < x && x - WORDS_GAP - left_width >= first;
    let is_at_mark = (x..x + right_width).contains(&right.x);
    let is_struck = x < right.x + ASIDE && right.x + ASIDE <= bar;
    (has_room && is_at_mark && is_struck).then_some(x)
}

fn stand_key(place: &Place<'_>, group: usize, index: u64) -> PartKey {
    PartKey {
        kind: Kind::Fact,
        index: group as u64 * 4 + index,
        ..place.key
    }
}
