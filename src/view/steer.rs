//! Where the arrow keys lead the focus.

use crate::view::part::{Part, PartKey, Rect};

/// What lies beside counts by its width, what lies above or below twice by its height: so rows stay
/// together. A little more than twice, so that on no screen a part lies exactly on a diagonal.
const STRETCH: (i64, i64) = (10_000, 20_001);

/// Where the focus goes from the part `from` with an arrow key.
///
/// On the stage that is the nearest part to choose in the quarter of the plane that the arrow
/// points to, and near is what is few steps away along the axes. So the arrows lead from every part
/// to every other: of all pairs of a part that they reach and one that they don't, take the nearest
/// two. In the quarter of the second there is a part at least as near to the first, and that one,
/// being reached, is nearer to the second than the first.
/// In a list that flows, it is the one before or after.
pub fn neighbour(parts: &[Part], from: &Part, (right, down): (i32, i32)) -> Option<PartKey> {
    let Some(place) = from.rect else {
        return beside_in_list(parts, from.key, down);
    };
    let (right, down) = (i64::from(right), i64::from(down));
    let (x, y) = middle(place);
    let mut nearest = None;
    let mut least = i64::MAX;
    for part in parts.iter().filter(|part| part.act.is_some()) {
        let Some(other) = part.rect else { continue };
        let (other_x, other_y) = middle(other);
        let (beside, below) = (other_x - x, other_y - y);
        let along = beside * right + below * down;
        let across = if right == 0 { beside } else { below }.abs();
        if across < along && along + across < least {
            least = along + across;
            nearest = Some(part.key);
        }
    }
    nearest
}

/// Twice the place of the middle, stretched.
fn middle(rect: Rect) -> (i64, i64) {
    (
        i64::from(rect.x * 2 + rect.width) * STRETCH.0,
        i64::from(rect.y * 2 + rect.height) * STRETCH.1,
    )
}

fn beside_in_list(parts: &[Part], from: PartKey, down: i32) -> Option<PartKey> {
    let is_beyond =
        |part: &&Part| part.act.is_some() && part.key != from && (part.key > from) == (down > 0);
    let mut beyond = parts.iter().filter(is_beyond);
    let next = match down {
        0 => None,
        1.. => beyond.next(),
        _ => beyond.next_back(),
    };
    next.map(|part| part.key)
}

#[cfg(test)]
mod tests {
    use highwater_engine::kafka::time::SimTime;
    use highwater_engine::sim::command::Command;
    use highwater_engine::sim::scenario::Scenario;
    use highwater_engine::sim::timeline::Timeline;

    use super::*;
    use crate::view::focus::Focus;
    use crate::view::layout::{Layout, LayoutInput, Stack};
    use crate::view::measures::Scale;
    use crate::view::part::Act;
    use crate::view::picture::picture;
    use crate::view::project::{Memory, project};
    use crate::view::scene::Scene;

    const WAYS: [(i32, i32); 4] = [(1, 0), (-1, 0), (0, 1), (0, -1)];

    fn cell(offset: u64, x: i32, y: i32) -> Part {
        Part {
            key: PartKey {
                index: offset,
                ..PartKey::default()
            },
            rect: Some(Rect {
                x,
                y,
                width: 28,
                height: 24,
            }),
            act: Some(Act::Open(0)),
            ..Part::default()
        }
    }

    #[test]
    fn in_a_list_the_arrows_lead_up_and_down() {
        let flow = |index| Part {
            rect: None,
            ..cell(index, 0, 0)
        };
        let parts = [flow(0), flow(1), flow(2)];
        let go = |from: usize, way| neighbour(&parts, &parts[from], way).map(|key| key.index);
        assert_eq!((go(1, (0, 1)), go(1, (0, -1))), (Some(2), Some(0)));
        assert_eq!((go(2, (0, 1)), go(1, (1, 0))), (None, None));
    }

    #[test]
    fn an_arrow_leads_to_the_nearest_part_in_its_quarter() {
        let parts = [
            cell(0, 0, 0),
            cell(1, 30, 0),
            cell(2, 60, 0),
            cell(3, 31, 124),
            cell(4, 32, 40),
        ];
        let go = |from: usize, way| neighbour(&parts, &parts[from], way).map(|key| key.index);
        assert_eq!(go(0, (1, 0)), Some(1));
        assert_eq!(go(2, (-1, 0)), Some(1));
        assert_eq!(go(1, (0, 1)), Some(4), "what is nearer");
        assert_eq!(go(4, (1, 0)), None, "not what is above");
        assert_eq!(go(0, (0, -1)), None);
    }

    /// Which parts the arrows lead to from one.
    fn reached<'a>(parts: &'a [Part], start: &'a Part) -> Vec<&'a Part> {
        let mut reached = vec![start];
        let mut index = 0;
        while let Some(from) = reached.get(index).copied() {
            for way in WAYS {
                let key = neighbour(parts, from, way);
                let to = parts.iter().find(|part| Some(part.key) == key);
                reached.extend(to.filter(|to| !reached.iter().any(|it| it.key == to.key)));
            }
            index += 1;
        }
        reached
    }

    /// The arrows lead from the first part to all that can be chosen, and Tab leads to one.
    fn assert_all_are_reached(parts: &[Part], case: &str) {
        assert!(parts.iter().any(|part| part.is_stop), "{case}: no stop");
        let choosable = || parts.iter().filter(|part| part.act.is_some());
        let starts = [choosable().next(), choosable().next_back()];
        for start in starts.into_iter().flatten() {
            let reached = reached(parts, start);
            for part in choosable() {
                let is_reached = reached.iter().any(|it| it.key == part.key);
                assert!(is_reached, "{case}: no way from {start:?} to {part:?}");
            }
        }
    }

    #[test]
    fn the_arrows_lead_to_every_part_wherever_the_parts_stand() {
        let mut seed = 7_u64;
        let mut chance = |below: u64| {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            ((seed >> 33) % below) as i32
        };
        for case in 0..3000 {
            let edge = [3, 5, 9, 400][case % 4];
            let mut parts: Vec<Part> = Vec::new();
            for index in 0..14 {
                let part = cell(index, chance(edge), chance(edge));
                if parts.iter().all(|other| other.rect != part.rect) {
                    parts.push(part);
                }
            }
            parts[0].is_stop = true;
            assert_all_are_reached(&parts, &format!("case {case}"));
        }
    }

    /// A telephone, a page beside the panel, 1280, 1920 with the panel and without.
    const STAGES: [(u32, u32, Scale); 5] = [
        (390, 533, Scale::Stacked),
        (920, 484, Scale::Narrow),
        (1280, 484, Scale::Regular),
        (1460, 760, Scale::Wide),
        (1920, 760, Scale::Wide),
    ];

    fn layout_of(
        scene: &Scene,
        (width, height, scale): (u32, u32, Scale),
        is_open: bool,
    ) -> Layout {
        let opened_row = (scene.partitions.len() as u32 - 1).min(1);
        Layout::new(LayoutInput {
            width,
            height,
            broker_count: scene.brokers.len() as u32,
            partition_count: scene.partitions.len() as u32,
            group_count: scene.groups.len() as u32,
            scale,
            is_open,
            opened_row,
            stack: Stack::of(&scene.brokers, &scene.partitions[opened_row as usize]),
            scrolled: 0,
        })
    }

    /// Looks at a run now and then, in both arrangements.
    fn walk_through(scenario: &str, partitions: u32) {
        let scenario = Scenario::from_json(scenario).expect("a scenario of the repository");
        let mut timeline = Timeline::new(scenario).expect("the scenario can be played");
        let mut memory = Memory::default();
        memory.opened = Some(1);
        timeline.run_until(SimTime(4_000_000), usize::MAX);
        if partitions > 0 {
            let more = format!(
                r#"{{"call":{{"client":"admin","method":
                {{"create_partitions":{{"topic":"orders","total":{partitions}}}}}}}}}"#
            );
            let more = Command::from_json(&more).expect("a command");
            let now = timeline.world().now();
            timeline.apply(more, now).expect("the topic can grow");
        }
        for moment in 0..20 {
            let end = SimTime(4_010_000 + moment * 187_000);
            timeline.run_until(end, usize::MAX);
            let scene = project(&timeline, &mut memory);
            for stage in STAGES {
                for is_open in [false, true] {
                    let layout = layout_of(&scene, stage, is_open);
                    let parts = picture(&scene, &layout, &[], &Focus::default());
                    let step = scene.head.step;
                    let name = layout.name();
                    let case = format!("{partitions}, step {step}, {stage:?}, {name}");
                    assert_all_are_reached(&parts, &case);
                }
            }
        }
    }

    #[test]
    fn the_arrows_lead_to_all_that_can_be_chosen_in_real_pictures() {
        let first_sight = include_str!("../../scenarios/first-sight.json");
        for partitions in [0, 12, 30] {
            walk_through(first_sight, partitions);
        }
        for scenario in [
            include_str!("../../scenarios/a-slow-follower-leaves-the-isr.json"),
            include_str!("../../scenarios/six-brokers-in-three-racks.json"),
            include_str!("../../scenarios/too-few-in-sync.json"),
            include_str!("../../scenarios/two-groups-reading.json"),
        ] {
            walk_through(scenario, 0);
        }
    }
}
