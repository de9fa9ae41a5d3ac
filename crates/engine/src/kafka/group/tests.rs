//! The coordinator on a bench: joins, rebalances, commits, as clients see them.

use crate::kafka::config::Properties;
use crate::kafka::group::consumer_protocol::{decode_assignment, encode_assignment};
use crate::kafka::ids::{ClientId, EventId, LeaderEpoch, StepId};
use crate::kafka::message::{
    CommittedOffset, HeartbeatRequest, JoinGroupRequest, LeaveGroupRequest, Message,
    OffsetCommitRequest, Response, SyncGroupRequest,
};
use crate::kafka::node::{Action, Chance};
use crate::kafka::record::{BatchSpec, encode_batch};
use crate::kafka::time::SimTime;

use super::*;

/// Another number in each step, so that no two members get the same id.
struct ByStep(u64);

impl Chance for ByStep {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 % bound
    }
}

const GROUP: &str = "g";

/// A coordinator with what it has sent, timed and given to its log.
struct Harness {
    coordinator: GroupCoordinator,
    step: u64,
    responses: Vec<Response>,
    timers: Vec<(Timer, SimDuration)>,
    writes: Vec<CoordinatorWrite>,
    stored: Vec<Record>,
}

impl Harness {
    fn new() -> Harness {
        let config = BrokerConfig::from_properties(&Properties::new()).expect("defaults are valid");
        let mut harness = Harness {
            coordinator: GroupCoordinator::new(&config),
            step: 0,
            responses: Vec::new(),
            timers: Vec::new(),
            writes: Vec::new(),
            stored: Vec::new(),
        };
        harness.run(|coordinator, cx| {
            let partition = coordinator.partition_of(GROUP);
            coordinator.load(&partition, &[], cx);
            Vec::new()
        });
        harness
    }

    fn run(
        &mut self,
        act: impl FnOnce(&mut GroupCoordinator, &mut Context<'_>) -> Vec<CoordinatorWrite>,
    ) {
        self.step += 1;
        let mut chance = ByStep(self.step);
        let mut cx = Context::new(SimTime(self.step), 1000, StepId(self.step), &mut chance);
        self.writes.extend(act(&mut self.coordinator, &mut cx));
        for action in cx.into_actions() {
            match action {
                Action::Send { message, .. } => {
                    if let Message::Response { response, .. } = message.as_ref() {
                        self.responses.push(response.clone());
                    }
                }
                Action::SetTimer { timer, after } => self.timers.push((timer, after)),
                _ => {}
            }
        }
    }

    fn ask(&mut self, request: Request) -> Vec<Response> {
        let client = NodeId::Client(ClientId(1));
        let id = CorrelationId(self.step);
        self.run(|coordinator, cx| coordinator.handle(client, id, &request, cx));
        std::mem::take(&mut self.responses)
    }

    fn store(&mut self) -> Vec<Response> {
        for write in std::mem::take(&mut self.writes) {
            self.stored.extend(write.records);
            self.run(|coordinator, cx| coordinator.on_write_completed(write.id, Ok(()), cx));
        }
        std::mem::take(&mut self.responses)
    }

    fn time_out(&mut self, timer: BrokerTimer) -> Vec<Response> {
        self.run(|coordinator, cx| coordinator.on_timer(&timer, cx));
        std::mem::take(&mut self.responses)
    }

    /// A member goes through both rounds of joining, and through the sync.
    fn join_alone(&mut self) -> String {
        let required = self.ask(join(""));
        let [Response::JoinGroup(required)] = required.as_slice() else {
            panic!("no answer to the first join: {required:?}");
        };
        assert_eq!(required.error, Some(ErrorCode::MemberIdRequired));
        let member_id = required.member_id.clone();
        assert_eq!(self.ask(join(&member_id)), Vec::new());
        let joined = self.time_out(BrokerTimer::Rebalance(GROUP.to_owned()));
        let [Response::JoinGroup(joined)] = joined.as_slice() else {
            panic!("no answer to the second join: {joined:?}");
        };
        assert_eq!(joined.leader, member_id);
        assert_eq!(joined.members.len(), 1);
        let assignment = encode_assignment(&[partition()]);
        let sync = Request::SyncGroup(SyncGroupRequest {
            group_id: GROUP.to_owned(),
            member_id: member_id.clone(),
            group_instance_id: None,
            generation_id: joined.generation_id,
            assignments: vec![(member_id.clone(), assignment)],
        });
        assert_eq!(self.ask(sync), Vec::new());
        let synced = self.store();
        assert!(
            matches!(synced.as_slice(), [Response::SyncGroup(sync)] if sync.result.is_ok()),
            "no assignment: {synced:?}"
        );
        member_id
    }
}

fn join(member_id: &str) -> Request {
    Request::JoinGroup(JoinGroupRequest {
        group_id: GROUP.to_owned(),
        member_id: member_id.to_owned(),
        group_instance_id: None,
        client_id: "c1".to_owned(),
        session_timeout: SimDuration::from_secs(45),
        rebalance_timeout: SimDuration::from_secs(300),
        protocols: vec![("range".to_owned(), bytes::Bytes::from_static(b"x"))],
    })
}

fn commit(member_id: &str, generation_id: i32, offset: u64) -> Request {
    let committed = CommittedOffset {
        offset: Offset(offset),
        leader_epoch: Some(LeaderEpoch(0)),
        metadata: String::new(),
    };
    Request::OffsetCommit(OffsetCommitRequest {
        group_id: GROUP.to_owned(),
        member_id: member_id.to_owned(),
        group_instance_id: None,
        generation_id,
        offsets: vec![(partition(), committed)],
    })
}

fn partition() -> TopicPartition {
    TopicPartition::new(&TopicName::new("t"), 0)
}

fn commit_error(responses: &[Response]) -> Option<ErrorCode> {
    match responses {
        [Response::OffsetCommit(response)] => response.partitions[0].1,
        other => panic!("no answer to a commit: {other:?}"),
    }
}

#[test]
fn a_lone_member_gets_generation_1_after_the_initial_delay() {
    let mut harness = Harness::new();
    harness.join_alone();
    let group = harness.coordinator.group(GROUP).expect("it was joined");
    assert_eq!(group.state().name(), "Stable");
    assert_eq!(group.generation_id(), 1);
    let delay = SimDuration::from_secs(3);
    assert!(harness.timers.contains(&(rebalance_timer(GROUP), delay)));
}

#[test]
fn a_commit_counts_once_it_is_stored() {
    let mut harness = Harness::new();
    assert_eq!(harness.ask(commit("", -1, 5)), Vec::new());
    assert_eq!(harness.coordinator.committed(GROUP), Vec::new());
    assert_eq!(commit_error(&harness.store()), None);
    assert_eq!(
        harness.coordinator.committed(GROUP),
        vec![(partition(), Offset(5))]
    );
}

#[test]
fn a_commit_by_a_stranger_is_refused_while_the_group_has_members() {
    let mut harness = Harness::new();
    let member_id = harness.join_alone();
    let stranger = harness.ask(commit("", -1, 5));
    assert_eq!(commit_error(&stranger), Some(ErrorCode::UnknownMemberId));
    let late = harness.ask(commit(&member_id, 0, 5));
    assert_eq!(commit_error(&late), Some(ErrorCode::IllegalGeneration));
    assert_eq!(harness.ask(commit(&member_id, 1, 5)), Vec::new());
    assert_eq!(commit_error(&harness.store()), None);
}

#[test]
fn emptying_a_group_counts_as_a_generation() {
    let mut harness = Harness::new();
    let member_id = harness.join_alone();
    let leave = LeaveGroupRequest {
        group_id: GROUP.to_owned(),
        member_id,
    };
    harness.ask(Request::LeaveGroup(leave));
    let group = harness
        .coordinator
        .group(GROUP)
        .expect("its offsets may be asked for");
    assert_eq!((group.state().name(), group.generation_id()), ("Empty", 2));
    harness.store();
    harness.join_alone();
    let group = harness
        .coordinator
        .group(GROUP)
        .expect("it was joined again");
    assert_eq!(group.generation_id(), 3);
}

#[test]
fn a_member_that_is_silent_for_its_session_timeout_is_removed() {
    let mut harness = Harness::new();
    let member_id = harness.join_alone();
    harness.time_out(BrokerTimer::MemberSession(
        GROUP.to_owned(),
        member_id.clone(),
    ));
    let heartbeat = Request::Heartbeat(HeartbeatRequest {
        group_id: GROUP.to_owned(),
        member_id,
        group_instance_id: None,
        generation_id: 1,
    });
    let responses = harness.ask(heartbeat);
    assert!(matches!(
        responses.as_slice(),
        [Response::Heartbeat(response)] if response.error == Some(ErrorCode::UnknownMemberId)
    ));
}

#[test]
fn the_next_coordinator_finds_group_and_offsets_in_the_log() {
    let mut harness = Harness::new();
    let member_id = harness.join_alone();
    harness.ask(commit(&member_id, 1, 7));
    harness.store();
    let bytes = encode_batch(&BatchSpec::default(), &harness.stored);
    let batch = RecordBatch::from_bytes(bytes, EventId::default()).expect("it was just encoded");
    let mut next = Harness::new();
    next.run(|coordinator, cx| {
        let partition = coordinator.partition_of(GROUP);
        coordinator.load(&partition, &[batch], cx);
        Vec::new()
    });
    assert_eq!(
        next.coordinator.committed(GROUP),
        vec![(partition(), Offset(7))]
    );
    let group = next.coordinator.group(GROUP).expect("it was stored");
    assert_eq!((group.state().name(), group.generation_id()), ("Stable", 1));
    let (loaded_id, member) = group.members().next().expect("it has one member");
    assert_eq!(loaded_id, &member_id);
    assert_eq!(decode_assignment(&member.assignment), Ok(vec![partition()]));
    let session = session_timer(GROUP, &member_id);
    assert!(next.timers.contains(&(session, SimDuration::from_secs(45))));
}

#[test]
fn a_broker_that_does_not_lead_the_partition_is_not_the_coordinator() {
    let mut harness = Harness::new();
    harness.run(|coordinator, cx| {
        let partition = coordinator.partition_of(GROUP);
        coordinator.unload(&partition, cx);
        Vec::new()
    });
    let responses = harness.ask(commit("", -1, 5));
    assert_eq!(commit_error(&responses), Some(ErrorCode::NotCoordinator));
}

#[test]
fn what_the_broker_refused_comes_first_in_the_answer_to_a_commit() {
    let mut harness = Harness::new();
    let Request::OffsetCommit(request) = commit("", -1, 5) else {
        panic!("a commit is a commit");
    };
    let gone = TopicPartition::new(&TopicName::new("gone"), 0);
    let refused = vec![(gone.clone(), ErrorCode::UnknownTopicOrPartition)];
    let client = NodeId::Client(ClientId(1));
    harness.run(|coordinator, cx| {
        let request = &request;
        let commit = CheckedCommit { request, refused };
        coordinator.commit_offsets(client, CorrelationId(1), commit, cx)
    });
    let responses = harness.store();
    let [Response::OffsetCommit(response)] = responses.as_slice() else {
        panic!("no answer to a commit: {responses:?}");
    };
    let unknown = Some(ErrorCode::UnknownTopicOrPartition);
    assert_eq!(response.partitions, [(gone, unknown), (partition(), None)]);
}

#[test]
fn offsets_of_deleted_topics_are_forgotten_by_tombstones() {
    let mut harness = Harness::new();
    harness.ask(commit("", -1, 5));
    harness.store();
    let deleted = [TopicName::new("t")];
    harness.run(|coordinator, cx| coordinator.on_topics_deleted(&deleted, cx));
    assert_eq!(harness.coordinator.committed(GROUP), Vec::new());
    let records = harness.writes.iter().flat_map(|write| &write.records);
    let tombstones: Vec<_> = records.filter(|record| record.value.is_none()).collect();
    assert_eq!(tombstones.len(), 1);
    assert_eq!(tombstones[0].key, harness.stored[0].key);
}

const INSTANCE: &str = "one";

fn static_join(member_id: &str) -> Request {
    match join(member_id) {
        Request::JoinGroup(request) => Request::JoinGroup(JoinGroupRequest {
            group_instance_id: Some(INSTANCE.to_owned()),
            ..request
        }),
        other => other,
    }
}

fn static_commit(member_id: &str, instance_id: Option<&str>, generation_id: i32) -> Request {
    match commit(member_id, generation_id, 5) {
        Request::OffsetCommit(request) => Request::OffsetCommit(OffsetCommitRequest {
            group_instance_id: instance_id.map(str::to_owned),
            ..request
        }),
        other => other,
    }
}

fn static_heartbeat(member_id: &str) -> Request {
    Request::Heartbeat(HeartbeatRequest {
        group_id: GROUP.to_owned(),
        member_id: member_id.to_owned(),
        group_instance_id: Some(INSTANCE.to_owned()),
        generation_id: 1,
    })
}

fn joined(responses: Vec<Response>) -> crate::kafka::message::JoinGroupResponse {
    match responses.as_slice() {
        [Response::JoinGroup(joined)] => joined.clone(),
        other => panic!("no answer to a join: {other:?}"),
    }
}

impl Harness {
    /// A static member is in the first generation, which waits for its assignment.
    fn static_member_joined(&mut self) -> String {
        assert_eq!(self.ask(static_join("")), Vec::new());
        joined(self.time_out(BrokerTimer::Rebalance(GROUP.to_owned()))).member_id
    }

    fn assign(&mut self, member_id: &str) {
        let sync = SyncGroupRequest {
            group_id: GROUP.to_owned(),
            member_id: member_id.to_owned(),
            group_instance_id: Some(INSTANCE.to_owned()),
            generation_id: 1,
            assignments: vec![(member_id.to_owned(), encode_assignment(&[partition()]))],
        };
        assert_eq!(self.ask(Request::SyncGroup(sync)), Vec::new());
        self.store();
    }
}

/// Case "validation ladder": `ClassicGroupTest#testValidateOffsetCommit`, without its
/// transactional step and without the state `Dead`, which is not kept.
#[test]
fn a_commit_is_validated_by_member_instance_generation_and_state() {
    let mut harness = Harness::new();
    harness.ask(commit("", -1, 5));
    assert_eq!(commit_error(&harness.store()), None, "the group is empty");
    let member_id = harness.static_member_joined();
    let instance = Some(INSTANCE);
    let mut refused = |request| commit_error(&harness.ask(request));
    let unknown = Some(ErrorCode::UnknownMemberId);
    assert_eq!(refused(commit("", -1, 5)), unknown);
    assert_eq!(
        refused(static_commit("stranger", Some("other"), -1)),
        unknown
    );
    assert_eq!(
        refused(static_commit(&member_id, Some("other"), -1)),
        unknown
    );
    let illegal = Some(ErrorCode::IllegalGeneration);
    assert_eq!(refused(static_commit(&member_id, instance, 0)), illegal);
    let in_progress = Some(ErrorCode::RebalanceInProgress);
    assert_eq!(refused(static_commit(&member_id, instance, 1)), in_progress);
    harness.assign(&member_id);
    harness.ask(static_commit(&member_id, instance, 1));
    assert_eq!(commit_error(&harness.store()), None);
    harness.ask(static_join(""));
    harness.store();
    let fenced = harness.ask(static_commit(&member_id, instance, 1));
    assert_eq!(commit_error(&fenced), Some(ErrorCode::FencedInstanceId));
}

/// Kafka 4.3.1: `GroupMetadataManager#updateStaticMemberThenRebalanceOrCompleteJoin`, KIP-345.
#[test]
fn a_static_member_that_comes_back_takes_its_place_without_a_rebalance() {
    let mut harness = Harness::new();
    let former = harness.static_member_joined();
    harness.assign(&former);
    assert_eq!(
        harness.ask(static_join("")),
        Vec::new(),
        "its new id is stored first"
    );
    let answer = joined(harness.store());
    assert_eq!((answer.error, answer.generation_id), (None, 1));
    assert_eq!(answer.leader, answer.member_id);
    assert!(answer.skip_assignment);
    assert_ne!(answer.member_id, former);

    let sync = SyncGroupRequest {
        group_id: GROUP.to_owned(),
        member_id: answer.member_id.clone(),
        group_instance_id: Some(INSTANCE.to_owned()),
        generation_id: 1,
        assignments: Vec::new(),
    };
    let synced = harness.ask(Request::SyncGroup(sync));
    let assignment = encode_assignment(&[partition()]);
    assert!(matches!(synced.as_slice(), [Response::SyncGroup(it)] if it.result == Ok(assignment)));

    let fenced = harness.ask(static_heartbeat(&former));
    let error = Some(ErrorCode::FencedInstanceId);
    assert!(matches!(fenced.as_slice(), [Response::Heartbeat(it)] if it.error == error));
    let alive = harness.ask(static_heartbeat(&answer.member_id));
    assert!(matches!(alive.as_slice(), [Response::Heartbeat(it)] if it.error.is_none()));
}

/// Kafka 4.3.1: the same, when the new id cannot be stored.
#[test]
fn a_static_member_whose_new_id_is_not_stored_stays_who_it_was() {
    let mut harness = Harness::new();
    let former = harness.static_member_joined();
    harness.assign(&former);
    harness.ask(static_join(""));
    for write in std::mem::take(&mut harness.writes) {
        let outcome = Err(ErrorCode::NotEnoughReplicas);
        harness.run(|coordinator, cx| coordinator.on_write_completed(write.id, outcome, cx));
    }
    let answer = joined(std::mem::take(&mut harness.responses));
    assert_eq!(answer.error, Some(ErrorCode::CoordinatorNotAvailable));
    let alive = harness.ask(static_heartbeat(&former));
    assert!(matches!(alive.as_slice(), [Response::Heartbeat(it)] if it.error.is_none()));
}
