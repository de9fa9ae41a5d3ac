//! The law of compaction, tried on random histories: who reads a cleaned log from its start ends up
//! with the same last value of each key as who reads the log that was never cleaned.

use proptest::prelude::*;

use super::*;
use crate::kafka::ids::LeaderEpoch;
use crate::kafka::log::testing::append_as_follower;
use crate::sorted::SortedMap;

const KEYS: [&str; 4] = ["a", "b", "c", "d"];

/// Something that happens to a log.
#[derive(Clone, Debug)]
enum Deed {
    /// Records of those keys, with a value or as tombstones, by a producer or by none.
    Append(u64, Vec<(usize, bool)>),
    /// The active segment is closed.
    Roll,
    /// So much time passes, then the cleaner comes; it has room for so many keys.
    Clean(i64, usize),
    /// The replica is lost and copies everything from the leader, that is from itself.
    CopyAnew,
    /// A crash: the last so many offsets were not committed and are cut off.
    Truncate(u64),
}

fn deed() -> impl Strategy<Value = Deed> {
    let records = prop::collection::vec((0..KEYS.len(), prop::bool::weighted(0.8)), 1..5);
    prop_oneof![
        8 => (0_u64..3, records).prop_map(|(id, records)| Deed::Append(id, records)),
        3 => Just(Deed::Roll),
        3 => (0..2 * DAY_MS, 1_usize..8).prop_map(|(ms, keys)| Deed::Clean(ms, keys)),
        1 => Just(Deed::CopyAnew),
        1 => (1_u64..4).prop_map(Deed::Truncate),
    ]
}

/// The last value of each key, for who reads all records from the first on; a tombstone takes a
/// key away.
fn last_values(log: &Log) -> SortedMap<Bytes, Bytes> {
    let mut values = SortedMap::new();
    for batch in batches(log) {
        assert!(batch.validate_crc(), "every batch that is left is whole");
        for stored in batch
            .records()
            .expect("every batch that is left can be read")
        {
            let key = stored.record.key.expect("every record has a key");
            match stored.record.value {
                Some(value) => drop(values.insert(key, value)),
                None => drop(values.remove(&key)),
            }
        }
    }
    values
}

/// A log that is cleaned beside one that never is.
struct Pair {
    cleaned: Bench,
    whole: Bench,
    checkpoint: Offset,
    /// What lies below is on all replicas: never cut off, and all that may be cleaned.
    high_watermark: Offset,
    /// Where cleanings ended: the last batch there is kept, be it empty.
    ends: Vec<Offset>,
    appended: u64,
}

impl Pair {
    fn new() -> Pair {
        Pair {
            cleaned: Bench::new(),
            whole: Bench::new(),
            checkpoint: Offset::ZERO,
            high_watermark: Offset::ZERO,
            ends: Vec::new(),
            appended: 0,
        }
    }

    fn happen(&mut self, deed: &Deed) {
        match deed {
            Deed::Append(id, records) => self.append(*id, records),
            Deed::Roll => {
                self.cleaned.roll();
                self.whole.roll();
            }
            Deed::Clean(ms, keys_max) => self.clean(*ms, *keys_max),
            Deed::CopyAnew => self.copy_anew(),
            Deed::Truncate(count) => self.truncate(*count),
        }
    }

    fn append(&mut self, id: u64, keys: &[(usize, bool)]) {
        let records: Vec<Record> = keys
            .iter()
            .map(|(key, has_value)| {
                self.appended += 1;
                Record {
                    value: has_value.then(|| Bytes::from(self.appended.to_string())),
                    ..record(KEYS[*key])
                }
            })
            .collect();
        for bench in [&mut self.cleaned, &mut self.whole] {
            let last = bench.test.log.producers().entry(ProducerId(id));
            let last = last.and_then(|entry| entry.last_sequence());
            let producer = (id > 0).then(|| ProducerStamp {
                id: ProducerId(id),
                epoch: 0,
                base_sequence: Some(last.map_or(0, |last| last + 1)),
            });
            let spec = BatchSpec {
                producer,
                ..BatchSpec::default()
            };
            let batch = batch_of(encode_batch(&spec, &records));
            bench.test.append(batch).expect("the log takes it");
        }
    }

    /// Cleans what is committed: all but the last three offsets.
    fn clean(&mut self, ms: i64, keys_max: usize) {
        let test = &mut self.cleaned.test;
        test.now_ms += ms;
        let committed = Offset(test.log.log_end_offset().0.saturating_sub(3));
        self.high_watermark = self.high_watermark.max(committed);
        let (config, now_ms) = (test.config.clone(), test.now_ms);
        let plan =
            test.log
                .plan_cleaning(Some(self.checkpoint), self.high_watermark, now_ms, &config);
        if plan.cleanable_bytes > 0 {
            self.ends.push(plan.first_uncleanable_offset);
            self.checkpoint = test.log.clean(&plan, now_ms, keys_max, &config).to;
        }
    }

    fn copy_anew(&mut self) {
        let all: Vec<RecordBatch> = batches(&self.cleaned.test.log).cloned().collect();
        let mut copy = Log::new(self.cleaned.test.clock());
        // A batch at a time, as fetches do; a gap before the first one is none of the copy's.
        for batch in all {
            append_as_follower(&mut copy, vec![batch], LeaderEpoch(0)).expect("it follows");
        }
        if copy.log_end_offset() == self.cleaned.test.log.log_end_offset() {
            self.cleaned.test.log = copy;
            self.checkpoint = Offset::ZERO;
        }
    }

    /// Cuts at the end of a batch of both.
    fn truncate(&mut self, count: u64) {
        let end = self.whole.test.log.log_end_offset();
        let to = Offset(end.0.saturating_sub(count));
        let cut = batches(&self.whole.test.log).find(|batch| batch.next_offset() > to);
        let Some(cut) = cut.map(RecordBatch::base_offset) else {
            return;
        };
        if cut >= self.high_watermark {
            self.cleaned.test.log.truncate_to(cut);
            self.whole.test.log.truncate_to(cut);
            self.checkpoint = self
                .checkpoint
                .min(self.cleaned.test.log.active_base_offset());
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_last_value_of_each_key_is_that_of_the_log_that_was_never_cleaned(
        deeds in prop::collection::vec(deed(), 1..40),
    ) {
        let mut pair = Pair::new();
        for deed in &deeds {
            pair.happen(deed);
            let (cleaned, whole) = (&pair.cleaned.test.log, &pair.whole.test.log);
            prop_assert_eq!(last_values(cleaned), last_values(whole), "after {:?}", deed);
            prop_assert_eq!(cleaned.log_end_offset(), whole.log_end_offset());
            let offsets = pair.cleaned.offsets();
            prop_assert!(offsets.is_sorted(), "order stays");
            for batch in batches(cleaned).filter(|batch| batch.count() == 0) {
                let says_something = batch.producer().is_some() || pair.ends.contains(&batch.next_offset());
                prop_assert!(says_something, "kept empty without a reason: {:?}", batch.header());
            }
        }
    }
}
