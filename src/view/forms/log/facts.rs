//! What stands beside the segments: the offset map, why the cleaner comes, and tombstones.

use highwater_engine::kafka::log::{Cleaning, LogEntry};

use super::super::markup::Markup;
use super::{Subject, is_tombstone};
use crate::view::format::percent;

/// At most so many keys and tombstones are listed.
const LINES_MAX: usize = 8;

impl Subject<'_> {
    /// The column of facts, of a compacted log.
    pub(super) fn facts(&self, page: &mut Markup) {
        page.raw("<div class=log__facts data-live>");
        if let Some(cleaning) = self.cleaning() {
            self.cleaner(cleaning, page);
            self.gauge(cleaning, page);
            self.offset_map(cleaning, page);
            self.tombstones(page);
        }
        page.raw("</div>");
    }

    /// What the cleaner does.
    fn cleaner(&self, cleaning: &Cleaning, page: &mut Markup) {
        let words = match self.pass {
            Some(pass) if pass.is_copying() => format!(
                "The cleaner copies what stays into a new segment. It is at offset {}.",
                pass.position()
            ),
            Some(pass) => format!(
                "The cleaner reads the dirty part for its offset map. It is at offset {}.",
                pass.position()
            ),
            None if cleaning.is_due(&self.config) => {
                "Dirty enough: the cleaner takes this log when it wakes.".to_owned()
            }
            None => "The cleaner has nothing to do here.".to_owned(),
        };
        page.raw("<p role=status>").text(&words).raw("</p>");
    }

    /// How dirty the log is, and how dirty it must be to be cleaned.
    fn gauge(&self, cleaning: &Cleaning, page: &mut Markup) {
        let dirty = percent(cleaning.cleanable_bytes, cleaning.total_bytes());
        let limit = self.config.min_cleanable_dirty_ratio.percent();
        let title = if self.pass.is_some() {
            "Why it runs now"
        } else {
            "When it comes"
        };
        page.raw("<h3>").text(title).raw("</h3>");
        let (clean, edge) = (100 - dirty.min(100), 100 - limit.min(100));
        let number = |page: &mut Markup, name: &str, value: u64| {
            page.attribute(name, &[&value.to_string(), "%"].concat());
        };
        page.raw("<svg class=log__gauge aria-hidden=true><rect height=22 width=100%></rect><rect height=22");
        number(page, "x", clean);
        number(page, "width", dirty.min(100));
        page.raw("></rect><line y1=0 y2=30");
        number(page, "x1", edge.into());
        number(page, "x2", edge.into());
        page.raw("></line></svg><p>").text(&format!(
            "{dirty} % of what can be cleaned is dirty; above {limit} % (min.cleanable.dirty.ratio) \
             the cleaner comes."
        ));
        if cleaning.is_overdue {
            page.text(" A record has waited for max.compaction.lag.ms, so it comes anyway.");
        }
        page.raw("</p>");
    }

    fn offset_map(&self, cleaning: &Cleaning, page: &mut Markup) {
        let Some(map) = self.map() else { return };
        page.raw("<h3>Offset map of the dirty part</h3>");
        let (from, to) = (cleaning.first_dirty_offset, map.end_offset());
        if to <= from {
            page.raw("<p>Nothing is dirty that can be cleaned.</p>");
            return;
        }
        page.raw("<p>").text(&format!(
            "The last offset of every key from {from} to {}. A record stays if its offset is not \
             below the map’s, or its key is not in it.",
            to.0.saturating_sub(1)
        ));
        page.raw("</p><ul>");
        let count = map.iter().count();
        for (key, offset) in map.iter().take(LINES_MAX) {
            let (letter, hue, name) = self.look_of(Some(key));
            page.raw("<li><b").attribute("data-hue", hue).raw("><s>");
            page.text(&letter).raw("</s></b><code>").text(&name);
            page.raw("</code><span>→ ").text(&offset.to_string());
            let is_last = self.log.entries(offset, offset.plus(1));
            if is_last.iter().any(is_taken_back) {
                page.raw(" tombstone ✝");
            }
            page.raw("</span></li>");
        }
        page.raw("</ul>");
        if count > LINES_MAX {
            let more = count - LINES_MAX;
            page.raw("<p>")
                .text(&format!("and {more} more"))
                .raw("</p>");
        }
    }

    /// Tombstones that a cleaning has met, with the time that is left to them.
    fn tombstones(&self, page: &mut Markup) {
        let batches = self.log.segments().flat_map(|segment| segment.batches());
        let met = batches.filter_map(|batch| Some((batch, batch.delete_horizon_ms()?)));
        let mut lines = 0;
        for (batch, horizon_ms) in met {
            for stored in batch.records().unwrap_or_default() {
                if batch.is_control() || !is_tombstone(&stored.record) || lines == LINES_MAX {
                    continue;
                }
                if lines == 0 {
                    page.raw("<h3>Tombstones</h3><ul>");
                }
                lines += 1;
                let (letter, hue, name) = self.look_of(stored.record.key.as_deref());
                page.raw("<li><b").attribute("data-hue", hue).raw("><s>");
                page.text(&letter)
                    .raw("<sup>✝</sup></s></b><code>")
                    .text(&name);
                page.raw("</code><span>");
                self.countdown(horizon_ms, page);
                page.raw("</span></li>");
            }
        }
        if lines > 0 {
            page.raw("</ul><p>").text(&format!(
                "Each stays for delete.retention.ms = {} after the first cleaning that met it; a \
                 cleaning after that takes it.",
                self.config.delete_retention_ms
            ));
            page.raw("</p>");
        }
    }

    /// A ring that empties, and the seconds.
    fn countdown(&self, horizon_ms: i64, page: &mut Markup) {
        let left_ms = horizon_ms.saturating_sub(self.now_ms).max(0);
        let whole_ms = self.config.delete_retention_ms.max(1);
        let part = (left_ms.saturating_mul(100) / whole_ms).min(100);
        page.raw("<svg class=log__ring viewBox=\"0 0 20 20\" aria-hidden=true>")
            .raw("<circle cx=10 cy=10 r=8></circle><circle cx=10 cy=10 r=8 pathLength=100")
            .attribute("stroke-dasharray", &format!("{part} 100"))
            .raw("></circle></svg>");
        let seconds = (left_ms + 999) / 1000;
        page.text(&match seconds {
            0 => "delete horizon passed".to_owned(),
            ..3600 => format!("delete horizon in {seconds} s"),
            _ => format!("delete horizon in {} h", seconds / 3600),
        });
    }
}

fn is_taken_back(entry: &LogEntry) -> bool {
    matches!(entry, LogEntry::Record(stored) if is_tombstone(&stored.record))
}
