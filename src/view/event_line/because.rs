//! Events as links of an explanation: the fact that is asked about, what stands after "because",
//! and the setting that mattered.

use highwater_engine::kafka::config::offset_reset::AutoOffsetReset;
use highwater_engine::kafka::event::{ChosenBy, ElectionKind, KafkaEvent, PositionReason};
use highwater_engine::kafka::ids::{NodeId, PartitionId, TopicPartition};
use highwater_engine::kafka::message::Acks;
use highwater_engine::kafka::murmur2::{partition_for_key, positive_murmur2};
use highwater_engine::sim::command::Command;
use highwater_engine::sim::event::{Event, EventKind};
use highwater_engine::sim::invariant::Rule;
use highwater_engine::sim::machine::Process;
use highwater_engine::sim::why::Matter;
use highwater_engine::sim::world::World;

use super::kafka::at_offsets;
use super::{Speaker, breach_words, cause_sentence, partition_name, sentence};
use crate::view::format::{broker_names, bytes_text, capitalized, count, number_word, seconds};

/// What is asked about, as a heading.
pub fn fact(event: &Event, world: &World) -> String {
    let text = match &event.kind {
        EventKind::Kafka(KafkaEvent::BecameLeader { partition, .. }) => {
            let name = partition_name(partition);
            let leader = event.node.map_or_else(String::new, |node| node.to_string());
            format!("The leader of {name} is now {leader}")
        }
        EventKind::Kafka(KafkaEvent::LeaderElected(election)) => {
            let name = partition_name(&election.partition);
            match election.to {
                Some(to) => format!("Broker {to} was chosen to lead {name}"),
                None => format!("Nobody may lead {name}"),
            }
        }
        EventKind::RuleBroken(broken) if broken.rule == Rule::NoAcknowledgedRecordLost => {
            let words = breach_words(broken);
            let record = words.rsplit(' ').next().unwrap_or_default();
            format!("An acknowledged record is lost: {record}")
        }
        EventKind::RuleBroken(broken) => capitalized(&breach_words(broken)),
        _ => sentence(event, world),
    };
    text.trim_end_matches('.').to_owned()
}

/// What stands after "because" for a cause of something about `matter`.
pub fn because(event: &Event, matter: Option<&Matter>, world: &World) -> String {
    let speaker = Speaker {
        world,
        node: event.node,
    };
    let me = event
        .node
        .map_or_else(String::new, |node| speaker.name(node));
    let said = match &event.kind {
        EventKind::CommandGiven(command) => Some(your_doing(&speaker, command)),
        EventKind::Kafka(kafka) => of_controller(kafka)
            .or_else(|| of_log(&me, kafka))
            .or_else(|| of_group(kafka))
            .or_else(|| of_client(&me, kafka)),
        _ => None,
    };
    said.unwrap_or_else(|| inside_a_sentence(event, &cause_sentence(event, matter, world)))
}

/// What concerns leaders and replicas.
fn of_controller(kafka: &KafkaEvent) -> Option<String> {
    Some(match kafka {
        KafkaEvent::LeaderElected(election) if election.kind == ElectionKind::Clean => format!(
            "it is the first in {}’s replica list that is alive and in sync.",
            partition_name(&election.partition)
        ),
        KafkaEvent::LeaderElected(election) => match election.kind {
            ElectionKind::LastKnownLeader => format!(
                "the ISR and the ELR of {} are empty: it is its last known leader, is unfenced \
                 again, and takes over with leader recovery, an unclean election (KIP-966).",
                partition_name(&election.partition)
            ),
            ElectionKind::Unclean => format!(
                "no replica of {} in the ISR or the ELR is alive: it is the first in the replica \
                 list that is.",
                partition_name(&election.partition)
            ),
            _ => return None,
        },
        KafkaEvent::BrokerFenced {
            broker,
            session_timeout_ms,
            ..
        } => format!(
            "the controller fenced broker {broker}: no heartbeat for {}.",
            seconds(session_timeout_ms * 1000).replace(".0 ", "\u{a0}")
        ),
        KafkaEvent::IsrShrinkRequested { partition, out } => {
            let names = broker_names(out);
            let has = if out.len() == 1 { "has" } else { "have" };
            format!(
                "{names} {has} not caught up with {} for too long, says its leader.",
                partition_name(partition)
            )
        }
        KafkaEvent::IsrExpandRequested { partition, joining } => format!(
            "broker {joining} has caught up with {}, says its leader.",
            partition_name(partition)
        ),
        _ => return None,
    })
}

/// What a broker, called `me`, does with records.
fn of_log(me: &str, kafka: &KafkaEvent) -> Option<String> {
    Some(match kafka {
        KafkaEvent::BecameLeader {
            partition,
            start_offset,
            ..
        } => format!(
            "{me} became the leader of {} with log end offset {start_offset}.",
            partition_name(partition)
        ),
        KafkaEvent::HighWatermarkAdvanced { partition, to, .. } => format!(
            "the high watermark of {} rose to {to}: all in-sync replicas have what is below.",
            partition_name(partition)
        ),
        KafkaEvent::RecordsAppended {
            partition,
            base_offset,
            last_offset,
            ..
        } => format!(
            "{me} wrote {} to its log of {}.",
            at_offsets(base_offset.0, last_offset.0),
            partition_name(partition)
        ),
        KafkaEvent::RecordsReplicated {
            partition,
            base_offset,
            last_offset,
        } => format!(
            "{me} copied {} of {}.",
            at_offsets(base_offset.0, last_offset.0),
            partition_name(partition)
        ),
        _ => return None,
    })
}

/// What a group's coordinator does.
fn of_group(kafka: &KafkaEvent) -> Option<String> {
    let KafkaEvent::GenerationStable {
        group_id,
        generation_id,
        members,
    } = kafka
    else {
        return None;
    };
    Some(format!(
        "group {group_id} is stable in generation {generation_id} with {}: the group’s leader ran \
         the assignor.",
        count(members.len() as u64, "member")
    ))
}

/// What a client, called `me`, does.
fn of_client(me: &str, kafka: &KafkaEvent) -> Option<String> {
    Some(match kafka {
        KafkaEvent::BatchSent {
            partition,
            record_count,
            attempt,
            ..
        } => {
            let again = if *attempt > 1 { " again" } else { "" };
            let records = count(u64::from(*record_count), "record");
            format!(
                "{me} sent {records} to {}{again}.",
                partition_name(partition)
            )
        }
        KafkaEvent::RecordQueued {
            partition,
            chosen_by,
            key,
            ..
        } => queued(me, &partition_name(partition), *chosen_by, key.as_deref()),
        KafkaEvent::SendCompleted {
            outcome: Ok(stored),
            ..
        } => format!(
            "{me} had been told that offset {} of {} was stored.",
            stored.offset?,
            partition_name(&stored.partition)
        ),
        KafkaEvent::RecordsPolled {
            partition,
            to,
            count: polled,
            ..
        } => format!(
            "{me} got {} of {}: its position was then {to}.",
            count(u64::from(*polled), "record"),
            partition_name(partition)
        ),
        _ => return None,
    })
}

/// A record that a producer took, and what decided about its partition.
fn queued(me: &str, partition: &str, chosen_by: ChosenBy, key: Option<&[u8]>) -> String {
    let record = key.map_or_else(
        || "a record without a key".to_owned(),
        |key| format!("a record with key {}", bytes_text(key)),
    );
    match chosen_by {
        ChosenBy::Application => format!("{me} took a record that names {partition} itself."),
        ChosenBy::Key => format!("{me} took {record}, which belongs in {partition}."),
        ChosenBy::RoundRobin => format!("{me} took {record} when it was the turn of {partition}."),
        ChosenBy::Sticky => {
            format!("{me} took {record} while it filled a batch of {partition}.")
        }
    }
}

/// The last heartbeat that came, `us` before its broker was fenced, and those that did not.
pub fn last_heartbeat(us: u64, missed: usize) -> String {
    let then = match missed {
        0 => "none came since".to_owned(),
        1 => "one was missed".to_owned(),
        _ => format!("{} were missed", number_word(missed)),
    };
    format!(
        "its last heartbeat came {} earlier; {then}.",
        seconds(us).replace(' ', "\u{a0}")
    )
}

/// What decided: a setting as it stands in a configuration file, or how a key chose.
pub fn setting(event: &Event, world: &World) -> Option<String> {
    let broker = world.controller().config();
    let process = event.node.and_then(|node| world.machine(node));
    let process = process.map(|machine| &machine.process);
    let kafka = match (&event.kind, process) {
        (EventKind::Kafka(kafka), _) => kafka,
        (EventKind::MessageReceived { message, .. }, Some(Process::Consumer(consumer)))
            if message.calls_to_join() =>
        {
            let ms = consumer.config().heartbeat_interval.as_millis();
            return Some(format!("heartbeat.interval.ms={ms}"));
        }
        _ => return None,
    };
    let (name, value) = match (kafka, process) {
        (
            KafkaEvent::BrokerFenced {
                session_timeout_ms, ..
            },
            _,
        ) => ("broker.session.timeout.ms", session_timeout_ms.to_string()),
        (KafkaEvent::IsrShrinkRequested { .. }, _) => {
            let ms = broker.replica_lag_time_max.0 / 1000;
            ("replica.lag.time.max.ms", ms.to_string())
        }
        (KafkaEvent::LeaderElected(election), _) if election.kind == ElectionKind::Unclean => {
            ("unclean.leader.election.enable", "true".to_owned())
        }
        (
            KafkaEvent::PositionSet {
                reason: PositionReason::AutoOffsetReset,
                ..
            },
            Some(Process::Consumer(consumer)),
        ) => {
            let reset = consumer.config().auto_offset_reset;
            ("auto.offset.reset", reset_word(reset).to_owned())
        }
        (
            KafkaEvent::SendCompleted { .. } | KafkaEvent::BatchSent { .. },
            Some(Process::Producer(producer)),
        ) => return Some(acks_words(producer.config().acks).to_owned()),
        (KafkaEvent::GenerationStable { .. }, _) => {
            ("partition.assignment.strategy", "RangeAssignor".to_owned())
        }
        (KafkaEvent::ProduceWaits { .. }, _) => return Some("acks=all".to_owned()),
        (
            KafkaEvent::RecordQueued {
                partition,
                chosen_by: ChosenBy::Key,
                key: Some(key),
                ..
            },
            _,
        ) => return hash_of(key, partition, world),
        _ => return None,
    };
    Some(format!("{name}={value}"))
}

fn reset_word(reset: AutoOffsetReset) -> &'static str {
    match reset {
        AutoOffsetReset::Earliest => "earliest",
        AutoOffsetReset::Latest => "latest",
        AutoOffsetReset::None => "none",
        AutoOffsetReset::ByDuration(_) => "by_duration",
    }
}

/// How the hash of a key leads to its partition; nothing if the topic has more of them by now.
fn hash_of(key: &[u8], partition: &TopicPartition, world: &World) -> Option<String> {
    let topic = world.controller().image().topics.get(&partition.topic)?;
    let count = topic.partitions.len() as u32;
    let is_chosen = count > 0 && partition_for_key(key, count) == partition.partition;
    is_chosen.then(|| hash_words(key, count, partition.partition))
}

/// The way from a key to the one of `count` partitions that its hash chose.
pub fn hash_words(key: &[u8], count: u32, chosen: PartitionId) -> String {
    let hash = positive_murmur2(key);
    format!("toPositive(murmur2(key)) = {hash}, {hash} % {count} = {chosen}")
}

/// `acks` as a setting.
pub fn acks_words(acks: Acks) -> &'static str {
    match acks {
        Acks::None => "acks=0",
        Acks::Leader => "acks=1",
        Acks::All => "acks=all",
    }
}

/// What a person's order is to the operating system: stands last in the words about it.
pub fn signal(command: &Command) -> Option<&'static str> {
    match command {
        Command::CrashBroker { .. } | Command::CrashClient { .. } => Some("kill -9"),
        Command::PauseBroker { .. } | Command::PauseClient { .. } => Some("kill -STOP"),
        _ => None,
    }
}

/// What a person did, said to that person.
fn your_doing(speaker: &Speaker<'_>, command: &Command) -> String {
    match command {
        Command::StartWorkload { producer, workload } => format!(
            "{producer} is set to write to {} every {} ms.",
            workload.topic, workload.interval_ms
        ),
        Command::Call { client, method } => {
            format!("{client}’s application called {}.", method.method())
        }
        command => {
            let done = past(&speaker.command(command));
            match signal(command) {
                Some(signal) => format!("you {done}, {signal}"),
                None => format!("you {done}."),
            }
        }
    }
}

/// An order as something that was done: `kill broker 1` as `killed broker 1`.
fn past(order: &str) -> String {
    let (verb, rest) = order.split_once(' ').unwrap_or((order, ""));
    let ending = match verb {
        "let" | "cut" | "shut" | "set" | "put" => "",
        "stop" | "drop" => "ped",
        _ if verb.ends_with('e') => "d",
        _ => "ed",
    };
    format!("{verb}{ending} {rest}")
}

/// The sentence as it stands after "because". Clients' names keep their first letter.
fn inside_a_sentence(event: &Event, sentence: &str) -> String {
    let mut chars = sentence.chars();
    match (event.node, chars.next()) {
        (None | Some(NodeId::Controller | NodeId::Broker(_)), Some(first)) => {
            let rest = chars.as_str();
            [first.to_ascii_lowercase().encode_utf8(&mut [0; 4]), rest].concat()
        }
        _ => sentence.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_order_is_told_as_something_that_was_done() {
        assert_eq!(past("kill broker 1"), "killed broker 1");
        assert_eq!(past("pause broker 1"), "paused broker 1");
        assert_eq!(past("cut the link"), "cut the link");
        assert_eq!(past("stop broker 1"), "stopped broker 1");
    }
}
