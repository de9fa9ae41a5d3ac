//! What a person does to one message on its way.

use super::*;

impl World {
    /// Stops a message where it is. What was sent after it on the same way will wait behind it.
    #[inline(never)]
    pub(super) fn hold_message(
        &mut self,
        sent: EventId,
        given: EventId,
        step: &mut StepInProgress,
    ) {
        let Some(flight) = self.network.flight(sent) else {
            return;
        };
        let (from, to) = (flight.from, flight.to);
        let kind = EventKind::MessageHeld { from, to };
        let held = step.push(Some(to), vec![sent, given], kind);
        self.network.stop(sent, held);
        if let Some(key) = self.network.key_of(sent) {
            self.queue.remove(key);
            if let Some(flight) = self.network.land(key) {
                self.network.hold(flight);
            }
        }
    }

    /// Lets a held message go on, and what waited behind it.
    pub(super) fn release_message(
        &mut self,
        sent: EventId,
        given: EventId,
        step: &mut StepInProgress,
    ) {
        let Some(flight) = self.network.flight(sent) else {
            return;
        };
        let (from, to) = (flight.from, flight.to);
        let kind = EventKind::MessageReleased { from, to };
        step.push(Some(to), vec![sent, given], kind);
        self.network.release(sent);
        self.fly_on(from, to);
    }

    /// Loses a message. TCP repeats what is lost until the connection breaks, so it breaks, and
    /// all that is on it is lost.
    #[inline(never)]
    pub(super) fn drop_message(
        &mut self,
        sent: EventId,
        given: EventId,
        step: &mut StepInProgress,
    ) {
        let Some(flight) = self.network.flight(sent) else {
            return;
        };
        let (from, to) = (flight.from, flight.to);
        let kind = EventKind::MessageLost { from, to };
        let lost = step.push(Some(to), vec![sent, given], kind);
        let mut others = Vec::new();
        for (a, b) in [(from, to), (to, from)] {
            for key in self.network.keys_behind(a, b, EventId::default()) {
                self.queue.remove(key);
                others.extend(self.network.land(key).map(|flight| (flight.sent, a, b)));
            }
            let held = self.network.drop_held(a, b);
            others.extend(held.into_iter().map(|sent| (sent, a, b)));
        }
        for (other, from, to) in others.into_iter().filter(|(other, ..)| *other != sent) {
            let kind = EventKind::MessageLost { from, to };
            step.push(Some(to), vec![other, lost], kind);
        }
        self.break_connection(from, to, lost);
        self.break_connection(to, from, lost);
    }

    /// Lets what waited between two nodes go on from half way, and behind it what was sent later.
    pub(super) fn fly_on(&mut self, from: NodeId, to: NodeId) {
        let freed = self.network.take_freed(from, to);
        let Some(first) = freed.first() else {
            return;
        };
        let behind = self.network.keys_behind(from, to, first.sent);
        for flight in freed {
            let arrives_at = self.arrival(from, to);
            let half = SimDuration(arrives_at.0 - self.now.0);
            let sent_at = SimTime(self.now.0.saturating_sub(half.0));
            self.fly(Flight {
                sent_at,
                arrives_at,
                ..flight
            });
        }
        for key in behind {
            self.queue.remove(key);
            if let Some(flight) = self.network.land(key) {
                let arrives_at = self.arrival(from, to);
                self.fly(Flight {
                    arrives_at,
                    ..flight
                });
            }
        }
    }

    /// When something sent now arrives.
    pub(super) fn arrival(&mut self, from: NodeId, to: NodeId) -> SimTime {
        self.network
            .arrival(from, to, self.now, &mut self.streams.network)
    }

    /// Puts a message on its way.
    pub(super) fn fly(&mut self, flight: Flight) {
        let key = self.queue.push(flight.arrives_at, Scheduled::Arrival);
        self.network.take_off(key, flight);
    }
}
