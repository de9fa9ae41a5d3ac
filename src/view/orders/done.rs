//! What was done to the cluster, in a few words: said right afterwards, beside the way back.

use highwater_engine::kafka::client::call::ClientCall;
use highwater_engine::sim::command::Command;

/// What these commands, given one after the other, have done.
pub fn done(commands: &[Command]) -> String {
    let added = match commands.first() {
        Some(Command::AddProducer { name, .. } | Command::AddConsumer { name, .. }) => Some(name),
        _ => None,
    };
    match (added, commands.last()) {
        (Some(name), Some(Command::Call { client, method })) if *method == ClientCall::Close => {
            format!("{name} took over from {client}")
        }
        (_, Some(Command::Call { client, method })) if added != Some(client) => {
            called(client, method)
        }
        (
            _,
            Some(Command::Call {
                method: ClientCall::Send(_),
                ..
            }),
        ) => "Record given to the producer".to_owned(),
        (Some(name), _) => format!("{name} added"),
        (None, Some(command)) => ordered(command),
        (None, None) => String::new(),
    }
}

fn ordered(command: &Command) -> String {
    match command {
        Command::CrashBroker { broker } => format!("Broker {broker} crashed"),
        Command::CutPower { broker } => format!("Power of broker {broker} cut"),
        Command::StopBroker { broker } => format!("Broker {broker} told to stop"),
        Command::StartBroker { broker } => format!("Broker {broker} restarted"),
        Command::PauseBroker { broker } => format!("Broker {broker} paused"),
        Command::ResumeBroker { broker } => format!("Broker {broker} resumed"),
        Command::CutLink { .. } => "Link cut".to_owned(),
        Command::HealLink { .. } => "Link healed".to_owned(),
        Command::DelayLink { extra_ms: 0, .. } => "Link as fast as before".to_owned(),
        Command::DelayLink { extra_ms, .. } => format!("Link slowed by {extra_ms} ms"),
        Command::HoldMessage { .. } => "Message held".to_owned(),
        Command::ReleaseMessage { .. } => "Message released".to_owned(),
        Command::DropMessage { .. } => "Message dropped".to_owned(),
        Command::AddProducer { name, .. } | Command::AddConsumer { name, .. } => {
            format!("{name} added")
        }
        Command::CrashClient { client } => format!("{client} crashed"),
        Command::PauseClient { client } => format!("{client} paused"),
        Command::ResumeClient { client } => format!("{client} resumed"),
        Command::Call { client, method } => called(client, method),
        Command::StartWorkload { producer, .. } => format!("{producer} writes by itself"),
        Command::StopWorkload { producer } => format!("{producer} writes no more"),
    }
}

fn called(client: &str, method: &ClientCall) -> String {
    match method {
        ClientCall::Send(_) => "Record given to the producer".to_owned(),
        ClientCall::Close => format!("{client} told to close"),
        ClientCall::StartPolling => format!("{client} polls again"),
        ClientCall::StopPolling => format!("{client} polls no more"),
        ClientCall::CreateTopic { topic, .. } => format!("Topic {topic} created"),
        ClientCall::DeleteTopic { topic } => format!("Topic {topic} deleted"),
        ClientCall::CreatePartitions { topic, .. } => format!("Partitions of {topic} added"),
        ClientCall::DeleteRecords { partition, .. } => format!("Records of {partition} deleted"),
        ClientCall::AlterConfig { .. } => "Settings changed".to_owned(),
        ClientCall::ElectLeaders { .. } => "Election held".to_owned(),
        other => format!("{} called", other.method()),
    }
}

#[cfg(test)]
mod tests {
    use highwater_engine::kafka::client::call::ProducerRecord;
    use highwater_engine::kafka::ids::{BrokerId, TopicName};

    use super::*;
    use crate::view::orders::{call, consume, settings};

    #[test]
    fn what_was_done_is_said_in_the_past() {
        let broker = BrokerId(1);
        assert_eq!(done(&[Command::CrashBroker { broker }]), "Broker 1 crashed");
        let joined = consume("consumer-3", settings([]), "orders");
        assert_eq!(done(&joined), "consumer-3 added");
        let mut replaced = joined;
        replaced.push(call("consumer-1", ClientCall::Close));
        assert_eq!(done(&replaced), "consumer-3 took over from consumer-1");
    }

    #[test]
    fn a_record_is_sent_also_by_a_producer_that_was_made_for_it() {
        let record = ProducerRecord {
            topic: TopicName("orders".into()),
            partition: None,
            key: None,
            value: None,
            headers: Vec::new(),
            timestamp_ms: None,
        };
        let send = call("you", ClientCall::Send(record));
        let add = Command::AddProducer {
            name: "you".to_owned(),
            config: settings([]),
        };
        assert_eq!(
            done(&[add.clone(), send.clone()]),
            "Record given to the producer"
        );
        assert_eq!(done(&[send]), "Record given to the producer");
        assert_eq!(done(&[add]), "you added");
    }
}
