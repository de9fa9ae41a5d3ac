//! The rows of the time bar.

use serde::Serialize;

/// The length of one bar of the requests' track, in microseconds.
pub const DENSITY_WINDOW_US: u64 = 100_000;

/// What a track is about.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum TrackKind {
    /// What went wrong, or was done to processes and links.
    #[default]
    Faults,
    /// Leaders and in-sync replicas.
    Leaders,
    /// How many requests there were.
    Requests,
    /// A group's rebalances and commits.
    Group,
    /// The rules of the lamps.
    Rules,
    /// The branch of that number, which is not the one shown.
    Branch(u32),
}

/// A track of the time bar.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct TrackRow {
    /// What it is about.
    pub kind: TrackKind,
    /// Its label.
    pub name: String,
    /// What stands on it, by time.
    pub marks: Vec<TrackMark>,
}

/// A mark on a track.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct TrackMark {
    /// When, in microseconds since the start of the run.
    pub at_us: u64,
    /// Its picture.
    pub icon: TrackIcon,
    /// Its words; empty where the picture says enough.
    pub words: String,
}

/// The picture of a mark.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum TrackIcon {
    /// ✕
    Fault,
    /// A crown.
    Leader,
    /// A rail: the in-sync replicas changed.
    Isr,
    /// ▲
    Commit,
    /// ⑂
    Branch,
    /// A group stands still for so many microseconds.
    Rebalance(u64),
    /// Words without a picture.
    None,
    /// How many requests, as a bar of that height in permille.
    Density(u16),
}

/// A number that is another one once a mark came, went or became another: so the tracks are drawn
/// anew only then.
pub fn imprint(tracks: &[TrackRow]) -> u64 {
    let marks = tracks.iter().flat_map(|track| &track.marks);
    marks.fold(tracks.len() as u64, |others, mark| {
        let own = mark.at_us + mark.words.len() as u64;
        others.wrapping_mul(31).wrapping_add(own)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_that_broke_makes_another_imprint_than_all_that_hold() {
        let rules = |at_us, icon, words: &str| {
            let words = words.to_owned();
            [TrackRow {
                marks: vec![TrackMark { at_us, icon, words }],
                ..TrackRow::default()
            }]
        };
        let hold = rules(0, TrackIcon::None, "all hold");
        let broke = rules(13_500_000, TrackIcon::Fault, "p1@6 lost");
        assert_ne!(imprint(&hold), imprint(&broke));
    }
}
