//! The chain of causes in the order of reading: what repeats itself in one line, a person's order
//! together with what it did, and what ends at once before what leads on.

use highwater_engine::kafka::event::{ElectionKind, KafkaEvent};
use highwater_engine::kafka::ids::EventId;
use highwater_engine::sim::event::{Event, EventKind};
use highwater_engine::sim::invariant::Rule;
use highwater_engine::sim::timeline::Timeline;
use highwater_engine::sim::why::why;

use crate::view::event_line::at_offsets;
use crate::view::event_line::because::{because, last_heartbeat};

/// The most links of a chain of causes before some of them are told in one line.
const LINKS_MAX: usize = 20;
/// The most that are told.
const TOLD_MAX: usize = 12;

/// What a heartbeat says that lets the controller unfence its broker.
const CAUGHT_UP: &str = "a heartbeat of it asked for that, and it has read all metadata.";

/// How an answer to `acks=1` stands in the way of who counts on it.
const TOO_EARLY: &str = ", before any follower had fetched it.";

/// A cause.
pub(super) struct Link {
    /// The event.
    pub(super) event: EventId,
    /// What it is a cause of.
    pub(super) explains: EventId,
    /// What stands after "because".
    pub(super) words: String,
    /// The first of the heartbeats that did not come after this one, and how many.
    missed: Option<(EventId, usize)>,
    /// The order that a person gave, if that is what it comes down to.
    pub(super) root: Option<EventId>,
}

impl Link {
    /// Whether this is the fact itself: the rule by which a choice was made is its first cause.
    pub(super) fn is_fact(&self) -> bool {
        self.event == self.explains
    }
}

/// Why `question` happened.
pub(super) fn chain(timeline: &Timeline, question: EventId) -> Vec<Link> {
    let mut links: Vec<Link> = Vec::new();
    for link in why(timeline, question, LINKS_MAX) {
        let is_told = links.iter().any(|other| other.event == link.event);
        let Some(event) = timeline.event(link.event).filter(|_| !is_told) else {
            continue;
        };
        if is_missed(event) && count_on(timeline, &mut links, (link.explains, link.event)) {
            continue;
        }
        // What explains the first heartbeat that did not come explains the line that tells of it.
        let is_its = |other: &&Link| {
            other
                .missed
                .is_some_and(|(first, _)| first == link.explains)
        };
        let explains = links
            .iter()
            .find(is_its)
            .map_or(link.explains, |it| it.event);
        let words = timeline
            .event(link.explains)
            .and_then(|explained| words_for(event, explained))
            .unwrap_or_else(|| because(event, link.matter.as_ref(), timeline.world()));
        let is_order = matches!(event.kind, EventKind::CommandGiven(_));
        if is_order
            && let Some(done) = links.iter_mut().find(|other| other.event == link.explains)
            && timeline.event(done.event).is_some_and(is_outer)
        {
            done.words = words;
            done.root = Some(link.event);
            continue;
        }
        links.push(Link {
            event: link.event,
            explains,
            words,
            missed: None,
            root: is_order.then_some(link.event),
        });
    }
    if timeline.event(question).is_some_and(is_loss) {
        tell_of_a_loss(timeline, &mut links);
    }
    let mut told = Vec::from_iter(choice(timeline, question));
    tell(&mut links, question, &mut told);
    told.truncate(TOLD_MAX);
    told
}

/// A fact as the first link of another explanation, before its own causes.
pub(super) fn first_link(timeline: &Timeline, id: EventId) -> Link {
    let event = timeline.event(id);
    Link {
        event: id,
        explains: EventId::default(),
        words: event.map_or_else(String::new, |event| because(event, None, timeline.world())),
        missed: None,
        root: None,
    }
}

/// By which rule somebody was chosen, if that is the question.
fn choice(timeline: &Timeline, question: EventId) -> Option<Link> {
    let event = timeline.event(question)?;
    let KafkaEvent::LeaderElected(election) = event.kafka()? else {
        return None;
    };
    let is_choice = election.to.is_some()
        && matches!(
            election.kind,
            ElectionKind::Clean | ElectionKind::Unclean | ElectionKind::LastKnownLeader
        );
    is_choice.then(|| Link {
        event: question,
        explains: question,
        words: because(event, None, timeline.world()),
        missed: None,
        root: None,
    })
}

/// What a cause is called only because of what it explains.
fn words_for(event: &Event, explained: &Event) -> Option<String> {
    match (event.kafka()?, explained.kafka()?) {
        (KafkaEvent::BrokerHeartbeatReceived { .. }, KafkaEvent::BrokerUnfenced { .. }) => {
            Some(CAUGHT_UP.to_owned())
        }
        (KafkaEvent::BrokerHeartbeatReceived { .. }, KafkaEvent::BrokerFenced { .. }) => {
            Some(last_heartbeat(explained.at.since(event.at).0, 0))
        }
        (KafkaEvent::BrokerRegistered { broker, .. }, KafkaEvent::ElrChanged { from, to, .. })
            if from.contains(broker) && !to.contains(broker) =>
        {
            Some(format!(
                "broker {broker} registered again after an unclean shutdown: its disk may lack \
                 what it had, so it is eligible no more."
            ))
        }
        // An acks=all write is acknowledged because the high watermark rose.
        (
            KafkaEvent::RecordsAppended {
                base_offset,
                last_offset,
                ..
            },
            KafkaEvent::SendCompleted { .. },
        ) => Some(format!(
            "its leader, {}, wrote {} to its log; acks=1 waits for no follower.",
            event.node?,
            at_offsets(base_offset.0, last_offset.0)
        )),
        _ => None,
    }
}

fn is_loss(event: &Event) -> bool {
    matches!(&event.kind, EventKind::RuleBroken(it) if it.rule == Rule::NoAcknowledgedRecordLost)
}

/// A record is lost because somebody leads who lacks it, and because its producer was told too early. That
/// a clean election went by its rule, and where the record came from, explains neither.
fn tell_of_a_loss(timeline: &Timeline, links: &mut Vec<Link>) {
    let kafka = |id: EventId| timeline.event(id).and_then(Event::kafka);
    // What is left out, with what its causes explain instead, if they are told.
    let mut left_out: Vec<(EventId, Option<EventId>)> = Vec::new();
    let mut kept: Vec<Link> = Vec::with_capacity(links.len());
    for mut link in links.drain(..) {
        let parent = left_out.iter().find(|(id, _)| *id == link.explains);
        let explains = parent.map_or(Some(link.explains), |(_, instead)| *instead);
        let Some(explains) = explains else {
            left_out.push((link.event, None));
            continue;
        };
        link.explains = explains;
        match (kafka(link.event), kafka(explains)) {
            (Some(KafkaEvent::LeaderElected(it)), _) if it.kind == ElectionKind::Clean => {
                left_out.push((link.event, Some(explains)));
            }
            (Some(KafkaEvent::RecordsAppended { .. }), Some(KafkaEvent::SendCompleted { .. })) => {
                if let Some(answer) = kept.iter_mut().find(|it| it.event == explains) {
                    let words = answer.words.trim_end_matches('.');
                    answer.words = [words, TOO_EARLY].concat();
                }
                left_out.push((link.event, None));
            }
            (_, Some(KafkaEvent::RecordsAppended { .. })) => left_out.push((link.event, None)),
            _ => kept.push(link),
        }
    }
    *links = kept;
}

fn is_heartbeat(event: &Event) -> bool {
    let kafka = event.kafka();
    kafka.is_some_and(|kafka| matches!(kafka, KafkaEvent::BrokerHeartbeatReceived { .. }))
}

fn is_missed(event: &Event) -> bool {
    matches!(event.kind, EventKind::HeartbeatMissed { .. })
}

/// Counts one more missed heartbeat on the line that tells of the last one that came.
fn count_on(timeline: &Timeline, links: &mut [Link], (fenced, missed): (EventId, EventId)) -> bool {
    for line in links.iter_mut().filter(|line| line.explains == fenced) {
        if let (Some(last), Some(fenced)) = (timeline.event(line.event), timeline.event(fenced))
            && is_heartbeat(last)
        {
            let (first, before) = line.missed.unwrap_or((missed, 0));
            line.missed = Some((first, before + 1));
            line.words = last_heartbeat(fenced.at.since(last.at).0, before + 1);
            return true;
        }
    }
    false
}

/// What happens to a process or a link from outside.
fn is_outer(event: &Event) -> bool {
    matches!(
        event.kind,
        EventKind::ProcessCrashed
            | EventKind::ProcessTerminating
            | EventKind::ProcessPaused
            | EventKind::ProcessResumed
            | EventKind::LinkCut { .. }
            | EventKind::LinkHealed { .. }
            | EventKind::LinkDelayed { .. }
    )
}

/// Moves the causes of `explained` over, each with its own behind it: first those that lead no
/// further, a person's order last.
fn tell(links: &mut Vec<Link>, explained: EventId, told: &mut Vec<Link>) {
    for turn in 0..3 {
        while let Some(place) = links
            .iter()
            .position(|link| link.explains == explained && turn_of(links, link) == turn)
        {
            let link = links.remove(place);
            let event = link.event;
            told.push(link);
            tell(links, event, told);
        }
    }
}

fn turn_of(links: &[Link], link: &Link) -> u32 {
    let leads_on = links.iter().any(|other| other.explains == link.event);
    match (leads_on, link.root.is_some()) {
        (true, _) => 1,
        (false, false) => 0,
        (false, true) => 2,
    }
}
