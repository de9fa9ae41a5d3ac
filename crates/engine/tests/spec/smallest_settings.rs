//! Whatever a setting allows, the run goes on: nothing is repeated for ever in one moment.

use highwater_engine::kafka::client::call::ClientCall;
use highwater_engine::kafka::config::Properties;
use highwater_engine::kafka::config::catalogue::SettingsOf;
use highwater_engine::kafka::config::setting::Kind;
use highwater_engine::kafka::ids::BrokerId;
use highwater_engine::kafka::time::SimTime;
use highwater_engine::sim::command::Command;
use highwater_engine::sim::scenario::{Scenario, TimedCommand};
use highwater_engine::sim::timeline::Timeline;

use crate::support::first_sight;

const END: SimTime = SimTime(6_000_000);
/// A hundred times as many as with Kafka's defaults.
const STEPS_MAX: usize = 200_000;

fn smallest(kind: Kind) -> Option<i64> {
    match kind {
        Kind::Short(least) | Kind::Int(least, _) | Kind::Long(least) => Some(least),
        _ => None,
    }
}

/// The properties that a setting of that kind would stand in.
fn properties_of(command: &mut Command, of: SettingsOf) -> Option<&mut Properties> {
    match (of, command) {
        (SettingsOf::Producer, Command::AddProducer { config, .. })
        | (SettingsOf::Consumer, Command::AddConsumer { config, .. }) => Some(config),
        (
            SettingsOf::Topic,
            Command::Call {
                method: ClientCall::CreateTopic { config, .. },
                ..
            },
        ) => Some(config),
        _ => None,
    }
}

/// The first sight with that setting, in which a broker dies.
fn scenario_with(of: SettingsOf, name: &str, value: i64) -> Scenario {
    let mut scenario = first_sight();
    let set = |properties: &mut Properties| {
        properties.insert(name.to_owned(), value.to_string());
    };
    if of == SettingsOf::Broker {
        set(&mut scenario.cluster.config);
    }
    for timed in &mut scenario.commands {
        if let Some(properties) = properties_of(&mut timed.command, of) {
            set(properties);
        }
    }
    let broker = BrokerId(2);
    let crash = Command::CrashBroker { broker };
    let crash = TimedCommand::recorded(SimTime(3_500_000), None, crash);
    scenario.commands.push(crash);
    scenario
}

#[test]
fn no_setting_at_its_smallest_value_lets_time_stand_still() {
    let mut played = 0;
    for of in [
        SettingsOf::Broker,
        SettingsOf::Topic,
        SettingsOf::Producer,
        SettingsOf::Consumer,
    ] {
        for (name, setting) in of.listed() {
            let Some(value) = smallest(setting.kind) else {
                continue;
            };
            // What Kafka refuses together with the other settings can't be played.
            let Ok(mut timeline) = Timeline::new(scenario_with(of, name, value)) else {
                continue;
            };
            timeline.run_until(END, STEPS_MAX);
            let is_over = timeline.next_at().is_none_or(|at| at > END);
            assert!(is_over, "{name}={value} at {}", timeline.world().now());
            played += 1;
        }
    }
    assert!(played > 60, "{played} settings were tried");
}
