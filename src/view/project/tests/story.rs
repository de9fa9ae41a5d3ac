//! What is told while something hangs, and once it no longer does; what a new leader's older high watermark means.

use highwater_engine::kafka::broker::ReplicaRole;
use highwater_engine::kafka::client::call::ProducerRecord;
use highwater_engine::kafka::ids::{StepId, TopicName};

use super::*;
use crate::view::answer::Answer;
use crate::view::menu::Menu;
use crate::view::orders;
use crate::view::part::{Act, Kind, Part};
use crate::view::project::is_yours_unread;
use crate::view::subject::Subject;
use crate::view::thing::Thing;

pub(super) fn give(timeline: &mut Timeline, command: Command) {
    let now = timeline.world().now();
    timeline.apply(command, now).expect("it makes sense");
}

/// Sends a record as the visitor.
pub(super) fn send(timeline: &mut Timeline) {
    let record = ProducerRecord {
        topic: TopicName::new("orders"),
        partition: None,
        key: Some("customer-42".into()),
        value: Some("paid".into()),
        headers: Vec::new(),
        timestamp_ms: None,
    };
    for command in orders::produce(timeline.world(), None, "all", record) {
        give(timeline, command);
    }
}

/// The sentences of the time up to a moment, each once.
fn sentences_until(timeline: &mut Timeline, ms: u64) -> Vec<String> {
    let mut memory = Memory::default();
    let mut told: Vec<String> = Vec::new();
    while timeline.next_at().is_some_and(|at| at < SimTime(ms * 1000)) {
        timeline.step().expect("the run goes on");
        let sentence = project(timeline, &mut memory).sentence;
        if told.last() != Some(&sentence) {
            told.push(sentence);
        }
    }
    told
}

#[test]
fn where_the_visitors_record_goes_is_known_as_soon_as_its_partition_is_chosen() {
    let mut timeline = first_sight();
    let mut memory = Memory::default();
    let sent = timeline.position();
    send(&mut timeline);
    project(&timeline, &mut memory);
    let position = timeline.position();
    assert_eq!(
        memory.your_partition(sent, position),
        None,
        "it is asked who leads"
    );
    let goes = loop {
        let scene = project(&timeline, &mut memory);
        let mut asks = scene.producers.iter().filter_map(|it| it.asks.first());
        let letter = asks.next().map(|mark| mark.letter.as_str());
        let is_asking = scene.sentence.starts_with("Your record waits");
        assert_eq!(letter, is_asking.then_some("C"), "it is seen meanwhile");
        timeline.step().expect("the run goes on");
        let sentence = project(&timeline, &mut memory).sentence;
        if let Some(partition) = memory.your_partition(sent, timeline.position()) {
            assert!(sentence.starts_with(&format!("Your record goes to p{}", partition.partition)));
            break partition.clone();
        }
        assert!(!sentence.starts_with("Your record goes"), "{sentence}");
    };
    let later = timeline.position();
    timeline.run_until(SimTime(6_000_000), usize::MAX);
    project(&timeline, &mut memory);
    let here = timeline.position();
    assert_eq!(memory.your_partition(sent, here), Some(&goes));
    assert_eq!(
        memory.your_partition(later, here),
        None,
        "no other was sent"
    );
    assert_eq!(memory.your_partition(sent, sent), None, "not yet");
}

#[test]
fn the_sentence_follows_the_visitors_record_until_everybody_may_read_it() {
    let mut timeline = first_sight();
    send(&mut timeline);
    let mut told = sentences_until(&mut timeline, 4_700);
    told.retain(|it| it.contains("our record"));
    let goes = "the hash of its key, customer-42, picks it.";
    let asks = "Your record waits: its producer asks for the leaders of orders.";
    assert_eq!(told[0], asks);
    assert!(told[1].starts_with("Your record goes to p") && told[1].ends_with(goes));
    assert!(told[2].starts_with("Nobody can read your record yet, p"));
    let both = ": brokers 1 and 2 must fetch it.";
    assert!(told[2].ends_with(both), "{told:?}");
    let is_known = |it: &&String| it.ends_with("tells the leader.");
    let known = told.iter().find(is_known).map(String::as_str);
    let have = "Brokers 1 and 2 have your record. Their next fetch tells the leader.";
    assert_eq!(known, Some(have), "{told:?}");
    let went = ", by the hash of its key, customer-42.";
    let last = told.last().expect("it told something");
    assert!(last.ends_with(went), "{told:?}");
    assert!(last.starts_with("Consumers may read your record: p"));
}

#[test]
fn while_the_visitors_record_hangs_the_sentence_says_for_whom_it_waits() {
    let mut timeline = first_sight();
    let broker = BrokerId(2);
    give(&mut timeline, Command::CrashBroker { broker });
    send(&mut timeline);
    let told = sentences_until(&mut timeline, 8_000);
    let last = told.last().expect("something happens");
    assert!(
        last.starts_with("Nobody can read") && last.ends_with(": broker 2, in sync, is down."),
        "{told:?}"
    );
}

#[test]
fn once_its_time_is_over_a_silent_broker_is_fenced_at_the_next_check() {
    let mut timeline = first_sight();
    let broker = BrokerId(3);
    give(&mut timeline, Command::CrashBroker { broker });
    let mut memory = Memory::default();
    let mut is_told = false;
    while timeline.world().controller().is_active(broker) {
        timeline.step().expect("the run goes on");
        let scene = project(&timeline, &mut memory);
        let first = scene.fitting.first().map(|part| part.words.as_str());
        let is_over = first == Some("Let the controller act");
        let says_so = scene.sentence.contains("Silent for too long");
        assert_eq!(is_over, says_so, "{}", scene.sentence);
        is_told |= is_over;
    }
    assert!(is_told);
}

#[test]
fn who_let_time_pass_until_right_before_a_broker_is_fenced_is_offered_what_helps_then() {
    let mut timeline = first_sight();
    let broker = BrokerId(3);
    give(&mut timeline, Command::CrashBroker { broker });
    let mut memory = Memory::default();
    let first = |timeline: &Timeline, memory: &mut Memory| {
        let scene = project(timeline, memory);
        scene.fitting.first().map(|part| part.words.clone())
    };
    assert_eq!(
        first(&timeline, &mut memory).as_deref(),
        Some("Let 9 seconds pass")
    );
    let now = timeline.world().now();
    memory.turn = Some((SimTime(now.0 + 1), SimTime(now.0 + 9_700_000)));
    assert_eq!(
        first(&timeline, &mut memory).as_deref(),
        Some("Let 9 seconds pass")
    );
    while timeline.world().controller().is_active(broker) {
        timeline.step().expect("the run goes on");
        let offered = first(&timeline, &mut memory);
        assert_eq!(offered.as_deref(), Some("Restart broker 3"));
    }
}

/// A run in which broker 3 dies after a consumer read what no follower knew to be committed, and the
/// first record of p0 that is not readable any more.
fn stepped_back() -> (Timeline, u64) {
    let broker = BrokerId(3);
    let p0 = orders::partition_of("orders", 0);
    for try_ms in 0..40 {
        let mut timeline = first_sight();
        timeline.run_until(SimTime(4_250_000 + try_ms * 2_000), usize::MAX);
        give(&mut timeline, Command::CrashBroker { broker });
        let end = SimTime(timeline.world().now().0 + 12_000_000);
        timeline.run_until(SimTime(end.0 - 4_000_000), usize::MAX);
        while timeline.next_at().is_some_and(|at| at < end) {
            timeline.step().expect("the run goes on");
            let partition = scene(&timeline).partitions.swap_remove(0);
            let position = partition.marks.iter().filter_map(|it| it.position).max();
            let leader = partition.leader.filter(|id| *id != broker.0).map(BrokerId);
            let state = leader.and_then(|id| timeline.world().broker(id)?.replica(&p0));
            if state.is_some_and(|it| it.role == ReplicaRole::Leader)
                && let Some(high_watermark) = partition.high_watermark
                && position > Some(high_watermark)
            {
                return (timeline, high_watermark);
            }
        }
    }
    panic!("at no moment is the new leader behind");
}

#[test]
fn a_record_above_a_new_leaders_older_high_watermark_is_not_readable_again_yet() {
    let (timeline, offset) = stepped_back();
    let record = Subject::Record {
        partition: 0,
        broker: 1,
        offset,
    };
    let told = |subject| {
        let answer = Answer::standing(&timeline, "orders", subject).expect("it stands still");
        let links = answer.parts.iter().filter(|it| it.kind() == Kind::Link);
        let links = Vec::from_iter(links.map(|it: &Part| it.note.clone()));
        (answer.parts[0].clone(), links)
    };
    let menu = Menu::of(Thing::Of(record), timeline.world(), &scene(&timeline));
    assert_eq!(menu.parts[1].words, "Why is it not readable now?");
    let (question, links) = told(record);
    assert!(
        question.words.ends_with("is not again readable yet"),
        "{question:?}"
    );
    let began = format!("that it knew as a follower, {offset}.");
    assert!(links[0].contains(&began), "{links:?}");
    assert!(links.len() > 1, "and who has still to fetch: {links:?}");
    let (_, links) = told(Subject::HighWatermark { partition: 0 });
    assert!(links[0].contains(&began), "{links:?}");
}

#[test]
fn of_a_fenced_broker_stays_known_after_what_silence_it_was_fenced() {
    let mut timeline = after_the_crash();
    let mut memory = Memory::default();
    let mut silence = |timeline: &Timeline| {
        let scene = project(timeline, &mut memory);
        scene.brokers[0].silence.clone().unwrap_or_default()
    };
    let at_first = silence(&timeline);
    assert!(at_first.starts_with("silent 9."), "{at_first}");
    let later = SimTime(40_000_000);
    timeline.run_until(later, usize::MAX);
    assert_eq!(
        silence(&timeline),
        at_first,
        "the controller counts no longer"
    );
}

#[test]
fn where_one_could_ask_why_the_visitors_record_is_not_readable_one_can_ask_later_why_it_was_not() {
    let mut timeline = first_sight();
    send(&mut timeline);
    let mut memory = Memory::default();
    let mut offered: Vec<(String, Option<Act>)> = Vec::new();
    while timeline.world().now() < SimTime(5_000_000) {
        let fitting = project(&timeline, &mut memory).fitting;
        let is_unread = fitting.iter().any(|part| part.words == "Why not yet?");
        assert_eq!(is_unread, is_yours_unread(&timeline, &memory));
        offered.extend(fitting.into_iter().map(|part| (part.words, part.act)));
        offered.dedup();
        timeline.step().expect("the run goes on");
    }
    let yours = memory.your_record(timeline.position());
    let written = yours.expect("it was written").step.0;
    let (words, acts): (Vec<_>, Vec<_>) = offered.into_iter().unzip();
    assert_eq!(words, ["Why not yet?", "Why not at once?"]);
    let Some(Act::WhyThen(step, subject)) = acts[1] else {
        panic!("{acts:?}");
    };
    assert_eq!(step, written);
    timeline.seek(StepId(step + 1));
    let answer = Answer::standing(&timeline, "orders", subject);
    let answer = answer.expect("nobody could read it then");
    assert!(answer.parts[0].words.ends_with("is not readable yet"));
}

#[test]
fn the_visitors_record_is_found_from_the_log_also_long_after_it_was_written() {
    let mut timeline = first_sight();
    send(&mut timeline);
    timeline.run_until(SimTime(20_000_000), usize::MAX);
    let scene = scene(&timeline);
    let rows = scene.partitions.iter();
    let mine = Vec::from_iter(rows.filter_map(|row| Some((row.id, row.yours?))));
    let [(partition, offset)] = mine[..] else {
        panic!("it is in one partition: {mine:?}");
    };
    let menu = Menu::of(Thing::Replica(partition, 2), timeline.world(), &scene);
    let first = &menu.parts[1];
    assert_eq!(first.words, "Your record…");
    assert_eq!(first.note, format!("offset {offset}"));
}
