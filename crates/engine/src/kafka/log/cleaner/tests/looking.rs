//! What is said of a log to who looks at it.

use super::*;
use crate::kafka::log::{LogEntry, RemovalReason, SegmentState};

fn outlook(
    bench: &Bench,
    checkpoint: Option<u64>,
    high_watermark: u64,
) -> crate::kafka::log::Outlook {
    let (log, config) = (&bench.test.log, &bench.test.config);
    let now_ms = bench.test.now_ms;
    let plan = log.plan_cleaning(
        checkpoint.map(Offset),
        Offset(high_watermark),
        now_ms,
        config,
    );
    log.outlook(plan, now_ms, usize::MAX, config)
}

/// Kafka 4.3.1: `LogCleanerManager#cleanableOffsets`.
#[test]
fn a_segment_is_clean_dirty_not_cleanable_or_active() {
    let bench = six_segments();
    assert_eq!(
        outlook(&bench, Some(2), 4).segments,
        [
            SegmentState::Clean,
            SegmentState::Clean,
            SegmentState::Dirty,
            SegmentState::Dirty,
            SegmentState::NotCleanable,
            SegmentState::NotCleanable,
            SegmentState::Active,
        ]
    );
}

/// Kafka 4.3.1: `Cleaner#shouldRetainRecord`: only what stands in the offset map supersedes.
#[test]
fn a_newer_record_in_the_active_segment_supersedes_nothing_yet() {
    let mut bench = Bench::new();
    bench.plain(&["1", "2"]);
    bench.plain(&["1"]);
    bench.roll();
    bench.plain(&["2"]);
    let outlook = outlook(&bench, None, 4);
    let removed: Vec<(Offset, RemovalReason)> = outlook
        .removed
        .iter()
        .map(|it| (it.offset, it.why))
        .collect();
    assert_eq!(removed, [(Offset(0), RemovalReason::Superseded(Offset(2)))]);
    assert!(outlook.removal_of(Offset(0)).is_some());
    assert_eq!(
        outlook.removal_of(Offset(1)),
        None,
        "3 is in the active segment"
    );
    assert_eq!(outlook.waits_for(Offset(1)), Some(Offset(3)));
    assert_eq!(outlook.waits_for(Offset(2)), None);
    assert_eq!(outlook.map.iter().count(), 2);
    assert_eq!(bench.offsets(), [0, 1, 2, 3], "nothing is done");
}

#[test]
fn what_was_aborted_or_has_no_key_goes_and_is_said_to() {
    let mut bench = Bench::new();
    bench.of(1, &["1"], true);
    bench.abort(1);
    bench.roll();
    bench.test.log.on_high_watermark(Offset(2));
    let outlook = outlook(&bench, None, 2);
    let why: Vec<RemovalReason> = outlook.removed.iter().map(|it| it.why).collect();
    assert_eq!(why, [RemovalReason::Aborted]);
}

#[test]
fn an_offset_holds_a_record_or_a_marker_or_the_cleaner_removed_it() {
    let mut bench = Bench::new();
    bench.of(1, &["1", "2"], true);
    bench.commit(1);
    bench.plain(&["1"]);
    bench.roll();
    let kinds = |bench: &Bench| -> Vec<String> {
        let entries = bench.test.log.entries(Offset::ZERO, Offset(100));
        let word = |entry: &LogEntry| match entry {
            LogEntry::Record(stored) => format!("record {}", stored.offset),
            LogEntry::Marker { offset, outcome } => format!("{outcome:?} {offset}"),
            LogEntry::Removed { first, end } => format!("removed {first}..{end}"),
            LogEntry::Corrupt { .. } => "corrupt".to_owned(),
        };
        entries.iter().map(word).collect()
    };
    assert_eq!(
        kinds(&bench),
        ["record 0", "record 1", "Some(Commit) 2", "record 3"]
    );
    bench.clean(0);
    assert_eq!(
        kinds(&bench),
        ["removed 0..1", "record 1", "Some(Commit) 2", "record 3"]
    );
    bench.plain(&["2"]);
    bench.roll();
    bench.clean(0);
    assert_eq!(kinds(&bench)[..2], ["removed 0..2", "Some(Commit) 2"]);
}

/// Kafka 4.3.1: `Cleaner#cleanInto`, which reads a segment in chunks of its buffer.
#[test]
fn a_cleaning_in_small_chunks_leaves_what_one_at_once_leaves() {
    let keys = ["1", "2", "1", "3", "2", "4", "1"];
    let mut benches = [six_segments(), six_segments()];
    for bench in &mut benches {
        for key in keys {
            bench.plain(&[key]);
        }
        bench.roll();
        bench.plain(&["9"]);
    }
    let [whole, mut small] = benches;
    let plan = whole.plan(13);
    let config = whole.test.config.clone();
    let mut log = whole.test.log.clone();
    log.clean(&plan, 0, usize::MAX, &config);
    let mut pass = CleaningPass::new(&small.test.log, &plan, 0, usize::MAX);
    let mut chunks = 0;
    let mut removed = 0;
    loop {
        let chunk = pass.advance(&mut small.test.log, 1, &config);
        chunks += 1;
        removed += chunk.swap.map_or(0, |swap| swap.removed.len());
        if chunk.is_done {
            break;
        }
    }
    assert!(chunks > 20, "{chunks}");
    assert_eq!(
        pass.cleaned().records_before - pass.cleaned().records_after,
        removed as u64
    );
    assert_eq!(small.test.log, log);
}
