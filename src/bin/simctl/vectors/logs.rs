//! Vectors about logs: leader epochs, divergence, and what can be read.

use highwater_engine::kafka::error_code::ErrorCode;
use highwater_engine::kafka::ids::{EventId, LeaderEpoch, Offset, TopicName, TopicPartition};
use highwater_engine::kafka::log::{
    AppendOrigin, Clock, FirstBatch, LeaderAppend, LeaderEpochCache, Log, LogConfig, ReadLimits,
};
use highwater_engine::kafka::record::{BatchSpec, Record, RecordBatch, encode_batch};
use highwater_engine::sorted::SortedMap;
use serde_json::{Map, Value, json};

/// A list of operations on an epoch cache to the answers of those that ask.
pub fn leader_epochs(input: &Value, _: &Value) -> Option<Value> {
    let mut cache = LeaderEpochCache::default();
    let mut answers = Vec::new();
    for operation in input["ops"].as_array()? {
        let operation = operation.as_str()?;
        if let Some(answer) = epoch_operation(&mut cache, operation)? {
            answers.push(answer);
        }
    }
    let entries: Vec<Value> = cache
        .entries()
        .map(|(epoch, start_offset)| json!([epoch, start_offset]))
        .collect();
    answers.push(json!({"entries": entries}));
    Some(answers.into())
}

/// Fetches of a follower to the leader's verdict, then again with later log starts.
pub fn divergence(input: &Value, expected: &Value) -> Option<Value> {
    let mut log = Log::new(Clock::default());
    for run in input["log (epoch x count)"].as_array()? {
        let epoch = i32::try_from(run[0].as_i64()?).ok()?;
        append(
            &mut log,
            LeaderEpoch(epoch),
            usize::try_from(run[1].as_u64()?).ok()?,
        )?;
    }
    log.assign_epoch_start(LeaderEpoch(
        i32::try_from(input["leader_epoch"].as_i64()?).ok()?,
    ));
    if Offset(input["leo"].as_u64()?) != log.log_end_offset() {
        return None;
    }
    let fetches = input["fetches"].as_array()?;
    let results: Option<Vec<Value>> = fetches.iter().map(|fetch| verdict(&log, fetch)).collect();
    let mut answers = Map::from_iter([("results".to_owned(), Value::from(results?))]);
    for (start, question) in later_log_starts(expected)? {
        log.increment_log_start_offset(start);
        let mut these = Map::new();
        for fetch in expected[&question].as_object()?.keys() {
            these.insert(
                fetch.clone(),
                verdict(&log, &serde_json::from_str(fetch).ok()?)?,
            );
        }
        answers.insert(question, these.into());
    }
    Some(answers.into())
}

/// Fetch offsets of a consumer to what it gets.
pub fn fetch_positions(input: &Value, _: &Value) -> Option<Value> {
    let mut log = Log::new(Clock::default());
    for _ in 0..input["LEO"].as_u64()? {
        append(&mut log, LeaderEpoch(0), 1)?;
    }
    log.increment_log_start_offset(Offset(input["logStartOffset"].as_u64()?));
    let limits = ReadLimits {
        max_bytes: u32::MAX,
        upper_bound: Offset(input["HW"].as_u64()?),
        first_batch: FirstBatch::AlwaysWhole,
    };
    let offsets: Vec<u64> = serde_json::from_value(input["fetch_offsets"].clone()).ok()?;
    let answers: Vec<&str> = offsets
        .into_iter()
        .map(|offset| match log.read(Offset(offset), &limits) {
            Ok(batches) if batches.is_empty() => "empty",
            Ok(_) => "records",
            Err(code) => code.name(),
        })
        .collect();
    Some(answers.into())
}

/// Nothing if the operation is unknown; no answer if it only changes the cache.
fn epoch_operation(cache: &mut LeaderEpochCache, operation: &str) -> Option<Option<Value>> {
    let (name, arguments) = operation.strip_suffix(')')?.split_once('(')?;
    let numbers: Vec<i64> = arguments
        .split(',')
        .filter_map(|number| number.trim().parse().ok())
        .collect();
    let epoch_of = |number: i64| i32::try_from(number).ok().map(LeaderEpoch);
    let offset_of = |number: i64| u64::try_from(number).ok().map(Offset);
    let only_epoch = |epoch: Option<LeaderEpoch>| {
        let epoch = epoch.map_or("none".into(), |epoch| json!(epoch));
        Some(json!({"op": operation, "epoch": epoch}))
    };
    Some(match (name, numbers.as_slice()) {
        ("assign", [epoch, start]) => {
            cache.assign(epoch_of(*epoch)?, offset_of(*start)?);
            None
        }
        ("truncateFromEnd", [offset]) => {
            cache.truncate_from_end(offset_of(*offset)?);
            None
        }
        ("truncateFromStart", [offset]) => {
            cache.truncate_from_start(offset_of(*offset)?);
            None
        }
        ("latest", []) => only_epoch(cache.latest_epoch()),
        ("previous", []) => only_epoch(cache.previous_epoch()),
        ("epochForOffset", [offset]) => only_epoch(cache.epoch_for_offset(offset_of(*offset)?)),
        ("end", [epoch, log_end]) => {
            let end = cache.end_offset_for(epoch_of(*epoch)?, offset_of(*log_end)?);
            Some(match end {
                None => json!({"op": operation, "epoch": -1, "end_offset": -1}),
                Some(end) => {
                    json!({"op": operation, "epoch": end.epoch, "end_offset": end.end_offset})
                }
            })
        }
        _ => return None,
    })
}

/// The log starts that the expectation asks about, in order, with its words for them.
fn later_log_starts(expected: &Value) -> Option<SortedMap<Offset, String>> {
    let start_of = |question: &str| {
        question
            .strip_prefix("after logStartOffset=")?
            .parse::<u64>()
            .ok()
            .map(Offset)
    };
    let questions = expected.as_object()?.keys();
    Some(
        questions
            .filter_map(|question| Some((start_of(question)?, question.clone())))
            .collect(),
    )
}

fn verdict(log: &Log, fetch: &Value) -> Option<Value> {
    let last_fetched = LeaderEpoch(i32::try_from(fetch[0].as_i64()?).ok()?);
    Some(
        match log.check_divergence(last_fetched, Offset(fetch[1].as_u64()?)) {
            Ok(None) => "ok".into(),
            Ok(Some(end)) => json!({"epoch": end.epoch, "endOffset": end.end_offset}),
            Err(ErrorCode::OffsetOutOfRange) => "OffsetOutOfRange".into(),
            Err(code) => code.name().into(),
        },
    )
}

fn append(log: &mut Log, leader_epoch: LeaderEpoch, record_count: usize) -> Option<()> {
    let partition = TopicPartition::new(&TopicName::new("T"), 0);
    let config = LogConfig::default();
    let append = LeaderAppend {
        partition: &partition,
        leader_epoch,
        clock: Clock::default(),
        origin: AppendOrigin::Client,
        config: &config,
    };
    let bytes = encode_batch(
        &BatchSpec::default(),
        &vec![Record::default(); record_count],
    );
    let batch = RecordBatch::from_bytes(bytes, EventId::default()).ok()?;
    log.append_as_leader(batch, &append).ok().map(|_| ())
}
