//! Messages that would hide each other: how many they are is told instead of each.

use crate::view::scene::{Flight, Place, Scene};

/// More messages on a partition's lane are counted.
const ON_LANE_MAX: usize = 12;
/// The same for what clients ask brokers of all partitions: it has no lane of its own, and shares the gap
/// below the controller with what goes from there and to there.
const IN_GAP_MAX: usize = 2;

/// How many messages are where this one is, if they are too many to be seen one by one.
pub fn crowd(scene: &Scene, flight: &Flight) -> Option<usize> {
    let most = match flight.lane {
        Some(_) => ON_LANE_MAX,
        None if of_controller(flight) => return None,
        None => IN_GAP_MAX,
    };
    let others = scene.flights.iter();
    let beside = others.filter(|it| it.lane == flight.lane && !of_controller(it));
    let count = beside.count();
    (count > most).then_some(count)
}

fn of_controller(flight: &Flight) -> bool {
    flight.lane.is_none() && [&flight.from, &flight.to].contains(&&Place::Controller)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asks(count: usize) -> Scene {
        let ask = |number: usize| Flight {
            from: Place::Consumer(format!("consumer-{number}")),
            ..to_broker()
        };
        Scene {
            flights: (0..count).map(ask).collect(),
            ..Scene::default()
        }
    }

    fn to_broker() -> Flight {
        Flight {
            id: (0, 0),
            from: Place::Controller,
            to: Place::Broker(1),
            lane: None,
            errand: Default::default(),
            words: "metadata".to_owned(),
            records: Vec::new(),
            sent_us: 0,
            arrives_us: 1000,
            is_held: false,
        }
    }

    #[test]
    fn what_clients_ask_brokers_is_counted_where_it_would_cover_itself() {
        let scene = asks(2);
        assert_eq!(crowd(&scene, &scene.flights[0]), None);
        let scene = asks(5);
        assert_eq!(crowd(&scene, &scene.flights[0]), Some(5));
    }

    #[test]
    fn what_the_controller_says_is_seen_in_any_crowd() {
        let mut scene = asks(5);
        scene.flights.push(to_broker());
        assert_eq!(crowd(&scene, &scene.flights[5]), None);
        assert_eq!(crowd(&scene, &scene.flights[0]), Some(5));
    }

    #[test]
    fn each_lane_has_a_crowd_of_its_own() {
        let mut scene = asks(20);
        for (number, flight) in scene.flights.iter_mut().enumerate() {
            flight.lane = Some(u32::from(number >= 13));
        }
        assert_eq!(crowd(&scene, &scene.flights[0]), Some(13));
        assert_eq!(crowd(&scene, &scene.flights[19]), None);
    }
}
