//! Producers and their queues.

use super::*;

#[test]
fn what_waits_in_a_producer_has_room_for_its_letter_in_the_lowest_row() {
    for stage in STAGES {
        for partitions in 3..=24 {
            let scene = large_scene(6, partitions);
            let layout = layout_of(&scene, stage, false);
            let size = layout.measures.text;
            let parts = picture(&scene, &layout, &[], &Focus::default());
            let tokens = parts.iter().filter(|part| part.kind() == Kind::Token);
            for rect in tokens.filter_map(|part| part.rect) {
                let least = size * 3 / 4 + 4;
                assert!(rect.height > least, "{stage:?}, {partitions}: {rect:?}");
            }
        }
    }
}

#[test]
fn what_the_controller_says_is_not_cut_off_by_the_silence_of_a_broker() {
    for stage in STAGES.into_iter().filter(|stage| stage.0 >= 920) {
        for silent in 0..3 {
            let mut scene = scene(6);
            scene.brokers[silent].silence = Some("silent 9.5 s".to_owned());
            scene.controller.words = "last heard broker 1: 2.2 s ago".to_owned();
            let layout = layout_of(&scene, stage, false);
            let parts = picture(&scene, &layout, &[], &Focus::default());
            let said = |state| {
                let mut words = parts.iter().filter(|part| part.kind() == Kind::Words);
                words.find(|part| part.state == state)?.rect
            };
            let (strip, alarm) = (said("strip"), said("alarm"));
            let (strip, alarm) = (strip.expect("it says so"), alarm.expect("it is silent"));
            let size = layout.measures.text;
            let needed = words_width(&scene.controller.words, size);
            assert!(strip.width >= needed, "{stage:?}, {silent}");
            assert!(!overlap(strip, alarm), "{stage:?}, {silent}");
        }
    }
}
