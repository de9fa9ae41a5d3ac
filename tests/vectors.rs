//! What Kafka's own classes computed, and what the engine computes: they must agree.

use std::process::Command;

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
