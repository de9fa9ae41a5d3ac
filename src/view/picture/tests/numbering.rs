//! Where the numbers of causes stand, and what they keep off.

use super::standing::{of_kind, rect};
use super::*;
use crate::view::flight::ways;
use crate::view::part::Area;
use crate::view::picture::keep_off_messages;
use crate::view::scene::{Errand, Flight, Place};

#[test]
fn a_number_on_a_brokers_head_touches_neither_the_topic_nor_the_brokers_name() {
    for numbers in [1..=1, 4..=4, 2..=9] {
        for stage in &STAGES[2..] {
            let spots: Vec<Spot> = numbers
                .clone()
                .map(|number| Spot {
                    number,
                    is_lit: false,
                    node: SpotNode::Broker(1),
                    partition: None,
                })
                .collect();
            let layout = layout(*stage);
            let parts = picture(&scene(6), &layout, &spots, &Focus::default());
            let number = of_kind(&parts, Kind::Cause).map(rect).next();
            let number = number.expect("there is a number");
            let frame = layout.brokers[0];
            assert!(number.x < frame.x && frame.x < number.right());
            let mut headings = of_kind(&parts, Kind::Heading);
            let topic = headings.find(|part| part.words == "orders").map(rect);
            assert!(topic.is_some_and(|topic| topic.right() + 6 <= number.x));
            let head = of_kind(&parts, Kind::FrameHead).find(|part| part.key.column == 1);
            let name = frame.x + 12 + head.map_or(0, |head| i32::from(head.fill));
            assert!(number.right() + 6 <= name, "{stage:?}, {numbers:?}");
        }
    }
}

#[test]
fn numbers_of_causes_stand_where_they_happened() {
    let spot = |number, node, partition| Spot {
        number,
        is_lit: false,
        node,
        partition,
    };
    let spots = [
        spot(1, SpotNode::Broker(2), Some(1)),
        spot(2, SpotNode::Controller, None),
        spot(3, SpotNode::Controller, None),
    ];
    let layout = layout(STAGES[3]);
    let parts = picture(&scene(42), &layout, &spots, &Focus::default());
    let numbers = parts.iter().filter(|part| part.kind() == Kind::Cause);
    let places: Vec<Rect> = numbers.filter_map(|part| part.rect).collect();
    assert_eq!(Some(places[0].y + 12), layout.lane_y(1));
    assert!(places[0].x < layout.brokers[1].x && layout.brokers[1].x < places[0].right());
    assert_eq!(places.len(), 2);
    assert!(places[1].x < layout.controller.x + 12);
}

#[test]
fn several_numbers_of_causes_on_a_lane_cover_no_words_and_none_of_each_other() {
    for stage in &STAGES[2..] {
        for (sent, written) in [
            (vec![5], vec![4]),
            (vec![5, 6], vec![1, 4]),
            (vec![5, 6, 8], vec![1, 4, 7]),
            (vec![9, 11], vec![2, 10, 12]),
        ] {
            let spot = |node| {
                move |number: &u32| Spot {
                    number: *number,
                    is_lit: false,
                    node,
                    partition: Some(1),
                }
            };
            let of_client = sent.iter().map(spot(SpotNode::Client));
            let of_broker = written.iter().map(spot(SpotNode::Broker(1)));
            let spots = Vec::from_iter(of_client.chain(of_broker));
            let layout = layout(*stage);
            let parts = picture(&scene(6), &layout, &spots, &Focus::default());
            let numbers = Vec::from_iter(of_kind(&parts, Kind::Cause));
            let told = numbers.iter().map(|part| part.words.as_str());
            let told = Vec::from_iter(told).join(" ");
            let size = layout.measures.text;
            let words = parts.iter().filter(|part| part.kind() != Kind::Cause);
            for words in words.filter(|part| part.key.row == 2 && part.key.area != Area::Producers)
            {
                let Some(mut place) = ground(words, size) else {
                    continue;
                };
                if matches!(words.kind(), Kind::Partition | Kind::Isr | Kind::Epoch) {
                    place.x = rect(words).right() - place.width;
                }
                let over = numbers.iter().find(|it| overlap(rect(it), place));
                assert_eq!(over, None, "{stage:?} {told}: {words:?}");
            }
            for (index, number) in numbers.iter().enumerate() {
                let other = numbers[..index]
                    .iter()
                    .find(|it| overlap(rect(it), rect(number)));
                assert_eq!(other, None, "{stage:?} {told}");
            }
        }
    }
}

#[test]
fn while_time_stands_still_no_number_covers_a_message_on_its_lane() {
    let answer = Flight {
        id: (0, 0),
        from: Place::Broker(2),
        to: Place::Broker(1),
        lane: Some(1),
        errand: Errand::default(),
        words: "HW 7".to_owned(),
        records: vec![KeyMark::default()],
        sent_us: 0,
        arrives_us: 1000,
        is_held: false,
    };
    let spot = |broker| Spot {
        number: broker,
        is_lit: false,
        node: SpotNode::Broker(broker),
        partition: Some(1),
    };
    let mut moved = 0;
    for (stage, now) in STAGES[2..]
        .iter()
        .flat_map(|it| [0, 200, 400, 600].map(|at| (it, at)))
    {
        let mut scene = scene(6);
        scene.head.now_us = now;
        scene.flights = vec![answer.clone()];
        let layout = layout(*stage);
        let before = picture(&scene, &layout, &[spot(1), spot(2)], &Focus::default());
        let mut parts = before.clone();
        keep_off_messages(&mut parts, &scene, &layout);
        let (_, way) = ways(&scene, &layout)[0];
        let half = way.rough_capsule(&answer, layout.measures.text).half;
        let middle = way.capsule_x(half + 8.0);
        for (number, was) in of_kind(&parts, Kind::Cause).zip(of_kind(&before, Kind::Cause)) {
            let place = rect(number);
            let is_off =
                f64::from(place.right()) < middle - half || f64::from(place.x) > middle + half;
            assert!(is_off, "{stage:?} at {now}: {place:?} {middle} {half}");
            let column = number.words.parse::<usize>().expect("it is one number") - 1;
            assert!(
                place.right() <= layout.brokers[column].right(),
                "{stage:?} at {now}"
            );
            moved += u32::from(rect(was) != place);
        }
    }
    assert!(moved > 0, "no message was in the way");
}

#[test]
fn before_the_logs_of_a_partition_numbers_of_causes_hang_below_each_other() {
    let spot = |number| Spot {
        number,
        is_lit: false,
        node: SpotNode::Broker(2),
        partition: Some(1),
    };
    for stage in &STAGES[3..] {
        let scene = scene(6);
        let layout = layout_of(&scene, *stage, true);
        let parts = picture(&scene, &layout, &[spot(1), spot(2)], &Focus::default());
        let numbers: Vec<&Part> = of_kind(&parts, Kind::Cause).collect();
        let words: Vec<&str> = numbers.iter().map(|part| part.words.as_str()).collect();
        assert_eq!(words, ["1", "2"], "{stage:?}");
        let [first, second] = [0, 1].map(|index| rect(numbers[index]));
        assert_eq!((first.x, first.bottom() + 4), (second.x, second.y));
        let bracket = layout.inside.bracket_x;
        assert!(first.x > 0 && first.right() < bracket, "beside the bracket");
    }
}
