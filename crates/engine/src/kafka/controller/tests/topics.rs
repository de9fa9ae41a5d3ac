//! Topics, partitions and settings.

use super::*;

/// Kafka 4.3.1: `StripedReplicaPlacer` with every draw 0.
#[test]
fn the_first_three_partitions_go_round_the_brokers() {
    let mut cluster = Cluster::with_brokers(3, &[]);
    let request = CreateTopicsRequest {
        partitions: Some(3),
        replication_factor: Some(3),
        ..topic_request("t")
    };
    assert_eq!(cluster.try_create(request), None);
    let replicas: Vec<Vec<BrokerId>> = cluster
        .controller
        .image()
        .partitions()
        .map(|(_, registration)| registration.replicas.clone())
        .collect();
    assert_eq!(
        replicas,
        [
            brokers(&[1, 2, 3]),
            brokers(&[2, 3, 1]),
            brokers(&[3, 1, 2])
        ]
    );
}

/// Kafka 4.3.1: the trace `a-topic-created-while-a-broker-is-down`.
#[test]
fn a_fenced_broker_gets_a_replica_outside_the_isr() {
    let mut cluster = Cluster::with_brokers(3, &[]);
    cluster.run(10_000, &[1, 3]);
    cluster.create("late", &[&[2, 1, 3]], &[]);
    assert_eq!(
        cluster.state(&tp("late")),
        (1, 0, vec![1, 3], vec![], vec![])
    );
    let request = CreateTopicsRequest {
        assignment: Some(vec![brokers(&[2])]),
        ..topic_request("dead")
    };
    assert_eq!(
        cluster.try_create(request),
        refusal(
            ErrorCode::InvalidReplicaAssignment,
            "All brokers specified in the manual partition assignment for partition 0 are fenced \
             or in controlled shutdown."
        )
    );
}

/// Fidelity 5.6.
#[test]
fn bad_topics_are_refused_in_kafkas_words() {
    let mut cluster = Cluster::with_brokers(3, &[]);
    cluster.create("a.b", &[&[1]], &[]);
    let mut complaint = |request| cluster.try_create(request);
    assert_eq!(
        complaint(topic_request("a.b")),
        refusal(ErrorCode::TopicAlreadyExists, "Topic 'a.b' already exists.")
    );
    assert_eq!(
        complaint(topic_request("a_b")),
        refusal(
            ErrorCode::InvalidTopicException,
            "Topic 'a_b' collides with existing topic: a.b"
        )
    );
    let four_replicas = CreateTopicsRequest {
        replication_factor: Some(4),
        ..topic_request("t")
    };
    assert_eq!(
        complaint(four_replicas),
        refusal(
            ErrorCode::InvalidReplicationFactor,
            "Unable to replicate the partition 4 time(s): The target replication factor of 4 \
             cannot be reached because only 3 broker(s) are registered or some brokers have all \
             their log directories cordoned."
        )
    );
    let no_partitions = CreateTopicsRequest {
        partitions: Some(0),
        ..topic_request("t")
    };
    assert_eq!(
        complaint(no_partitions),
        refusal(
            ErrorCode::InvalidPartitions,
            "Number of partitions was set to an invalid non-positive value."
        )
    );
    let unknown_setting = CreateTopicsRequest {
        config: SortedMap::from([("X".to_owned(), "1".to_owned())]),
        ..topic_request("t")
    };
    assert_eq!(
        complaint(unknown_setting),
        refusal(ErrorCode::InvalidConfig, "Unknown topic config name: X")
    );
}

/// Kafka 4.3.1: `ConfigurationControlManager`; fidelity 0.
#[test]
fn with_elr_the_minimum_of_brokers_cannot_be_changed_nor_the_clusters_removed() {
    let mut cluster = Cluster::with_brokers(1, &[("min.insync.replicas", "2")]);
    let own = cluster
        .controller
        .image()
        .config(&ConfigResource::Cluster)
        .cloned();
    assert_eq!(own.expect("set at format")["min.insync.replicas"], "2");
    let set = [("min.insync.replicas", "1")];
    assert_eq!(
        cluster.alter_config(ConfigResource::Broker(BrokerId(1)), &set, &[]),
        refusal(
            ErrorCode::InvalidConfig,
            "Broker-level min.insync.replicas cannot be altered while ELR is enabled."
        )
    );
    assert_eq!(
        cluster.alter_config(ConfigResource::Cluster, &[], &["min.insync.replicas"]),
        refusal(
            ErrorCode::InvalidConfig,
            "Cluster-level min.insync.replicas cannot be removed while ELR is enabled."
        )
    );
    assert_eq!(
        cluster.alter_config(ConfigResource::Cluster, &set, &[]),
        None
    );
}

/// Kafka 4.3.1: `ConfigurationControlManager#createClearElrRecordsAsNeeded`.
#[test]
fn another_minimum_clears_the_eligible_leader_replicas() {
    let mut cluster = Cluster::with_brokers(2, &[]);
    cluster.create("t", &[&[1, 2]], &[("min.insync.replicas", "2")]);
    assert!(cluster.wish_isr(&tp("t"), &[1]).is_ok());
    assert_eq!(cluster.state(&tp("t")).3, [2]);
    let topic = ConfigResource::Topic(TopicName::new("t"));
    let set = [("min.insync.replicas", "1")];
    assert_eq!(cluster.alter_config(topic, &set, &[]), None);
    assert_eq!(cluster.state(&tp("t")).3, [0; 0]);
}

/// Fidelity 5.7.
#[test]
fn partitions_can_only_become_more() {
    let mut cluster = Cluster::with_brokers(3, &[]);
    cluster.create("T", &[&[1], &[2], &[3]], &[]);
    let mut complaint = |total| {
        let request = Request::CreatePartitions(CreatePartitionsRequest {
            topic: TopicName::new("T"),
            total,
            assignment: None,
        });
        match cluster.ask(CLIENT, request) {
            Response::CreatePartitions(response) => response.error,
            other => panic!("not an increase: {other:?}"),
        }
    };
    let invalid = |text| refusal(ErrorCode::InvalidPartitions, text);
    assert_eq!(complaint(3), invalid("Topic already has 3 partition(s)."));
    assert_eq!(
        complaint(2),
        invalid("The topic T currently has 3 partition(s); 2 would not be an increase.")
    );
    assert_eq!(complaint(5), None);
    assert_eq!(cluster.controller.image().partitions().count(), 5);
}
