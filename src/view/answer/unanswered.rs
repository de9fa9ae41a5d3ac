//! Why a producer has no answer yet: for acks=all whom the leader waits for, else what keeps the
//! request from its leader.

use highwater_engine::kafka::client::producer::{Producer, ProducerBatch};
use highwater_engine::kafka::ids::{BrokerId, EventId, NodeId};
use highwater_engine::sim::event::EventKind;
use highwater_engine::sim::timeline::Timeline;

use super::chain::{chain, first_link};
use super::unread::{Held, led};
use super::unsent::{away, producer_of};
use super::{Answer, key};
use crate::view::event_line::at_offsets;
use crate::view::event_line::because::acks_words;
use crate::view::format::age_words;
use crate::view::part::{Kind, Parts};

impl Answer {
    /// Why the oldest request of a producer for a partition is not answered; none if none is under
    /// way.
    pub(super) fn unanswered(
        timeline: &Timeline,
        topic: &str,
        (client, number): (u32, u32),
    ) -> Option<Answer> {
        let world = timeline.world();
        let (node, producer) = producer_of(world, client)?;
        let is_it = |batch: &&ProducerBatch| {
            let partition = batch.partition();
            partition.topic.as_str() == topic && partition.partition.0 == number
        };
        let oldest = producer
            .in_flight()
            .filter(is_it)
            .min_by_key(|it| it.created_at())?;
        let mut parts = Parts::default();
        let head = parts.flow(key(0, 0, Kind::Question));
        head.words = format!("{} has no answer from p{number}’s leader", producer.name());
        head.note = format!(
            "{}, for {}",
            acks_words(producer.config().acks),
            age_words(world.now().since(oldest.created_at()).0)
        );
        let is_its = |received: EventId| {
            let event = timeline.event(received).map(|event| &event.kind);
            matches!(event, Some(EventKind::MessageReceived { from, .. }) if *from == node)
        };
        let (partition, leader, state) = led(timeline, topic, number)?;
        let waiting = state.waiting_produces.iter();
        let waiting = waiting.filter(|it| is_its(it.received));
        if let Some(waiting) = waiting.min_by_key(|it| it.required_offset) {
            let last = waiting.required_offset.0.saturating_sub(1);
            let first = waiting.base_offset.map_or(last, |first| first.0);
            head.words = format!(
                "{} has no answer for {} of p{number}",
                producer.name(),
                at_offsets(first, last)
            );
            let held = Held {
                timeline,
                partition,
                leader,
                state,
                offset: last,
                began: None,
            };
            return Some(held.answer(parts));
        }
        let mut answer = Answer {
            partition: Some(number),
            ..Answer::default()
        };
        let to = producer.metadata().leader(oldest.partition());
        answer.on_its_way(&mut parts, timeline, topic, (producer, node, to));
        answer.parts = parts.sorted();
        Some(answer)
    }

    /// What keeps a request, or its answer, if the leader does not wait for others.
    fn on_its_way(
        &mut self,
        parts: &mut Parts,
        timeline: &Timeline,
        topic: &str,
        (producer, node, to): (&Producer, NodeId, Option<BrokerId>),
    ) {
        if let Some(cause) = to.and_then(|to| away(timeline, topic, (node, to))) {
            let mut links = vec![first_link(timeline, cause)];
            links.extend(chain(timeline, cause));
            self.causes(parts, timeline, topic, &links);
            return;
        }
        let part = parts.flow(key(1, 0, Kind::Link));
        part.words = "because ".to_owned();
        part.note = match to {
            Some(to) => format!("its request to broker {to}, or the answer, is still under way."),
            None => format!("{} knows no leader to ask.", producer.name()),
        };
    }
}
