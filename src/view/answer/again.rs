//! The question of an answer, asked once more in another future: who branches off to do otherwise
//! wants to see the same thing come about differently.

use std::mem::{Discriminant, discriminant};

use highwater_engine::kafka::event::KafkaEvent;
use highwater_engine::kafka::ids::{EventId, StepId, TopicPartition};
use highwater_engine::sim::event::{Event, EventKind};
use highwater_engine::sim::timeline::Timeline;

use super::Answer;
use crate::view::event_line::partition_of;

/// What is to be answered as soon as it happens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Again {
    kind: Discriminant<KafkaEvent>,
    partition: Option<TopicPartition>,
    /// The first step that was not looked at yet.
    from: StepId,
}

impl Again {
    fn is_of(&self, event: &Event) -> bool {
        let is_of = |kafka: &KafkaEvent| {
            discriminant(kafka) == self.kind && partition_of(kafka) == self.partition.as_ref()
        };
        event.kafka().is_some_and(is_of)
    }
}

impl Answer {
    /// The question that is answered, for another future; none if it was about how something stands.
    #[inline(never)]
    pub fn again(&self, timeline: &Timeline) -> Option<Again> {
        let (question, _) = self.question?;
        let kafka = timeline.event(question)?.kafka()?;
        Some(Again {
            kind: discriminant(kafka),
            partition: partition_of(kafka).cloned(),
            from: question.step,
        })
    }

    /// What was ordered just now, until `again` has an answer.
    #[inline(never)]
    pub fn instead(timeline: &Timeline, topic: &str, again: Again) -> Option<Answer> {
        let from = timeline.position();
        let order = EventId {
            step: StepId(from.0.checked_sub(1)?),
            index: 0,
        };
        let event = timeline.event(order)?;
        matches!(event.kind, EventKind::CommandGiven(_)).then_some(())?;
        let mut answer = Answer::new(timeline, topic, order)?;
        if let Some(heading) = answer.parts.first_mut() {
            heading.note += ". What you asked is answered here as soon as it happens.";
        }
        answer.again = Some(Again { from, ..again });
        Some(answer)
    }

    /// Answers what was asked again, if that has happened by now.
    pub(super) fn find_again(&mut self, timeline: &Timeline, topic: &str) {
        let Some(again) = &mut self.again else {
            return;
        };
        let position = timeline.position();
        let steps = (again.from.0..position.0).filter_map(|id| timeline.branch().step(StepId(id)));
        let mut events = steps.flat_map(|step| &step.events);
        let found = events
            .find(|event| again.is_of(event))
            .map(|event| event.id);
        again.from = position;
        if let Some(answer) = found.and_then(|id| Answer::new(timeline, topic, id)) {
            *self = answer;
        }
    }
}
