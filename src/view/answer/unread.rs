//! Why a record is not readable yet, or a high watermark stands still: who has not fetched past
//! it, as far as its leader knows, or why too few are in sync.

use highwater_engine::kafka::broker::{ReplicaRole, ReplicaState};
use highwater_engine::kafka::event::KafkaEvent;
use highwater_engine::kafka::ids::{BrokerId, EventId, NodeId, Offset, TopicName, TopicPartition};
use highwater_engine::sim::machine::Status;
use highwater_engine::sim::timeline::Timeline;
use highwater_engine::sim::world::World;

use super::chain::{chain, first_link};
use super::{Answer, SETTING, Spot, SpotNode, instead, key};
use crate::view::format::{capitalized, clock, list};
use crate::view::part::{Act, Kind, Parts};
use crate::view::project::{told, was_readable};
use crate::view::subject::{Subject, event_of};

/// A high watermark that has not moved for so long stands still, in microseconds.
const STANDS_FROM_US: u64 = 500_000;

impl Answer {
    /// Why nobody may read the record at `offset` yet; none if everybody may, or nobody leads.
    ///
    /// Kafka 4.3.1: `Partition#maybeIncrementLeaderHW`, `Partition#isUnderMinIsr`.
    pub fn unread(timeline: &Timeline, topic: &str, number: u32, offset: u64) -> Option<Answer> {
        let (partition, leader, state) = led(timeline, topic, number)?;
        let high_watermark = state.high_watermark.0;
        if offset < high_watermark {
            return None;
        }
        let was_readable = was_readable(timeline.world(), &partition, offset);
        let began = StepBack::of(timeline, &partition, leader).filter(|_| was_readable);
        let again = if was_readable { "again " } else { "" };
        let mut parts = Parts::default();
        let head = parts.flow(key(0, 0, Kind::Question));
        head.words = format!("Offset {offset} of p{number} is not {again}readable yet");
        let now = clock(timeline.world().now().0);
        head.note =
            format!("{now}: consumers get only offsets below the high watermark, {high_watermark}");
        if was_readable {
            head.note += "; who has read further waits until it is passed";
        }
        let held = Held {
            timeline,
            partition,
            leader,
            state,
            offset,
            began,
        };
        Some(held.answer(parts))
    }

    /// Why the high watermark does not rise, while records have lain above it for a while; none if
    /// it rises.
    pub(super) fn standing_high_watermark(
        timeline: &Timeline,
        topic: &str,
        number: u32,
    ) -> Option<Answer> {
        let (partition, leader, state) = led(timeline, topic, number)?;
        let (high_watermark, end) = (state.high_watermark.0, state.log_end_offset.0);
        let now = timeline.world().now();
        let rose = event_of(
            timeline,
            topic,
            Subject::HighWatermark { partition: number },
        );
        let rose = rose.and_then(|id| timeline.event(id));
        let stands = rose.is_none_or(|rose| now.since(rose.at).0 >= STANDS_FROM_US);
        if high_watermark >= end || !stands {
            return None;
        }
        let was_readable = was_readable(timeline.world(), &partition, high_watermark);
        let began = StepBack::of(timeline, &partition, leader).filter(|_| was_readable);
        let mut parts = Parts::default();
        let head = parts.flow(key(0, 0, Kind::Question));
        head.words = format!(
            "The high watermark of p{number} stands at {high_watermark}, the leader’s log ends at \
             {end}"
        );
        head.note = clock(now.0);
        let held = Held {
            timeline,
            partition,
            leader,
            state,
            offset: high_watermark,
            began,
        };
        Some(held.answer(parts))
    }
}

/// The partition of that number with its leader and what that knows.
pub(super) fn led(
    timeline: &Timeline,
    topic: &str,
    number: u32,
) -> Option<(TopicPartition, BrokerId, ReplicaState)> {
    let world = timeline.world();
    let partition = TopicPartition::new(&TopicName(topic.into()), number);
    let leader = world.controller().image().partition(&partition)?.leader?;
    let state = world.broker(leader)?.replica(&partition)?;
    Some((partition, leader, state))
}

/// What is held below `offset`, and by whom it was found.
pub(super) struct Held<'a> {
    pub(super) timeline: &'a Timeline,
    pub(super) partition: TopicPartition,
    pub(super) leader: BrokerId,
    pub(super) state: ReplicaState,
    pub(super) offset: u64,
    /// Where its leader began, if the high watermark had been higher already.
    pub(super) began: Option<StepBack>,
}

/// A new leader began with an older high watermark than consumers had been told of.
///
/// Kafka 4.3.1: `Partition#makeLeader` takes the log's own high watermark, which a follower learns from
/// the answers to its fetches; `UnifiedLog#read` gives nothing at offsets beyond it.
pub(super) struct StepBack {
    event: EventId,
    leader: BrokerId,
    /// The high watermark with which it began.
    from: u64,
    /// The highest that a consumer was told of.
    told: u64,
}

impl StepBack {
    fn of(timeline: &Timeline, partition: &TopicPartition, leader: BrokerId) -> Option<StepBack> {
        let told = told(timeline.world(), partition)?.0;
        let number = partition.partition.0;
        let subject = Subject::Leader { partition: number };
        let event = event_of(timeline, partition.topic.as_str(), subject)?;
        match timeline.event(event)?.kafka()? {
            KafkaEvent::BecameLeader { high_watermark, .. } if high_watermark.0 < told => {
                Some(StepBack {
                    event,
                    leader,
                    from: high_watermark.0,
                    told,
                })
            }
            _ => None,
        }
    }

    fn words(&self) -> String {
        let StepBack {
            leader, from, told, ..
        } = self;
        format!(
            "broker {leader}, the new leader, began with the high watermark that it knew as a \
             follower, {from}. The one before had come to {told}: followers learn that one fetch later."
        )
    }
}

impl Answer {
    /// A reason why something stands so, at a broker of that partition.
    pub(super) fn reason(
        &mut self,
        parts: &mut Parts,
        (row, partition, broker): (u32, u32, u32),
        words: &str,
    ) {
        let part = parts.flow(key(row, 0, Kind::Link));
        part.words = if row == 1 { "because " } else { "and because " }.to_owned();
        words.clone_into(&mut part.note);
        self.spots.push(spot_at(row, partition, broker));
    }
}

fn spot_at(row: u32, partition: u32, broker: u32) -> Spot {
    Spot {
        number: row,
        node: SpotNode::Broker(broker),
        partition: Some(partition),
        is_lit: false,
    }
}

impl Held<'_> {
    pub(super) fn answer(self, mut parts: Parts) -> Answer {
        let number = self.partition.partition.0;
        let mut answer = Answer {
            partition: Some(number),
            ..Answer::default()
        };
        let needed = self.state.min_insync_replicas;
        if self.state.role == ReplicaRole::Follower {
            self.chosen_unheard(&mut parts, &mut answer);
        } else if self.state.isr.len() < needed as usize {
            self.below_minimum(&mut parts, &mut answer);
        } else {
            let first = self.step_back(&mut parts, &mut answer);
            let (reasons, setting) = lacking(
                self.timeline.world(),
                (&self.partition, &self.state),
                self.offset,
            );
            if !self.why_away(&mut parts, &mut answer, &reasons) {
                for (row, (broker, words)) in (first..).zip(&reasons) {
                    answer.reason(&mut parts, (row, number, *broker), words);
                }
            }
            let row = first + reasons.len() as u32 - 1;
            parts.flow(key(row, SETTING, Kind::Setting)).words = setting;
        }
        answer.parts = parts.sorted();
        answer
    }

    /// Why the one broker that everybody waits for is paused or down, each cause behind the reason. Says
    /// whether it is.
    #[inline(never)]
    fn why_away(&self, parts: &mut Parts, answer: &mut Answer, reasons: &[(u32, String)]) -> bool {
        let ([(broker, words)], None) = (reasons, &self.began) else {
            return false;
        };
        let (timeline, topic) = (self.timeline, self.partition.topic.as_str());
        let machine = timeline.world().machine(NodeId::Broker(BrokerId(*broker)));
        let is_away = machine
            .is_none_or(|it| matches!(it.status, Status::Paused { .. } | Status::Down { .. }));
        let subject = Subject::Broker { broker: *broker };
        let Some(away) = event_of(timeline, topic, subject).filter(|_| is_away) else {
            return false;
        };
        let mut links = vec![first_link(timeline, away)];
        links[0].words.clone_from(words);
        links.extend(chain(timeline, away));
        // A person's order is seen where it did something.
        for link in links
            .iter_mut()
            .filter(|it| it.explains == away && it.root.is_some())
        {
            link.event = away;
        }
        answer.causes(parts, timeline, topic, &links);
        instead(parts, timeline, &links);
        true
    }

    /// Tells first with which high watermark its leader began, if that had been higher already. Gives the
    /// row of what comes next.
    fn step_back(&self, parts: &mut Parts, answer: &mut Answer) -> u32 {
        let Some(began) = &self.began else { return 1 };
        let part = parts.flow(key(1, 0, Kind::Link));
        part.words = "because ".to_owned();
        part.note = began.words();
        part.act = Some(Act::Jump(began.event.step.0, began.event.index));
        part.is_stop = true;
        answer.spots.push(self.spot(1, began.leader.0));
        2
    }

    /// The controller chose the leader, which has not read that in the metadata log yet: till then
    /// nobody leads.
    ///
    /// Kafka 4.3.1: `ReplicaManager#applyDelta`, `Partition#makeLeader`.
    fn chosen_unheard(&self, parts: &mut Parts, answer: &mut Answer) {
        let Held {
            partition, leader, ..
        } = self;
        let part = parts.flow(key(1, 0, Kind::Link));
        part.words = "because ".to_owned();
        part.note = format!(
            "broker {leader} was chosen to lead p{} and has not heard of it yet: the metadata log is \
             on its way to it. Till then it serves nobody as the leader.",
            partition.partition
        );
        answer.spots.push(self.spot(1, leader.0));
        let known = self.state.high_watermark.0;
        let higher = told(self.timeline.world(), partition).filter(|told| told.0 > known);
        if let Some(told) = higher {
            let part = parts.flow(key(2, 0, Kind::Link));
            part.words = "and because ".to_owned();
            part.note = format!(
                "it knows the high watermark as a follower does, one fetch late: {known}. Consumers had \
                 been told {told} already."
            );
        }
    }

    /// Too few are in sync: the rule, then why they are so few.
    fn below_minimum(&self, parts: &mut Parts, answer: &mut Answer) {
        let in_sync = self.state.isr.len();
        let are = if in_sync == 1 {
            "replica is"
        } else {
            "replicas are"
        };
        let number = self.partition.partition.0;
        let subject = Subject::InSyncReplicas { partition: number };
        let topic = self.partition.topic.as_str();
        let shrunk = event_of(self.timeline, topic, subject);
        let mut links = Vec::from_iter(shrunk.map(|id| first_link(self.timeline, id)));
        links.extend(shrunk.into_iter().flat_map(|id| chain(self.timeline, id)));
        // The rule stands in the first row, before its own causes.
        let rule = format!(
            "only {in_sync} {are} in sync: with fewer than min.insync.replicas the high watermark \
             does not rise (KIP-966)."
        );
        if links.is_empty() {
            let part = parts.flow(key(1, 0, Kind::Link));
            part.words = "because ".to_owned();
            part.note = rule;
            answer.spots.push(self.spot(1, self.leader.0));
        } else {
            let told = std::mem::take(&mut links[0].words);
            links[0].words = format!("{rule} {}", capitalized(&told));
            answer.causes(parts, self.timeline, topic, &links);
            instead(parts, self.timeline, &links);
        }
        let needed = self.state.min_insync_replicas;
        parts.flow(key(1, SETTING, Kind::Setting)).words = format!("min.insync.replicas={needed}");
    }

    fn spot(&self, row: u32, broker: u32) -> Spot {
        spot_at(row, self.partition.partition.0, broker)
    }
}

/// What has to come after the last fetch of a follower of `leader`, in words.
fn what_then(
    world: &World,
    (broker, leader): (BrokerId, Option<BrokerId>),
    partition: &TopicPartition,
    offset: u64,
) -> String {
    let status = world.machine(NodeId::Broker(broker)).map(|it| &it.status);
    let own = world.broker(broker).and_then(|it| it.replica(partition));
    let has_it = own.is_some_and(|own| own.log_end_offset.0 > offset);
    let is_cut = leader.is_some_and(|leader| {
        let ends = [leader, broker].map(NodeId::Broker);
        world.network().cut_by(ends[0], ends[1]).is_some()
    });
    let waits =
        format!("the leader waits until broker {broker} has fetched {offset} or left the ISR.");
    match status {
        Some(Status::Paused { .. }) => format!(". It is paused: {waits}"),
        None | Some(Status::Down { .. }) => format!(". It is down: {waits}"),
        _ if is_cut => format!(". Their link is cut: {waits}"),
        _ if has_it => {
            format!(": the leader learns that it has {offset} only from its next fetch.")
        }
        _ => format!(". It has still to fetch {offset}."),
    }
}

/// Which brokers keep the high watermark from passing `offset`, each with the reason in words, and
/// the numbers that it follows from.
fn lacking(
    world: &World,
    (partition, state): (&TopicPartition, &ReplicaState),
    offset: u64,
) -> (Vec<(u32, String)>, String) {
    let mut ends = vec![state.log_end_offset.to_string()];
    let known = state.in_sync_followers().map(|it| it.log_end_offset);
    ends.extend(known.map(|end| end.map_or_else(|| "?".to_owned(), |end| end.to_string())));
    let registration = world.controller().image().partition(partition);
    let in_sync = registration.map(|registration| &registration.isr);
    let mut reasons = Vec::new();
    for follower in state.lacking(Offset(offset)) {
        let broker = follower.broker.0;
        let has_left = !in_sync.is_some_and(|isr| isr.contains(&follower.broker));
        let words = if has_left {
            format!(
                "the leader has not heard yet that broker {broker} left the ISR: the leader still \
                 waits until broker {broker} has fetched {offset}."
            )
        } else {
            let asked = follower.log_end_offset.map_or_else(
                || "has not fetched from its new leader yet".to_owned(),
                |end| format!("its last fetch asked from offset {end} on"),
            );
            let then = what_then(world, (follower.broker, state.leader), partition, offset);
            format!("broker {broker} is in sync and {asked}{then}")
        };
        reasons.push((broker, words));
    }
    let high_watermark = state.high_watermark.0;
    let setting = format!("high watermark = min({}) = {high_watermark}", list(&ends));
    (reasons, setting)
}
