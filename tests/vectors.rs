//! What Kafka's own classes computed, and what the engine computes: they must agree.

use std::process::Command;

use highwater_engine::kafka::client::serialization::Serializer;
use serde_json::Value;

/// Areas with an adapter. An area without one is "not supported", which fails nothing; a line
/// here makes sure that none is lost.
const SUPPORTED_AREAS: [&str; 9] = [
    "varint",
    "sequence",
    "record-batch",
    "partitioner.murmur2",
    "partitioner.adaptive",
    "coordinator.hash",
    "leader-epoch",
    "log-truncation",
    "consumer.offset-reset",
];

#[test]
fn the_engine_computes_what_kafka_computes() {
    let file = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/tests/data/vectors/kafka-vectors.json"
    );
    let output = Command::new(env!("CARGO_BIN_EXE_simctl"))
        .args(["vectors", file])
        .output()
        .expect("cargo has built simctl for this test");
    let report = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{report}");
    for area in SUPPORTED_AREAS {
        assert!(
            !report.contains(&format!("not supported: {area}/")),
            "{area}:\n{report}"
        );
    }
    assert!(report.trim_end().ends_with("not supported"), "{report}");
}

/// What `referee/record-serialization` wrote down.
#[test]
fn numbers_and_texts_become_the_bytes_of_kafkas_own_serializers() {
    let file = include_str!("data/vectors/serialization.json");
    let vectors: Value = serde_json::from_str(file).expect("vectors are JSON");
    let cases = vectors["serializers"].as_array().expect("a list");
    assert!(cases.len() > 15);
    for case in cases {
        let serializer = match case["by"].as_str() {
            Some("IntegerSerializer") => Serializer::Integer,
            Some("LongSerializer") => Serializer::Long,
            Some("StringSerializer") => Serializer::Text,
            other => panic!("no such serializer: {other:?}"),
        };
        let hex = case["hex"].as_str().expect("digits");
        let expected = Serializer::Bytes.serialize(hex);
        let text = case["text"].as_str().expect("a text");
        assert_eq!(serializer.serialize(text), expected, "{case}");
    }
}
