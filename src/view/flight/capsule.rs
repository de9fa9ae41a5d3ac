//! What of a message stands in its capsule, and how wide that makes it.

use std::borrow::Cow;

use super::Way;
use crate::view::format::shortened;
use crate::view::part::{strong_width, words_width};
use crate::view::scene::{Flight, KeyMark};

/// From a capsule's edge to its words.
pub const PAD: f64 = 9.0;
/// The two bars before the words of a message that is held.
pub const HOLD: f64 = 12.0;
/// From one record in a capsule to the next.
pub const RECORD_STEP: f64 = 21.0;
/// The width of the dots after the last one, as far as it is more than the edge's air.
const DOTS: f64 = 9.0;
/// At most so many records stand in a capsule.
pub(super) const RECORDS_MAX: usize = 3;

/// A capsule with what stands in it.
#[derive(Clone, Debug, PartialEq)]
pub struct Capsule<'a> {
    /// Its words, and how wide they are.
    pub words: Cow<'a, str>,
    /// How wide those are.
    pub words_width: f64,
    /// The records that have room.
    pub records: &'a [KeyMark],
    /// What stands for those that have none.
    pub dots: &'static str,
    /// From its middle to its edges, without noses.
    pub half: f64,
}

impl Way {
    /// The capsule of a flight on this way. `width` tells how wide words are.
    pub fn capsule<'a>(
        &self,
        flight: &'a Flight,
        size: i32,
        width: &mut dyn FnMut(&str) -> f64,
    ) -> Capsule<'a> {
        let words = self.words(flight, size);
        let words_width = width(&words);
        let hold = if flight.is_held { HOLD } else { 0.0 };
        let bare = hold + words_width + 2.0 * PAD;
        let (count, room) = (flight.records.len(), self.space() - bare);
        let all = count.min(RECORDS_MAX).min((room / RECORD_STEP) as usize);
        // Dots stand for those that have no room.
        let some = all.min(((room - DOTS) / RECORD_STEP) as usize);
        let (shown, dots, beside) = if count > all {
            (some, "…", DOTS)
        } else {
            (all, "", 0.0)
        };
        Capsule {
            words,
            words_width,
            records: &flight.records[..shown],
            dots,
            half: (bare + shown as f64 * RECORD_STEP + beside) / 2.0,
        }
    }

    /// The same where nothing measures words: about as wide as it is drawn, rather wider.
    pub fn rough_capsule<'a>(&self, flight: &'a Flight, size: i32) -> Capsule<'a> {
        self.capsule(flight, size, &mut |words| {
            f64::from(strong_width(words, size))
        })
    }

    /// The words of its capsule in that size, as far as they have room. That it is an answer is
    /// seen by where it goes.
    pub fn words<'a>(&self, flight: &'a Flight, size: i32) -> Cow<'a, str> {
        let width = self.room.right - self.room.left - self.room.air;
        let words = flight.words.as_str();
        if words_width(words, size) <= width {
            return Cow::Borrowed(words);
        }
        Cow::Owned(shorter(words, width, size))
    }

    /// How much room a capsule has.
    fn space(&self) -> f64 {
        f64::from(self.room.right - self.room.left)
    }
}

/// Without the last word, which is a number or says that it is an answer; then its beginning. An error says
/// what it means.
#[inline(never)]
fn shorter(words: &str, width: i32, size: i32) -> String {
    let error = match words {
        "NOT_LEADER_OR_FOLLOWER" => "not leader",
        "FENCED_LEADER_EPOCH" => "old epoch",
        "UNKNOWN_LEADER_EPOCH" => "newer epoch",
        _ if words.contains('_') => "error",
        _ => "",
    };
    if !error.is_empty() {
        return error.to_owned();
    }
    let first = words.rsplit_once(' ').map_or(words, |(first, _)| first);
    let letters = width * 100 / (size * 66);
    shortened(first, letters.max(4) as usize)
}
