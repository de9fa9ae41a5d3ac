//! What a leader makes of its followers, by the cases of Kafka's own tests.

use super::*;
use crate::kafka::ids::StepId;
use crate::kafka::metadata::BrokerRegistration;

const LAG_MAX: SimDuration = SimDuration::from_millis(30_000);

/// A leader on broker 1 with what surrounds it.
struct Scene {
    leader: PartitionLeader,
    metadata: MetadataImage,
    log_end_offset: u64,
    high_watermark: u64,
    now_ms: u64,
    min_insync_replicas: u32,
}

impl Scene {
    fn new(replicas: &[u32], isr: &[u32], log_end_offset: u64) -> Scene {
        let registration = registration(replicas, isr);
        let metadata = MetadataImage {
            brokers: replicas
                .iter()
                .map(|id| (BrokerId(*id), live(*id)))
                .collect(),
            ..MetadataImage::default()
        };
        let (id, end) = (BrokerId(1), Offset(0));
        Scene {
            leader: PartitionLeader::new(id, &registration, end, SimTime::ZERO),
            metadata,
            log_end_offset,
            high_watermark: 0,
            now_ms: 0,
            min_insync_replicas: 1,
        }
    }

    fn at(&self) -> SimTime {
        SimTime::ZERO + SimDuration::from_millis(self.now_ms)
    }

    fn around(&self) -> Surroundings<'_> {
        Surroundings {
            log_end_offset: Offset(self.log_end_offset),
            high_watermark: Offset(self.high_watermark),
            now: self.at(),
            replica_lag_time_max: LAG_MAX,
            min_insync_replicas: self.min_insync_replicas,
            metadata: &self.metadata,
        }
    }

    /// A follower fetches: as in Kafka the ISR is looked at first, then the high watermark.
    fn fetch(&mut self, follower: u32, fetch_offset: u64) {
        let fetch = FollowerFetch {
            broker: BrokerId(follower),
            broker_epoch: BrokerEpoch(u64::from(follower)),
            fetch_offset: Offset(fetch_offset),
            log_start_offset: Some(Offset(0)),
            at: self.at(),
            event: EventId {
                step: StepId(self.now_ms),
                index: 0,
            },
        };
        self.leader
            .on_follower_fetch(&fetch, Offset(self.log_end_offset));
        if self.leader.may_join_isr(BrokerId(follower), &self.around()) {
            self.leader.propose_expansion(BrokerId(follower));
        }
        self.advance();
    }

    fn advance(&mut self) {
        if let Some(to) = self.leader.next_high_watermark(&self.around()) {
            self.high_watermark = to.0;
        }
    }

    fn controller_commits(&mut self, isr: &[u32]) {
        self.leader.isr = IsrState::Committed(ids(isr));
        self.advance();
    }

    fn maximal_isr(&self) -> Vec<u32> {
        let all = [BrokerId(1), BrokerId(2), BrokerId(3)];
        all.iter()
            .filter(|id| self.leader.isr.is_in_maximal(**id))
            .map(|id| id.0)
            .collect()
    }

    fn follower(&self, id: u32) -> &FollowerState {
        &self.leader.followers[&BrokerId(id)]
    }
}

fn ids(ids: &[u32]) -> Vec<BrokerId> {
    ids.iter().copied().map(BrokerId).collect()
}

fn live(id: u32) -> BrokerRegistration {
    BrokerRegistration {
        broker_epoch: BrokerEpoch(u64::from(id)),
        rack: None,
        fenced: false,
        in_controlled_shutdown: false,
    }
}

fn registration(replicas: &[u32], isr: &[u32]) -> PartitionRegistration {
    PartitionRegistration {
        replicas: ids(replicas),
        isr: ids(isr),
        elr: Vec::new(),
        last_known_elr: Vec::new(),
        leader: Some(BrokerId(1)),
        leader_epoch: LeaderEpoch(0),
        partition_epoch: PartitionEpoch(0),
        leader_recovery_state: LeaderRecoveryState::Recovered,
        adding_replicas: Vec::new(),
        removing_replicas: Vec::new(),
    }
}

/// kafka-cases, high-watermark: "worked example: HW per fetch round".
#[test]
fn the_high_watermark_moves_with_the_second_fetch_of_the_last_follower() {
    let mut scene = Scene::new(&[1, 2, 3], &[1, 2, 3], 0);
    let mut seen = Vec::new();
    scene.log_end_offset = 3;
    scene.advance();
    seen.push(scene.high_watermark);
    for (follower, fetch_offset) in [(2, 0), (3, 0), (2, 3), (3, 3)] {
        scene.fetch(follower, fetch_offset);
        seen.push(scene.high_watermark);
    }
    assert_eq!(seen, [0, 0, 0, 0, 3]);
}

/// kafka-cases, high-watermark: "HW is frozen while the committed ISR is below
/// min.insync.replicas, even if the maximal ISR is large enough".
#[test]
fn the_high_watermark_is_frozen_while_the_committed_isr_is_too_small() {
    let mut scene = Scene::new(&[1, 2, 3], &[1, 2], 10);
    scene.min_insync_replicas = 3;
    let mut seen = Vec::new();
    scene.fetch(2, 10);
    seen.push(scene.high_watermark);
    scene.fetch(3, 10);
    seen.push(scene.high_watermark);
    assert_eq!(scene.maximal_isr(), [1, 2, 3]);
    scene.controller_commits(&[1, 2, 3]);
    seen.push(scene.high_watermark);
    assert_eq!(seen, [0, 0, 10]);
}

/// kafka-cases, isr: "shrink: never-fetching replica removed after lag time; HW only moves when
/// the controller commits".
#[test]
fn a_follower_that_never_fetches_leaves_after_the_lag_time() {
    let mut scene = Scene::new(&[1, 2, 3], &[1, 2, 3], 10);
    scene.fetch(2, 10);
    assert_eq!(scene.leader.lagging_followers(&scene.around()), []);
    scene.now_ms = 30_001;
    let lagging = scene.leader.lagging_followers(&scene.around());
    assert_eq!(lagging, ids(&[3]));
    scene.leader.propose_shrink(lagging);
    scene.advance();
    assert_eq!(scene.leader.isr.wanted(), ids(&[1, 2]));
    assert_eq!(
        scene.maximal_isr(),
        [1, 2, 3],
        "the larger set counts until the answer"
    );
    assert_eq!(scene.high_watermark, 0);
    scene.controller_commits(&[1, 2]);
    assert_eq!(scene.high_watermark, 10);
}

/// kafka-cases, isr: "no shrink when the follower sits at the leader LEO, however long without
/// fetching".
#[test]
fn a_silent_follower_that_has_everything_stays_in_sync() {
    let mut scene = Scene::new(&[1, 2], &[1, 2], 10);
    scene.fetch(2, 10);
    scene.now_ms = 30_001;
    assert_eq!(scene.leader.lagging_followers(&scene.around()), []);
}

/// kafka-cases, isr: "expansion".
#[test]
fn a_follower_joins_the_maximal_isr_when_it_reaches_the_log_end() {
    let mut scene = Scene::new(&[1, 2], &[1], 10);
    scene.advance();
    scene.fetch(2, 3);
    assert_eq!(scene.maximal_isr(), [1]);
    assert_eq!(scene.follower(2).last_caught_up, None);
    scene.fetch(2, 10);
    assert_eq!(scene.leader.isr.committed(), ids(&[1]));
    assert_eq!(scene.maximal_isr(), [1, 2]);
    scene.controller_commits(&[1, 2]);
    assert_eq!(scene.leader.isr.committed(), ids(&[1, 2]));
}

/// kafka-cases, isr: "a follower must reach the start offset of the current leader epoch before
/// joining".
#[test]
fn a_follower_has_to_reach_the_start_of_the_epoch_to_join() {
    let mut scene = Scene::new(&[1, 2, 3], &[1, 3], 5);
    scene.high_watermark = 1;
    let mut next_epoch = registration(&[1, 2, 3], &[1, 3]);
    next_epoch.leader_epoch = LeaderEpoch(1);
    scene.leader.begin_epoch(&next_epoch, Offset(5), scene.at());
    scene.log_end_offset = 7;
    scene.fetch(2, 0);
    assert_eq!(scene.maximal_isr(), [1, 3]);
    scene.fetch(2, 1);
    assert_eq!(
        scene.maximal_isr(),
        [1, 3],
        "1 is the high watermark, but before epoch 1"
    );
    scene.fetch(2, 5);
    assert_eq!(scene.maximal_isr(), [1, 2, 3]);
}

/// kafka-cases, isr: "follower fetch state".
#[test]
fn a_follower_counts_as_caught_up_when_it_fetches_at_the_log_end() {
    let mut scene = Scene::new(&[1, 2], &[1, 2], 6);
    scene.now_ms = 500;
    scene.fetch(2, 3);
    assert_eq!(scene.follower(2).log_end_offset, Some(Offset(3)));
    assert_eq!(scene.follower(2).last_caught_up, Some(SimTime::ZERO));
    scene.now_ms = 1000;
    scene.fetch(2, 6);
    assert_eq!(scene.follower(2).log_end_offset, Some(Offset(6)));
    assert_eq!(scene.follower(2).last_caught_up, Some(scene.at()));
}

/// Kafka 4.3.1: `Replica#updateFetchStateOrThrow`; fidelity 4.4.
#[test]
fn a_follower_that_is_always_one_append_behind_stays_caught_up() {
    let mut scene = Scene::new(&[1, 2], &[1, 2], 0);
    for round in 1..=10 {
        scene.now_ms = round * 10_000;
        scene.log_end_offset = round;
        scene.fetch(2, round - 1);
    }
    assert_eq!(scene.leader.lagging_followers(&scene.around()), []);
    assert_eq!(
        scene.follower(2).last_caught_up,
        Some(SimTime::ZERO + SimDuration::from_millis(90_000))
    );
}

/// kafka-cases, produce: "effective min ISR is capped by the replication factor".
#[test]
fn the_minimum_isr_is_at_most_the_number_of_replicas() {
    let scene = Scene::new(&[1], &[1], 0);
    assert_eq!(scene.leader.effective_min_isr(2), 1);
    assert!(!scene.leader.is_under_min_isr(2));
}

/// Kafka 4.3.1: `Partition#maybeIncrementLeaderHW`, `shouldWaitForReplicaToJoinIsr`.
#[test]
fn a_lone_leader_waits_for_a_caught_up_outsider_unless_it_is_fenced() {
    let mut scene = Scene::new(&[1, 2], &[1], 10);
    scene.leader.epoch_start_offset = Offset(20);
    scene.fetch(2, 10);
    scene.high_watermark = 10;
    scene.log_end_offset = 12;
    assert_eq!(scene.leader.next_high_watermark(&scene.around()), None);
    if let Some(broker) = scene.metadata.brokers.get_mut(&BrokerId(2)) {
        broker.fenced = true;
    }
    assert_eq!(
        scene.leader.next_high_watermark(&scene.around()),
        Some(Offset(12))
    );
}

/// Kafka 4.3.1: `Partition#isReplicaIsrEligible`, KIP-903.
#[test]
fn a_former_process_of_a_broker_does_not_join() {
    let mut scene = Scene::new(&[1, 2], &[1], 10);
    if let Some(broker) = scene.metadata.brokers.get_mut(&BrokerId(2)) {
        broker.broker_epoch = BrokerEpoch(77);
    }
    scene.fetch(2, 10);
    assert_eq!(scene.maximal_isr(), [1]);
}

/// Kafka 4.3.1: `Replica#resetReplicaState`.
#[test]
fn a_leader_that_stays_keeps_what_it_knows_of_its_followers_logs() {
    let mut scene = Scene::new(&[1, 2, 3], &[1, 2, 3], 10);
    scene.fetch(2, 7);
    scene.now_ms = 1000;
    let mut next_epoch = registration(&[1, 2, 3], &[1, 2]);
    next_epoch.leader_epoch = LeaderEpoch(1);
    scene
        .leader
        .begin_epoch(&next_epoch, Offset(10), scene.at());
    assert_eq!(scene.follower(2).log_end_offset, Some(Offset(7)));
    assert_eq!(scene.follower(2).last_caught_up, Some(scene.at()));
    assert_eq!(scene.follower(3).last_caught_up, None);
}

/// Fidelity 3.2: acks=all waits for the in-sync replicas only.
#[test]
fn only_in_sync_followers_are_missed() {
    let mut scene = Scene::new(&[1, 2, 3], &[1, 2], 4);
    scene.fetch(2, 3);
    assert_eq!(scene.leader.missing_below(Offset(4)), ids(&[2]));
    scene.fetch(2, 4);
    assert_eq!(scene.leader.missing_below(Offset(4)), []);
}
