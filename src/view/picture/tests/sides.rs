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
