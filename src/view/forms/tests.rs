//! What comes of a form that a person fills in.

mod avro;
mod record;

use highwater_engine::kafka::time::SimTime;
use highwater_engine::sim::scenario::Scenario;
use highwater_engine::sim::timeline::Timeline;

use super::*;
use crate::view::orders::complaint;
use crate::view::project::{Memory, project};

fn first_sight() -> (Timeline, Scene) {
    played(include_str!("../../../scenarios/first-sight.json"), 4250)
}

fn played(scenario: &str, ms: u64) -> (Timeline, Scene) {
    let scenario = Scenario::from_json(scenario).expect("the scenario is part of the repository");
    let mut timeline = Timeline::new(scenario).expect("the scenario can be played");
    timeline.run_until(SimTime(ms * 1000), usize::MAX);
    let scene = project(&timeline, &mut Memory::default());
    (timeline, scene)
}

fn opened(kind: FormKind) -> (Form, Timeline, Scene) {
    let (timeline, scene) = first_sight();
    let form = Form::new(kind, timeline.world(), &scene, None);
    (form, timeline, scene)
}

fn commands(deed: Result<Deed, Refusal>) -> Vec<Command> {
    match deed {
        Ok(Deed::Give(commands)) => commands,
        other => panic!("no commands: {other:?}"),
    }
}

#[test]
fn a_record_goes_to_the_partition_that_a_person_names_or_to_the_one_that_its_key_picks() {
    let (form, timeline, scene) = opened(FormKind::Record(Some(2), None));
    let sent = |form: &Form| match commands(form.deed(timeline.world(), &scene)).pop() {
        Some(Command::Call {
            method: ClientCall::Send(record),
            ..
        }) => record.partition,
        other => panic!("no record: {other:?}"),
    };
    assert_eq!(sent(&form), Some(2));
    let kind = FormKind::Record(None, None);
    let again = Form::new(kind, timeline.world(), &scene, Some(&form));
    assert_eq!(sent(&again), None);
}

#[test]
fn the_record_that_was_sent_last_is_offered_again() {
    let (mut form, timeline, scene) = opened(FormKind::Record(None, None));
    form.fill(&|name| format!("my {name}"));
    let again = Form::new(form.kind, timeline.world(), &scene, Some(&form));
    assert_eq!(
        (again.value("key"), again.value("value")),
        ("my key", "my value")
    );
    assert_eq!(
        again.value("partition"),
        "",
        "but for a partition that was named once"
    );
}

#[test]
fn a_number_that_is_none_is_refused_beside_its_field() {
    let (mut form, timeline, scene) = opened(FormKind::Partitions);
    form.fill(&|_| "many".to_owned());
    let refusal = form.deed(timeline.world(), &scene).expect_err("no number");
    form.refuse(refusal);
    assert_eq!(form.fields[0].error, "This takes a whole number.");
}

#[test]
fn a_complaint_of_kafkas_stands_beside_the_field_that_it_is_about() {
    let blamed = |kind: FormKind, name: &str, value: &str| {
        let (mut form, timeline, scene) = opened(kind);
        let filled = form.clone();
        form.fill(&|field| match field {
            _ if field == name => value.to_owned(),
            field => filled.value(field).to_owned(),
        });
        let world = timeline.world();
        let refused = form.deed(world, &scene).and_then(|deed| {
            let refused = complaint(world, &commands(Ok(deed)), world.now());
            refused.map_or(Ok(()), |(property, words)| {
                Err((property.to_owned(), words))
            })
        });
        form.refuse(refused.expect_err("Kafka refuses it"));
        let found = form
            .fields
            .into_iter()
            .find(|field| !field.error.is_empty());
        found.map(|field| field.name).unwrap_or_default()
    };
    for (name, value) in [
        ("replication.factor", "9"),
        ("partitions", "0"),
        ("topic", "a b"),
        ("settings", "segment.ms=0"),
    ] {
        assert_eq!(blamed(FormKind::Topic, name, value), name);
    }
    let (timeline, _) = first_sight();
    let consumer = timeline.world().client("consumer-1").expect("it runs");
    let form = FormKind::ClientSettings(consumer.0);
    let name = "heartbeat.interval.ms";
    assert_eq!(blamed(form, name, "90000"), name);
}

#[test]
fn a_form_that_can_be_searched_opens_at_its_search_and_comes_back_at_what_is_refused() {
    let (mut form, ..) = opened(FormKind::TopicSettings);
    let focused = |form: &Form| {
        let markup = form.markup();
        assert_eq!(markup.matches(" autofocus").count(), 1);
        let before = markup.split(" autofocus").next().unwrap_or_default();
        let start = before.rfind('<').unwrap_or_default();
        before[start..].to_owned()
    };
    assert!(focused(&form).contains("Find a setting"));
    let name = form.fields[3].name.clone();
    form.refuse((name.clone(), "No.".to_owned()));
    assert!(focused(&form).contains(&name));
}

#[test]
fn a_producer_is_added_that_writes_by_itself_or_waits_for_records() {
    let (mut form, timeline, scene) = opened(FormKind::Producer);
    let both = commands(form.deed(timeline.world(), &scene));
    assert!(matches!(
        both[..],
        [Command::AddProducer { .. }, Command::StartWorkload { .. }]
    ));
    form.fill(&|name| if name == "acks" { "1" } else { "no" }.to_owned());
    let one = commands(form.deed(timeline.world(), &scene));
    assert!(matches!(one[..], [Command::AddProducer { .. }]));
    let world = timeline.world();
    assert_eq!(complaint(world, &both, world.now()), None);
}

#[test]
fn kafka_says_itself_why_it_takes_no_fewer_partitions() {
    let (mut form, timeline, scene) = opened(FormKind::Partitions);
    form.fill(&|_| "2".to_owned());
    let commands = commands(form.deed(timeline.world(), &scene));
    let world = timeline.world();
    let refused = complaint(world, &commands, world.now());
    let words = "The topic orders currently has 3 partition(s); 2 would not be an increase.";
    assert_eq!(refused, Some(("partitions", words.to_owned())));
}

#[test]
fn records_are_deleted_below_the_offset_that_a_person_points_at() {
    let (mut form, mut timeline, scene) = opened(FormKind::DeleteRecords(1, 3));
    let world = timeline.world();
    let delete = commands(form.deed(world, &scene));
    assert_eq!(complaint(world, &delete, world.now()), None);
    for command in delete {
        let now = timeline.world().now();
        timeline.apply(command, now).expect("it makes sense");
    }
    timeline.run_until(SimTime(5_000_000), usize::MAX);
    let after = project(&timeline, &mut Memory::default());
    let replicas = after.partitions[1].replicas.iter();
    for replica in replicas {
        assert_eq!(replica.cells.first().map(|cell| cell.offset), Some(3));
    }
    form.fill(&|_| "4000".to_owned());
    let too_far = commands(form.deed(timeline.world(), &scene));
    let world = timeline.world();
    assert!(complaint(world, &too_far, world.now()).is_some());
}

fn built(changes: &[(&str, &str)]) -> Result<Scenario, Refusal> {
    let (mut form, timeline, scene) = opened(FormKind::Cluster);
    let before = form.clone();
    form.fill(&|name| {
        let mut changed = changes.iter().filter(|(field, _)| *field == name);
        changed
            .next()
            .map_or(before.value(name), |(_, value)| value)
            .to_owned()
    });
    match form.deed(timeline.world(), &scene)? {
        Deed::Play(text) => Ok(Scenario::from_json(&text).expect("it was written by ourselves")),
        other => panic!("no scenario: {other:?}"),
    }
}

#[test]
fn a_cluster_of_ones_own_has_what_was_filled_in() {
    let scenario = built(&[
        ("brokers", "5"),
        ("broker.rack", "a, b, a, b"),
        ("topic-2", "payments"),
        ("settings-2", "min.insync.replicas=2 retention.ms=1000"),
        ("settings", "replica.lag.time.max.ms=5000"),
        ("seed", "42"),
        ("consumers", "3"),
    ])
    .expect("Kafka takes it");
    assert_eq!((scenario.cluster.brokers, scenario.seed), (5, 42));
    let rack = |id| {
        scenario
            .cluster
            .broker_config(BrokerId(id))
            .map(|it| it.rack)
    };
    assert_eq!(rack(2), Ok(Some("b".to_owned())));
    assert_eq!(rack(5), Ok(None));
    let mut timeline = Timeline::new(scenario).expect("it can be played");
    timeline.run_until(SimTime(4_250_000), usize::MAX);
    let image = timeline.world().controller().image();
    let topics: Vec<&str> = image.topics.keys().map(TopicName::as_str).collect();
    assert!(
        topics.contains(&"orders") && topics.contains(&"payments"),
        "{topics:?}"
    );
    let scene = project(&timeline, &mut Memory::default());
    assert_eq!(
        (scene.producers.len(), scene.groups[0].members.len()),
        (1, 3)
    );
}

#[test]
fn what_is_wrong_with_a_cluster_stands_beside_its_field_in_kafkas_words() {
    let refusal = |changes: &[(&str, &str)]| built(changes).expect_err("it is wrong");
    let (field, words) = refusal(&[("factor-1", "4")]);
    assert_eq!(field, "factor-1");
    assert!(words.contains("replication factor"), "{words}");
    let (field, words) = refusal(&[("settings-1", "min.insync.replicas=0")]);
    assert_eq!(field, "settings-1");
    assert_eq!(
        words,
        "Invalid value 0 for configuration min.insync.replicas: Value must be at least 1"
    );
    let (field, words) = refusal(&[("settings", "broker.session.timeout.ms=soon")]);
    assert_eq!(field, "settings");
    assert!(words.contains("Not a number of type"), "{words}");
    assert_eq!(refusal(&[("brokers", "13")]).0, "brokers");
    assert_eq!(refusal(&[("topic-1", "a/b")]).0, "topic-1");
    assert_eq!(refusal(&[("seed", "x")]).0, "seed");
}

fn changed(kind: FormKind, name: &str, value: &str) -> (Form, Timeline, Result<Deed, Refusal>) {
    let (mut form, timeline, scene) = opened(kind);
    let before = form.clone();
    form.fill(&|field| {
        if field == name {
            value.to_owned()
        } else {
            before.value(field).to_owned()
        }
    });
    let deed = form.deed(timeline.world(), &scene);
    (form, timeline, deed)
}

#[test]
fn what_a_topic_has_of_its_own_stands_first_and_is_marked() {
    let (form, ..) = opened(FormKind::TopicSettings);
    let first = &form.fields[0];
    assert_eq!(
        (first.name.as_str(), first.value.as_str()),
        ("min.insync.replicas", "2")
    );
    assert!(first.is_changed && !form.fields[1].is_changed);
    assert!(
        first.help.starts_with("default 1; 1 or more. "),
        "{}",
        first.help
    );
}

#[test]
fn only_what_was_changed_is_asked_of_kafka() {
    let (_, _, deed) = changed(FormKind::TopicSettings, "segment.ms", "1000");
    let [
        Command::Call {
            method: ClientCall::AlterConfig { set, delete, .. },
            ..
        },
    ] = &commands(deed)[..]
    else {
        panic!("one call");
    };
    assert_eq!(*set, orders::settings([("segment.ms", "1000")]));
    assert!(delete.is_empty());
    let (_, _, deed) = changed(FormKind::TopicSettings, "min.insync.replicas", "");
    let [
        Command::Call {
            method: ClientCall::AlterConfig { set, delete, .. },
            ..
        },
    ] = &commands(deed)[..]
    else {
        panic!("one call");
    };
    assert!(set.is_empty() && *delete == ["min.insync.replicas"]);
}

#[test]
fn kafkas_complaint_about_a_setting_stands_beside_it() {
    let refused = |kind, name: &str, value: &str| {
        let (mut form, timeline, deed) = changed(kind, name, value);
        let world = timeline.world();
        let refused = complaint(world, &commands(deed), world.now());
        let (property, words) = refused.expect("Kafka refuses it");
        form.refuse((property.to_owned(), words));
        let mut fields = form.fields.into_iter();
        let field = fields
            .find(|field| !field.error.is_empty())
            .expect("it is said");
        assert_eq!(field.name, name);
        field.error
    };
    assert_eq!(
        refused(FormKind::TopicSettings, "segment.ms", "0"),
        "Invalid value 0 for configuration segment.ms: Value must be at least 1"
    );
    assert_eq!(
        refused(
            FormKind::BrokerSettings(1),
            "broker.session.timeout.ms",
            "1000"
        ),
        "Cannot update these configs dynamically: [broker.session.timeout.ms]"
    );
    let words = refused(FormKind::ClientSettings(1), "linger.ms", "-1");
    assert!(
        words.ends_with("linger.ms: Value must be at least 0"),
        "{words}"
    );
}

#[test]
fn a_client_with_other_settings_is_another_one_that_goes_on_with_the_work() {
    let (_, mut timeline, deed) = changed(FormKind::ClientSettings(1), "linger.ms", "20");
    for command in commands(deed) {
        let now = timeline.world().now();
        timeline.apply(command, now).expect("it makes sense");
    }
    timeline.run_until(SimTime(6_000_000), usize::MAX);
    let world = timeline.world();
    let client = world.client("checkout-1").expect("it was started");
    assert_eq!(
        world.client_setting(client, "linger.ms"),
        Some(("20".to_owned(), true))
    );
    assert!(world.workload(client).is_some());
}

/// The window of the log of broker 1 in the cluster with compaction, every 250 ms.
fn windows_of_compaction() -> Vec<(u64, Form)> {
    let scenario = include_str!("../../../scenarios/compaction-keeps-the-last-of-each-key.json");
    let (mut timeline, _) = played(scenario, 4000);
    let mut memory = Memory::default();
    let mut windows = Vec::new();
    for ms in (4000..20_000).step_by(250) {
        timeline.run_until(SimTime(ms * 1000), usize::MAX);
        let scene = project(&timeline, &mut memory);
        let form = Form::new(FormKind::Log(0, 1), timeline.world(), &scene, None);
        windows.push((ms, form));
    }
    windows
}

/// Kafka 4.3.1: `LogToClean`, `Cleaner#cleanInto`; the pictures of compaction.
#[test]
fn the_window_of_a_log_shows_its_segments_its_gaps_and_the_cleaner_at_its_work() {
    let windows = windows_of_compaction();
    for words in [
        "Log start offset 0, log end offset ",
        "cleaner checkpoint ",
        "segments. Struck: the cleaner",
        "00000000000000000000.log",
        "<h3>clean</h3>",
        "<h3>dirty</h3>",
        "<h3>active: never cleaned</h3>",
        "removed by the log cleaner",
        "above 30 % (min.cleanable.dirty.ratio)",
        "goes: a newer one is at",
        "is not cleanable yet",
        ">reading keys<",
        ".log.cleaned",
        "data-state=\"unread\"",
        ", stays\"",
        "tombstone ✝",
        "delete horizon in",
    ] {
        let shows = |form: &Form| form.markup().contains(words);
        assert!(windows.iter().any(|(_, form)| shows(form)), "{words}");
    }
}

/// The moment at which the audits look at this window in a browser.
#[test]
fn the_cleaner_copies_after_nine_and_a_half_seconds() {
    let windows = windows_of_compaction();
    let copies = windows
        .iter()
        .filter(|(_, form)| form.markup().contains(">copying<"));
    let moments: Vec<u64> = copies.map(|(ms, _)| *ms).collect();
    assert!(moments.contains(&9500), "{moments:?}");
}

#[test]
fn what_a_setting_is_by_default_is_said_under_the_name_that_it_has_there() {
    let help = |kind, name: &str| {
        let (form, ..) = opened(kind);
        let mut fields = form.fields.into_iter();
        fields
            .find(|it| it.name == name)
            .expect("it is listed")
            .help
    };
    let all = FormKind::ClusterSettings;
    assert!(help(all, "log.roll.ms").starts_with("default null, so log.roll.hours=168 holds"));
    let retention = help(all, "log.retention.ms");
    assert!(retention.starts_with("default null, so log.retention.hours=168 holds"));
    assert!(help(all, "eligible.leader.replicas.version").contains("0 to 1"));
    assert!(help(FormKind::TopicSettings, "segment.ms").starts_with("default 604800000"));
    let producer = FormKind::ClientSettings(1);
    assert!(help(producer, "client.id").starts_with("default \"\""));
    assert!(help(producer, "acks").contains("silently end idempotence"));
}
