//! Answers about how something stands: they change as the run goes on, are over some day, and are not so yet
//! where one goes back to before they were.

use highwater_engine::kafka::ids::StepId;
use highwater_engine::kafka::time::SimTime;
use highwater_engine::sim::timeline::Timeline;

use super::Answer;
use crate::view::format::clock;
use crate::view::part::Kind;
use crate::view::subject::Subject;

impl Answer {
    /// Why a thing is as it stands right now, if no single event made it so.
    pub fn standing(timeline: &Timeline, topic: &str, subject: Subject) -> Option<Answer> {
        let answer = match subject {
            Subject::Record {
                partition, offset, ..
            } => Answer::unread(timeline, topic, partition, offset),
            Subject::HighWatermark { partition } => {
                Answer::standing_high_watermark(timeline, topic, partition)
            }
            Subject::Unanswered { client, partition } => {
                Answer::unanswered(timeline, topic, (client, partition))
            }
            Subject::Unsent { client, partition } => {
                Answer::unsent(timeline, topic, (client, partition))
            }
            Subject::InSyncReplicas { partition } => {
                Answer::all_in_sync(timeline, topic, partition)
            }
            _ => None,
        };
        Some(Answer {
            standing: Some(subject),
            held: Some(present(timeline)),
            ..answer?
        })
    }

    /// Whether there is something to keep true: also what is not so yet, or not in this future.
    pub fn is_any(&self) -> bool {
        !self.parts.is_empty() || self.standing.is_some()
    }

    /// Keeps an answer about how something stands true as the run goes on, or says that it is over;
    /// answers what was asked again.
    #[inline(never)]
    pub fn follow(&mut self, timeline: &Timeline, topic: &str) {
        let Some(subject) = self.standing else {
            return self.find_again(timeline, topic);
        };
        let is_later = self.held.is_some_and(|held| is_past(timeline, held));
        if self.is_over && is_later {
            return;
        }
        match Answer::standing(timeline, topic, subject) {
            Some(present) if present.parts == self.parts => self.held = present.held,
            None if is_later => self.end(timeline),
            present => {
                // Where it is not so its causes lie ahead, or in another future.
                let present = present.unwrap_or_default();
                *self = Answer {
                    standing: self.standing,
                    acted_since: self.acted_since,
                    ..present
                }
            }
        }
    }

    /// Says that it is no longer so; how it was stays to be read.
    fn end(&mut self, timeline: &Timeline) {
        let now = clock(timeline.world().now().0);
        let head = self.parts.iter_mut();
        for head in head.filter(|part| part.kind() == Kind::Question) {
            head.note = format!("{now}: no longer so");
        }
        self.is_over = true;
        self.spots.clear();
        self.partition = None;
    }
}

fn present(timeline: &Timeline) -> (StepId, SimTime) {
    (timeline.position(), timeline.world().now())
}

/// Whether that moment lies before the present one, in the future that is looked at.
fn is_past(timeline: &Timeline, (position, at): (StepId, SimTime)) -> bool {
    let last = position.0.checked_sub(1).map(StepId);
    let step = last.and_then(|last| timeline.branch().step(last));
    // A step that is no longer remembered lies far behind.
    position < timeline.position() && step.is_none_or(|step| step.at == at)
}
