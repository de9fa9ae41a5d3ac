//! The things of the page that can be acted on, and which of them a part or a point stands for.

use crate::view::flight::ways;
use crate::view::layout::Layout;
use crate::view::part::{Act, Area, Kind, Part, Rect};
use crate::view::scene::Scene;
use crate::view::subject::Subject;

/// What the menu of what can be done at once is called.
pub const DEEDS: &str = "What you can do";

/// Something with a menu.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Thing {
    /// What can also be asked about: a record, a leader, a broker.
    Of(Subject),
    /// A partition, by its number.
    Partition(u32),
    /// A replica: the partition's number and the broker's id.
    Replica(u32, u32),
    /// All producers.
    Producers,
    /// What waits in producers for a partition, or for its answer.
    Queue(u32),
    /// A producer, by its place in the scene.
    Producer(u32),
    /// A group, by its place in the scene.
    Group(u32),
    /// A member, by the places of its group and of itself.
    Member(u32, u32),
    /// Where a group stands: its place in the scene, and the partition's number.
    Stand(u32, u32),
    /// The controller.
    Controller,
    /// What can be done at once, where there is no room for a button each.
    Deeds,
    /// All brokers: what can be stopped, and what started.
    Brokers,
    /// The same, each with a menu of its own.
    EachBroker,
    /// All producers and consumers.
    Clients,
    /// The links of a node.
    Links(End),
    /// The links on which a partition's messages move.
    Lane(u32),
    /// The link between two nodes.
    Link(End, End),
    /// A message on its way: step and place of its sending.
    Message(u64, u32),
    /// The cluster as a whole: to build another, to save it, to bring it back.
    Cluster,
    /// The clusters that are ready to start from.
    Ready,
}

/// An end of a link.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// The controller.
    Controller,
    /// A broker by its id.
    Broker(u32),
    /// A client by its number.
    Client(u32),
}

/// What a part stands for.
pub fn thing_of(part: &Part, scene: &Scene) -> Option<Thing> {
    let key = part.key;
    match part.act {
        Some(Act::Ask(subject)) => return Some(Thing::Of(subject)),
        Some(Act::Message(step, index)) => return Some(Thing::Message(step, index)),
        Some(Act::Open(row)) => return partition(scene, row),
        _ => {}
    }
    match (key.area, key.kind) {
        (Area::Top, Kind::Controller | Kind::Tick) => Some(Thing::Controller),
        (Area::Brokers, _) => Some(Thing::Of(Subject::Broker { broker: key.column })),
        (Area::Producers, Kind::Queue | Kind::Token | Kind::Fact) => {
            let partition = scene.partitions.get(key.row as usize)?;
            Some(Thing::Queue(partition.id))
        }
        (Area::Producers, _) if scene.producers.len() == 1 => Some(Thing::Producer(0)),
        (Area::Producers, _) => Some(Thing::Producers),
        (Area::Rows, Kind::Mark | Kind::Fact | Kind::Lag) if key.row != u32::MAX => {
            let per_group = if key.kind == Kind::Mark { 2 } else { 4 };
            match partition(scene, key.row.checked_sub(1)?)? {
                Thing::Partition(id) => Some(Thing::Stand((key.index / per_group) as u32, id)),
                other => Some(other),
            }
        }
        (Area::Groups, _) if key.column > 0 => Some(Thing::Member(key.row, key.column - 1)),
        (Area::Groups, _) => Some(Thing::Group(key.row)),
        (Area::Rows, Kind::Lane | Kind::Rail | Kind::Foot) => {
            match partition(scene, key.row.checked_sub(1)?)? {
                Thing::Partition(id) => Some(Thing::Lane(id)),
                other => Some(other),
            }
        }
        (Area::Rows, _) => {
            let row = key.row.checked_sub(1)?;
            let Some(column) = key.column.checked_sub(1) else {
                return partition(scene, row);
            };
            let id = scene.partitions.get(row as usize)?.id;
            let broker = scene.brokers.get(column as usize)?.id;
            Some(Thing::Replica(id, broker))
        }
        _ => None,
    }
}

fn partition(scene: &Scene, row: u32) -> Option<Thing> {
    let partition = scene.partitions.get(row as usize)?;
    Some(Thing::Partition(partition.id))
}

/// From a lane to where it can still be pointed at.
const LANE_REACH: i32 = 9;

/// What stands at a point of the stage: a message, else the smallest part there.
pub fn thing_at(
    parts: &[Part],
    scene: &Scene,
    layout: &Layout,
    (x, y): (i32, i32),
) -> Option<Thing> {
    if let Some(message) = message_at(scene, layout, (x, y)) {
        return Some(message);
    }
    let reach = |part: &Part| {
        let rect = part.rect?;
        let rect = match part.kind() {
            Kind::Lane | Kind::Rail => Rect {
                y: rect.y - LANE_REACH,
                height: rect.height + 2 * LANE_REACH,
                ..rect
            },
            _ => rect,
        };
        let is_in = (rect.x..rect.right()).contains(&x) && (rect.y..rect.bottom()).contains(&y);
        is_in.then(|| rect.width.saturating_mul(rect.height))
    };
    let hits = parts
        .iter()
        .filter_map(|part| Some((reach(part)?, thing_of(part, scene)?)));
    hits.min_by_key(|(size, _)| *size).map(|(_, thing)| thing)
}

/// Beside a capsule, from its edge to where it can still be pointed at.
const MESSAGE_AIR: f64 = 3.0;
/// Half of the height in which a message can be pointed at.
const MESSAGE_REACH: i32 = 16;

/// The message whose capsule lies at a point.
pub fn message_at(scene: &Scene, layout: &Layout, (x, y): (i32, i32)) -> Option<Thing> {
    let size = layout.measures.text;
    // What was drawn last lies on top.
    let found = ways(scene, layout).into_iter().rev().find(|(flight, way)| {
        let half = way.rough_capsule(flight, size).half + MESSAGE_AIR;
        let right = f64::from(x) - way.capsule_x(half);
        let down = y - way.middle.y as i32;
        let (start, end) = way.edges();
        let is_drawn = way.aside == 0.0 || (start..=end).contains(&f64::from(x));
        is_drawn && right.abs() <= half && down.abs() <= MESSAGE_REACH
    });
    found.map(|(flight, _)| Thing::Message(flight.id.0, flight.id.1))
}

#[cfg(test)]
mod tests {
    use highwater_engine::kafka::time::SimTime;
    use highwater_engine::sim::scenario::Scenario;
    use highwater_engine::sim::timeline::Timeline;

    use super::*;
    use crate::view::focus::Focus;
    use crate::view::layout::LayoutInput;
    use crate::view::picture::picture;
    use crate::view::project::{Memory, project};

    /// A scene in which a message is on its way, with the stage of a laptop.
    fn stage() -> (Scene, Layout, Vec<Part>) {
        let scenario = Scenario::from_json(include_str!("../../scenarios/first-sight.json"))
            .expect("the scenario is part of the repository");
        let mut timeline = Timeline::new(scenario).expect("the scenario can be played");
        timeline.run_until(SimTime(4_250_000), usize::MAX);
        let mut scene = Scene::default();
        while !scene.flights.iter().any(|flight| flight.lane.is_some()) {
            timeline.step();
            scene = project(&timeline, &mut Memory::default());
        }
        let layout = Layout::new(LayoutInput {
            width: 1280,
            height: 484,
            broker_count: 3,
            partition_count: 3,
            ..LayoutInput::default()
        });
        let parts = picture(&scene, &layout, &[], &Focus::default());
        (scene, layout, parts)
    }

    #[test]
    fn whatever_stands_on_the_stage_has_a_menu() {
        let (scene, _, parts) = stage();
        let chosen = parts.iter().filter(|part| part.act.is_some());
        for part in chosen {
            assert!(thing_of(part, &scene).is_some(), "{part:?}");
        }
        let has = |thing| {
            parts
                .iter()
                .any(|part| thing_of(part, &scene) == Some(thing))
        };
        for thing in [
            Thing::Controller,
            Thing::Producer(0),
            Thing::Queue(1),
            Thing::Group(0),
            Thing::Member(0, 0),
            Thing::Replica(1, 2),
            Thing::Partition(1),
            Thing::Lane(2),
        ] {
            assert!(has(thing), "{thing:?}");
        }
    }

    #[test]
    fn a_message_lies_over_everything_else_where_it_is_drawn() {
        let (scene, layout, parts) = stage();
        let ways = ways(&scene, &layout);
        let mut on_lanes = ways.iter().filter(|(flight, _)| flight.lane.is_some());
        let (flight, way) = on_lanes.next().expect("one is on its way");
        let middle = way.middle;
        let point = (middle.x as i32 + 5, middle.y as i32 - 5);
        let message = Thing::Message(flight.id.0, flight.id.1);
        assert_eq!(thing_at(&parts, &scene, &layout, point), Some(message));
        let far = (point.0, point.1 + 60);
        assert_ne!(thing_at(&parts, &scene, &layout, far), Some(message));
    }

    #[test]
    fn beside_every_part_the_frame_around_it_is_meant() {
        let (scene, layout, parts) = stage();
        let frame = layout.brokers[2];
        let point = (frame.x + frame.width / 2, frame.bottom() - 8);
        let broker = Thing::Of(Subject::Broker { broker: 3 });
        assert_eq!(thing_at(&parts, &scene, &layout, point), Some(broker));
        assert_eq!(thing_at(&parts, &scene, &layout, (2, 2)), None);
    }
}
