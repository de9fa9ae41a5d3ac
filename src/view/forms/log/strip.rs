//! The segments of a log beside each other, offset by offset, and below those that the cleaner reads
//! the new one that it writes.

use highwater_engine::kafka::ids::Offset;
use highwater_engine::kafka::log::{LogEntry, RemovalReason, Segment, SegmentState, entries_of};
use highwater_engine::kafka::record::StoredRecord;

use super::super::markup::Markup;
use super::{Subject, is_tombstone};
use crate::view::format::count;
use crate::view::strip::fold_words;

/// How many places a segment shows at most: its newest.
const PLACES_MAX: usize = 24;
/// The name of a segment's file is as wide as so many records.
const NAME_PLACES: usize = 5;
/// So many empty offsets beside each other have a slot each.
const SLOTS_MAX: u64 = 4;

/// A row of the picture.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Row {
    /// The segments as they are.
    Old,
    /// The new segment, as far as it is written.
    New,
}

/// A segment, and what is shown of it.
struct Shown {
    /// The offsets that are folded, if some are.
    folded: Option<(Offset, Offset)>,
    entries: Vec<LogEntry>,
}

impl Subject<'_> {
    /// All segments.
    pub(super) fn strip(&self, page: &mut Markup) {
        page.raw("<div class=log__strip data-live tabindex=0 role=group aria-label=segments>");
        let states = self.cleaning().map(|it| self.log.segment_states(it));
        let bases = self.log.segments().map(Segment::base_offset);
        let ends: Vec<Offset> = bases.skip(1).chain([self.log.log_end_offset()]).collect();
        let last = ends.len().saturating_sub(1);
        for (place, (segment, end)) in self.log.segments().zip(&ends).enumerate() {
            let state = match states.as_ref().and_then(|states| states.get(place)) {
                Some(state) => Some(*state),
                None if place == last => Some(SegmentState::Active),
                None => None,
            };
            self.segment(segment, *end, state, page);
        }
        page.raw("</div>");
    }

    fn segment(
        &self,
        segment: &Segment,
        end: Offset,
        state: Option<SegmentState>,
        page: &mut Markup,
    ) {
        let base = segment.base_offset();
        let is_active = state == Some(SegmentState::Active);
        let (token, words) = match state {
            Some(SegmentState::Active) if self.config.is_compacted => {
                ("active", "active: never cleaned")
            }
            Some(SegmentState::Active) => ("active", "active"),
            Some(SegmentState::Clean) => ("clean", "clean"),
            Some(SegmentState::Dirty) => ("dirty", "dirty"),
            Some(SegmentState::NotCleanable) => ("sealed", "not cleanable yet"),
            None => ("sealed", "closed"),
        };
        let shown = shown(segment, end);
        page.raw("<section").attribute("data-state", token);
        page.raw("><h3>").text(words).raw("</h3><code>");
        // A narrow segment has room for the end of its name only.
        let is_record = |entry: &&LogEntry| matches!(entry, LogEntry::Record(_));
        let has_room = shown.entries.iter().filter(is_record).count() > NAME_PLACES;
        page.text(&if has_room {
            format!("{base:0>20}.log", base = base.0)
        } else {
            format!("…{base:0>4}.log", base = base.0)
        });
        page.raw("</code><span>")
            .text(&self.facts_of(segment, is_active));
        page.raw("</span><div>");
        self.row(&shown, (base, end), Row::Old, page);
        page.raw("</div>");
        let copy = self.pass.and_then(|pass| pass.copy());
        if let Some((copy, copy_end)) = copy
            && base >= copy.base_offset()
            && base < copy_end
        {
            let (is_first, is_last) = (base == copy.base_offset(), end >= copy_end);
            let ends = ["mid", "first", "last", "only"];
            let which = ends[usize::from(is_first) + 2 * usize::from(is_last)];
            page.raw("<div").attribute("data-new", which).raw(">");
            self.row(&shown, (base, end), Row::New, page);
            page.raw("</div>");
            if is_first {
                let name = format!("new segment {:0>20}.log.cleaned", base.0);
                page.raw("<p>").text(&name).raw("</p>");
            }
        }
        page.raw("</section>");
    }

    /// A segment's offsets in one of the rows.
    fn row(&self, shown: &Shown, (base, end): (Offset, Offset), row: Row, page: &mut Markup) {
        let is_within = |at: Offset| base <= at && (at < end || end == self.log.log_end_offset());
        let cleaner_point = self.cleaning().map(|it| it.first_dirty_offset);
        let mut point = cleaner_point.filter(|at| is_within(*at) && row == Row::Old);
        let reading = self
            .pass
            .filter(|it| !it.is_copying() || row == Row::New || it.copy().is_none());
        let mut reading = reading.map(|it| it.position()).filter(|at| is_within(*at));
        if let Some((first, end)) = shown.folded {
            fold(first, end, page);
        }
        for entry in &shown.entries {
            let (first, _) = entry.range();
            if let Some(at) = point.take_if(|at| *at <= first) {
                mark("point", &format!("cleaner checkpoint {at}"), page);
            }
            if reading.take_if(|at| *at <= first).is_some() {
                self.reading_mark(page);
            }
            self.entry(entry, row, page);
        }
        if let Some(at) = point {
            mark("point", &format!("cleaner checkpoint {at}"), page);
        }
        if reading.is_some() {
            self.reading_mark(page);
        }
    }

    /// Where the cleaner is.
    fn reading_mark(&self, page: &mut Markup) {
        let is_copying = self.pass.is_some_and(|pass| pass.is_copying());
        let words = if is_copying {
            "copying"
        } else {
            "reading keys"
        };
        mark("reading", words, page);
    }

    fn facts_of(&self, segment: &Segment, is_active: bool) -> String {
        let mut words = count(segment.size_in_bytes(), "byte");
        let left_ms = segment.ms_to_expiry(self.now_ms, self.config.retention_ms);
        if self.config.has_delete_policy && self.config.retention_ms >= 0 && !segment.is_empty() {
            words += &match left_ms {
                ..0 => ", too old: goes at the next check".to_owned(),
                _ if left_ms > 86_400_000 => format!(", expires in {} days", left_ms / 86_400_000),
                _ => format!(", expires in {} s", left_ms / 1000),
            };
        }
        if is_active {
            words += ", takes the next record";
        }
        words
    }

    fn entry(&self, entry: &LogEntry, row: Row, page: &mut Markup) {
        match entry {
            LogEntry::Record(stored) => self.record(stored, row, page),
            LogEntry::Marker { offset, outcome } => {
                let words = match outcome {
                    Some(outcome) => format!("offset {offset}, {outcome:?} marker"),
                    None => format!("offset {offset}, control record"),
                };
                page.raw("<b role=img data-hue=none")
                    .attribute("aria-label", &words.to_lowercase())
                    .raw("><s>✓</s><small>")
                    .text(&offset.to_string())
                    .raw("</small></b>");
            }
            LogEntry::Removed { first, end } => gap(*first, *end, page),
            LogEntry::Corrupt { first, end } => fold(*first, *end, page),
        }
    }

    fn record(&self, stored: &StoredRecord, row: Row, page: &mut Markup) {
        let offset = stored.offset;
        let (letter, hue, name) = self.look_of(stored.record.key.as_deref());
        let is_copied = self.pass.is_none_or(|pass| offset < pass.position());
        let state = match row {
            Row::New if !is_copied => "unread",
            Row::New if self.is_removed(offset) => "removed",
            Row::Old if self.is_removed(offset) => "superseded",
            Row::New | Row::Old => "",
        };
        if row == Row::New && !state.is_empty() {
            page.raw("<b aria-hidden=true")
                .attribute("data-state", state);
            page.raw("><s></s></b>");
            return;
        }
        let mut label = format!("offset {offset}, key {name}");
        if is_tombstone(&stored.record) {
            label += ", tombstone";
        }
        if row == Row::Old {
            label += &self.fate(offset);
        } else {
            label += ", stays";
        }
        page.raw("<b role=img").attribute("data-hue", hue);
        if !state.is_empty() {
            page.attribute("data-state", state);
        }
        page.attribute("aria-label", &label)
            .attribute("title", &label)
            .raw("><s>")
            .text(&letter);
        if is_tombstone(&stored.record) {
            page.raw("<sup>✝</sup>");
        }
        page.raw("</s><small>")
            .text(&offset.to_string())
            .raw("</small></b>");
    }

    /// Whether the cleaner has left a record out, or would.
    fn is_removed(&self, offset: Offset) -> bool {
        match (self.pass, &self.outlook) {
            (Some(pass), _) => pass.removed().iter().any(|it| it.offset == offset),
            (None, Some(outlook)) => outlook.removal_of(offset).is_some(),
            (None, None) => false,
        }
    }

    /// What becomes of a record in the next cleaning.
    fn fate(&self, offset: Offset) -> String {
        let Some(outlook) = &self.outlook else {
            return String::new();
        };
        if let Some(newest) = outlook.waits_for(offset) {
            return format!(", a newer one at {newest} is not cleanable yet");
        }
        match outlook.removal_of(offset).map(|it| it.why) {
            None => String::new(),
            Some(RemovalReason::Superseded(by)) => format!(", goes: a newer one is at {by}"),
            Some(RemovalReason::NoKey) => ", goes: it has no key".to_owned(),
            Some(RemovalReason::PastDeleteHorizon) => {
                ", goes: its delete horizon has passed".to_owned()
            }
            Some(RemovalReason::Aborted) => ", goes: its transaction was aborted".to_owned(),
        }
    }
}

/// The newest of a segment's offsets.
fn shown(segment: &Segment, end: Offset) -> Shown {
    let base = segment.base_offset();
    let mut entries = entries_of(segment.batches(), base, end);
    let skipped = entries.len().saturating_sub(PLACES_MAX);
    entries.drain(..skipped);
    let first = entries.first().map_or(end, |entry| entry.range().0);
    Shown {
        folded: (first > base).then_some((base, first)),
        entries,
    }
}

/// Where the cleaner stands, between two offsets.
fn mark(kind: &str, words: &str, page: &mut Markup) {
    page.raw("<q").attribute("data-mark", kind).raw("><em>");
    page.text(words).raw("</em></q>");
}

/// Offsets whose records a cleaner removed.
fn gap(first: Offset, end: Offset, page: &mut Markup) {
    let mut slot = |tag: &str, which: String, words: &str| {
        let name = format!("{which}, removed by the log cleaner");
        page.raw("<").raw(tag).raw(" role=img data-state=gap");
        page.attribute("aria-label", &name)
            .attribute("title", &name);
        page.raw(">").text(words).raw("</").raw(tag).raw(">");
    };
    if end.distance_from(first) > SLOTS_MAX {
        let which = format!("offsets {first} to {}", end.0 - 1);
        return slot("i", which, &fold_words(first.0, end.0));
    }
    for offset in first.0..end.0 {
        slot("u", format!("offset {offset}"), "");
    }
}

/// Offsets that are not shown one by one.
fn fold(first: Offset, end: Offset, page: &mut Markup) {
    page.raw("<i>")
        .text(&fold_words(first.0, end.0))
        .raw("</i>");
}
