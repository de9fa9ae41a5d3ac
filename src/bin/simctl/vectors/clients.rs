//! Vectors about what clients compute by themselves.

use highwater_engine::kafka::client::partitioner::PartitionLoad;
use highwater_engine::kafka::ids::PartitionId;
use highwater_engine::kafka::murmur2::{
    coordinator_partition, java_string_hash, murmur2, partition_for_key,
};
use serde_json::{Map, Value, json};

/// A key to its hash, and to its partition among several counts of partitions.
pub fn murmur2_partitions(input: &Value, expected: &Value) -> Option<Value> {
    if input["keys"] == "key-0..key-999" {
        return Some(thousand_keys());
    }
    let key = input["key_utf8"].as_str()?.as_bytes();
    let hash = murmur2(key);
    let mut partitions = Map::new();
    for count in expected["partition_by_num_partitions"].as_object()?.keys() {
        let partition = partition_for_key(key, count.parse().ok()?);
        partitions.insert(count.clone(), partition.0.into());
    }
    Some(json!({
        "murmur2_int32": hash,
        "to_positive": hash & i32::MAX,
        "partition_by_num_partitions": partitions,
    }))
}

/// A group's name to its coordinator's partition.
pub fn coordinator_hash(input: &Value, _: &Value) -> Option<Value> {
    let group = input["group.id"].as_str()?;
    let count = u32::try_from(input["partitions"].as_u64()?).ok()?;
    let partition = coordinator_partition(group, count).0;
    Some(json!({"java_hash": java_string_hash(group), "partition": partition}))
}

/// Lengths of queues to the weights of the next choice.
pub fn adaptive_table(input: &Value, _: &Value) -> Option<Value> {
    let lengths: Vec<u32> = serde_json::from_value(input["queue_sizes"].clone()).ok()?;
    let queues: Vec<(PartitionId, u32)> = (0..).map(PartitionId).zip(lengths).collect();
    Some(match PartitionLoad::of(&queues, queues.len()) {
        None => "uniform (no table)".into(),
        Some(load) => {
            let table: Vec<u64> = load.cumulative_frequencies().collect();
            json!({"cumulative_frequency_table": table})
        }
    })
}

fn thousand_keys() -> Value {
    let keys: Vec<String> = (0..1000).map(|number| format!("key-{number}")).collect();
    let mut counts = [0_u32; 3];
    for key in &keys {
        counts[partition_for_key(key.as_bytes(), 3).0 as usize] += 1;
    }
    let moves = |key: &&String| {
        partition_for_key(key.as_bytes(), 3) != partition_for_key(key.as_bytes(), 4)
    };
    let moving = keys.iter().filter(moves).count();
    json!({"counts_for_3": counts, "keys_changing_partition_3_to_4": moving})
}
