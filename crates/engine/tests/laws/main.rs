//! What holds whatever a person does: laws, tried on runs of random commands at random moments.
//!
//! A run that breaks one is printed as a scenario, to be played with `simctl run`.

mod runs;

use highwater_engine::kafka::event::KafkaEvent;
use highwater_engine::kafka::ids::StepId;
use highwater_engine::sim::invariant::Rule;
use highwater_engine::sim::scenario::Scenario;
use highwater_engine::sim::timeline::Timeline;
use highwater_engine::sim::world::World;
use proptest::prelude::*;

use runs::{Given, call_of, end_ms, give_all, healed, orders, scenario, something, start};

/// What acks=all, min.insync.replicas=2 and no unclean election promise.
const PROMISED: [Rule; 4] = [
    Rule::NoAcknowledgedRecordLost,
    Rule::ReplicasAgreeBelowHighWatermark,
    Rule::NothingReadAboveHighWatermark,
    Rule::OffsetsNeverReused,
];

/// So many runs a law; more for whoever asks with PROPTEST_CASES.
fn few() -> ProptestConfig {
    let mut config = ProptestConfig {
        failure_persistence: None,
        ..ProptestConfig::default()
    };
    if std::env::var_os("PROPTEST_CASES").is_none() {
        config.cases = 12;
    }
    config
}

fn run_to_end(given: &[Given]) -> Timeline {
    let mut timeline = Timeline::new(scenario(given)).expect("playable");
    timeline.run_until(end_ms(given), usize::MAX);
    timeline
}

/// In each partition: no high watermark of a leader beyond an in-sync replica's log.
fn high_watermarks_are_covered(world: &World) -> Result<(), String> {
    let image = world.controller().image();
    for (partition, registration) in image.partitions() {
        let leader = registration.leader.and_then(|id| world.broker(id));
        let Some(state) = leader.and_then(|broker| broker.replica(&partition)) else {
            continue;
        };
        if state.leader != registration.leader || state.leader_epoch != registration.leader_epoch {
            continue;
        }
        for id in &registration.isr {
            let log = world
                .broker(*id)
                .and_then(|broker| broker.disk().log(&partition));
            let log_end_offset = log.map(|log| log.log_end_offset()).unwrap_or_default();
            if state.high_watermark > log_end_offset {
                return Err(format!(
                    "{partition}: high watermark {} at the leader, but in-sync broker {id} ends at \
                     {log_end_offset}, at {}",
                    state.high_watermark,
                    world.now()
                ));
            }
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(few())]

    #[test]
    fn acks_all_with_two_in_sync_replicas_keeps_its_promises(given in something()) {
        let timeline = run_to_end(&given);
        for rule in PROMISED {
            let breach = timeline.world().invariants().breach(rule);
            prop_assert!(breach.is_none(), "{breach:?}\n{}", scenario(&given).to_json());
        }
    }

    #[test]
    fn no_high_watermark_lies_beyond_an_in_sync_replica(given in something()) {
        let mut timeline = Timeline::new(scenario(&given)).expect("playable");
        while timeline.next_at().is_some_and(|at| at <= end_ms(&given)) {
            timeline.step();
            if let Err(problem) = high_watermarks_are_covered(timeline.world()) {
                prop_assert!(false, "{problem}\n{}", scenario(&given).to_json());
            }
        }
    }

    #[test]
    fn a_run_played_by_hand_is_repeated_by_its_scenario(given in something()) {
        let mut played = start();
        give_all(&mut played, &given);
        let written = Scenario::from_json(&played.to_scenario().to_json());
        let mut replayed = Timeline::new(written.expect("what we write")).expect("playable");
        replayed.seek(played.position());
        while replayed.position() < played.position() && replayed.step().is_some() {}
        prop_assert_eq!(replayed.world().digest(), played.world().digest());
    }

    #[test]
    fn whoever_seeks_back_and_plays_on_arrives_in_the_same_world(
        given in something(),
        permille in prop::collection::vec(0_u64..1000, 1..4),
    ) {
        let mut timeline = run_to_end(&given);
        let (end, digest) = (timeline.position(), timeline.world().digest());
        for permille in permille {
            timeline.seek(StepId(end.0 * permille / 1000));
        }
        timeline.run_until(end_ms(&given), usize::MAX);
        prop_assert_eq!((timeline.position(), timeline.world().digest()), (end, digest));
    }

    #[test]
    fn once_all_is_healed_every_send_is_decided_and_every_replica_is_in_sync(given in something()) {
        let given = healed(given);
        let timeline = run_to_end(&given);
        let world = timeline.world();
        for number in 0..2 {
            let partition = orders(number);
            let registration = world.controller().image().partition(&partition);
            let isr = registration.map(|registration| registration.isr.len());
            prop_assert_eq!(isr, Some(3), "{}\n{}", &partition, scenario(&given).to_json());
            let ends: Vec<_> = world
                .brokers()
                .filter_map(|(_, broker)| Some(broker.disk().log(&partition)?.log_end_offset()))
                .collect();
            let same = ends.windows(2).all(|pair| pair[0] == pair[1]);
            prop_assert!(same, "{partition} ends at {ends:?}\n{}", scenario(&given).to_json());
        }
        let events = || timeline.branch().steps().flat_map(|step| &step.events);
        let sent = events().filter_map(call_of).count();
        let decided = events().filter(|event| {
            matches!(event.kafka(), Some(KafkaEvent::SendCompleted { .. }))
        });
        prop_assert_eq!(sent, decided.count(), "{}", scenario(&given).to_json());
    }
}
