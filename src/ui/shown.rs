//! The signals of the page: what is shown at this moment, set by the session, read by components.

use leptos::prelude::*;

use crate::ui::rows::{Keyed, Rows};
use crate::view::layout::{Layout, LayoutInput, Scale};
use crate::view::placed::{PlacedCell, PlacedMark, PlacedReplica};
use crate::view::scene::{
    BranchRow, BrokerRow, GroupRow, HeadRow, LampRow, PartitionRow, ProducerRow,
};

impl Keyed for PlacedCell {
    type Key = (u32, u32, u64);

    fn key(&self) -> Self::Key {
        (self.partition, self.broker, self.row.offset)
    }
}

impl Keyed for PlacedReplica {
    type Key = (u32, u32);

    fn key(&self) -> Self::Key {
        (self.partition, self.broker)
    }
}

impl Keyed for PlacedMark {
    type Key = (u32, String);

    fn key(&self) -> Self::Key {
        (self.partition, self.name.clone())
    }
}

impl Keyed for BrokerRow {
    type Key = u32;

    fn key(&self) -> u32 {
        self.id
    }
}

impl Keyed for PartitionRow {
    type Key = u32;

    fn key(&self) -> u32 {
        self.id
    }
}

impl Keyed for GroupRow {
    type Key = String;

    fn key(&self) -> String {
        self.name.clone()
    }
}

/// A line of the event log or a link of a chain of causes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventLine {
    /// The event: step and place.
    pub event: (u64, u32),
    /// When: `00:04.250`.
    pub clock: String,
    /// What happened.
    pub sentence: String,
}

impl Keyed for EventLine {
    type Key = (u64, u32);

    fn key(&self) -> (u64, u32) {
        self.event
    }
}

/// The answer to "why": the question and its causes, nearest first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// What was asked about.
    pub question: EventLine,
    /// Its causes.
    pub causes: Vec<EventLine>,
}

/// How the play head moves.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Playing {
    /// Whether it moves at all.
    pub is_playing: bool,
    /// The speed's place among all speeds.
    pub speed: usize,
}

/// Everything that is shown.
#[derive(Clone)]
pub struct Shown {
    /// Where the play head stands.
    pub head: RwSignal<HeadRow>,
    /// The sentence about the present.
    pub sentence: RwSignal<String>,
    /// The topic on the stage.
    pub topic: RwSignal<String>,
    /// The controller's words.
    pub controller: RwSignal<String>,
    /// The brokers' frames.
    pub brokers: Rows<BrokerRow>,
    /// The rows' names and counts.
    pub partitions: Rows<PartitionRow>,
    /// The replicas.
    pub replicas: Rows<PlacedReplica>,
    /// The records.
    pub cells: Rows<PlacedCell>,
    /// Where groups stand.
    pub marks: Rows<PlacedMark>,
    /// The producers.
    pub producers: RwSignal<Vec<ProducerRow>>,
    /// The groups.
    pub groups: Rows<GroupRow>,
    /// The rules.
    pub lamps: Rows<LampRow>,
    /// What is on its way, in words.
    pub flights: RwSignal<Vec<String>>,
    /// The futures.
    pub branches: RwSignal<Vec<BranchRow>>,
    /// How the play head moves.
    pub playing: RwSignal<Playing>,
    /// The answer in the panel.
    pub answer: RwSignal<Option<Answer>>,
    /// The newest events, newest first.
    pub log: Rows<EventLine>,
    /// What could not be done, in words.
    pub notice: RwSignal<String>,
    /// Where everything stands.
    pub layout: RwSignal<Layout>,
    /// Whether the panel is open.
    pub is_panel_open: RwSignal<bool>,
}

impl Default for Shown {
    fn default() -> Self {
        Shown {
            head: RwSignal::default(),
            sentence: RwSignal::default(),
            topic: RwSignal::default(),
            controller: RwSignal::default(),
            brokers: Rows::default(),
            partitions: Rows::default(),
            replicas: Rows::default(),
            cells: Rows::default(),
            marks: Rows::default(),
            producers: RwSignal::default(),
            groups: Rows::default(),
            lamps: Rows::default(),
            flights: RwSignal::default(),
            branches: RwSignal::default(),
            playing: RwSignal::default(),
            answer: RwSignal::default(),
            log: Rows::default(),
            notice: RwSignal::default(),
            layout: RwSignal::new(Layout::new(LayoutInput {
                width: 1280,
                height: 483,
                broker_count: 3,
                partition_count: 3,
                scale: Scale::Regular,
            })),
            is_panel_open: RwSignal::default(),
        }
    }
}

/// Sets a signal only if that changes it.
pub fn set_if_changed<T>(signal: RwSignal<T>, value: &T)
where
    T: Clone + PartialEq + Send + Sync + 'static,
{
    if *signal.read_untracked() != *value {
        signal.set(value.clone());
    }
}
