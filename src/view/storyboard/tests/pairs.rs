//! What the two pictures of a spread have in common, and that each struck request says why.

use super::*;

/// The picture before and the one after of each spread, on a stage of each width.
fn spreads(look: impl Fn(&[Part], &[Part])) {
    for (_, scenes, _) in all_pictures() {
        for (width, scale) in [
            (640, Scale::Half),
            (461, Scale::Half),
            (960, Scale::HalfWide),
        ] {
            let [before, after] = [0, 1].map(|place| {
                let layout = layout_of(&scenes[place], (width, 463, scale));
                let (mut scene, mut other) = (scenes[place].clone(), scenes[1 - place].clone());
                lend(&mut other, &mut scene, 1);
                picture(&scene, &layout, &[], &Focus::default())
            });
            look(&before, &after);
        }
    }
}

#[test]
fn the_flags_of_both_pictures_hang_at_the_same_side() {
    spreads(|before, after| {
        let [one, other] = [before, after].map(|drawn| {
            let flag = drawn.iter().find(|part| part.kind() == Kind::Flag);
            flag.map(|flag| flag.state)
        });
        if let (Some(one), Some(other)) = (one, other) {
            assert_eq!(one, other);
        }
    });
}

#[test]
fn both_pictures_say_a_lag_in_the_same_form() {
    spreads(|before, after| {
        for drawn in [before, after] {
            assert!(drawn.iter().all(|part| part.kind() != Kind::Lag));
        }
    });
}

#[test]
fn each_request_that_was_let_go_is_struck_with_the_number_of_what_let_it_go() {
    let mut struck = 0;
    for (moved, [before, after], _) in all_pictures() {
        let layout = layout_of(&after, (640, 463, Scale::Half));
        let drawn = room(&after, Some(&before), &layout);
        assert!(!drawn.is_empty(), "there is room for it");
        assert!(!caption(&after, &layout).contains("waiting"));
        let over = numbers(&moved, &after, &layout, &drawn);
        for released in drawn.iter().filter(|part| part.state == "released") {
            let place = released.rect.unwrap_or_default();
            let is_beside = |part: &&Part| {
                let number = part.rect.unwrap_or_default();
                (0..20).contains(&(number.x - place.right()))
                    && number.meets(Rect {
                        x: number.x,
                        ..place
                    })
            };
            let number = over.iter().find(is_beside);
            let number = number.unwrap_or_else(|| panic!("{}: {moved:?}", released.words));
            let why = &moved[number.key.row as usize - 1];
            let offset = released.key.index - 1;
            assert!(match why.at {
                At::Answer(first, last) => (first..=last).contains(&offset),
                At::HighWatermark(_, to) => to > offset,
                _ => after.partitions[1].leader != before.partitions[1].leader,
            });
            struck += 1;
        }
    }
    assert!(struck > 0);
}

#[test]
fn on_a_telephone_where_a_group_reads_next_is_told_beside_arrows_too() {
    drawn(|moved, layout, ground, _| {
        if layout.is_phone() && ground.iter().any(|part| part.kind() == Kind::Mark) {
            let mut facts = ground.iter().filter(|part| part.kind() == Kind::Fact);
            let is_told = facts.any(|part| part.words.contains("position "));
            assert!(is_told, "{moved:?}");
        }
    });
}
