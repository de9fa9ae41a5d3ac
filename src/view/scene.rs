//! What the page shows at one moment, as plain rows in the words and units of the screen.
//!
//! A `Scene` is made from a world and drawn by components that know no Kafka. Rows are small,
//! comparable and keyed by ids, so that only what differs is touched on the page.

mod cell;
mod flight;
mod inside;
mod tracks;

pub use cell::{CellKind, CellRow, KeyMark};
pub use flight::{Errand, Flight, Place};
pub use inside::{CutRow, InsideRow, KnownRow, ToldRow, WaitingRow};

use std::borrow::Cow;

use serde::Serialize;

use crate::view::event_line::OFFSETS_TOPIC;
use crate::view::part::Part;

pub use tracks::{DENSITY_WINDOW_US, TrackIcon, TrackKind, TrackMark, TrackRow, imprint};

/// Everything on the page that comes from the run.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Scene {
    /// Where the play head stands.
    pub head: HeadRow,
    /// The one sentence about the present, at most 100 characters.
    pub sentence: String,
    /// What one may want to do now, as buttons beside the sentence.
    #[serde(skip)]
    pub fitting: Vec<Part>,
    /// The topic on the stage.
    pub topic: String,
    /// All topics that may be on it, by name.
    pub topics: Vec<String>,
    /// Whether there is `__consumer_offsets` by now.
    #[serde(skip)]
    pub has_offsets_topic: bool,
    /// The controller's strip.
    pub controller: ControllerRow,
    /// The columns, by broker id.
    pub brokers: Vec<BrokerRow>,
    /// The rows, by partition number.
    pub partitions: Vec<PartitionRow>,
    /// The producers at the left.
    pub producers: Vec<ProducerRow>,
    /// The groups at the right.
    pub groups: Vec<GroupRow>,
    /// What is on its way.
    pub flights: Vec<Flight>,
    /// The rules, in a fixed order.
    pub lamps: Vec<LampRow>,
    /// The tracks of the time bar.
    pub tracks: Vec<TrackRow>,
    /// The futures that can be reached, the present one marked.
    pub branches: Vec<BranchRow>,
}

impl Scene {
    /// Whether the topic on the stage is the machinery's own.
    pub fn is_internal(&self) -> bool {
        self.topic == OFFSETS_TOPIC
    }

    /// What all producers sent to a partition and have had no answer to for long: how many requests,
    /// and how old the oldest of them is, in microseconds.
    pub fn unanswered(&self, partition: u32) -> Option<(u32, u64)> {
        let rows = self.producers.iter().flat_map(|row| &row.unanswered);
        rows.filter(|row| row.partition == partition)
            .map(|row| (row.count, row.age_us))
            .reduce(|(count, oldest), (more, age)| (count + more, oldest.max(age)))
    }

    /// Whether a stage with all partitions looks the same: all but messages, sentence and time.
    pub fn looks_like(&self, other: &Scene) -> bool {
        self.partitions == other.partitions
            && self.brokers == other.brokers
            && self.controller == other.controller
            && self.producers == other.producers
            && self.groups == other.groups
            && (&self.topic, &self.topics) == (&other.topic, &other.topics)
    }
}

/// Where the play head stands.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct HeadRow {
    /// The present, in microseconds since the start of the run.
    pub now_us: u64,
    /// The same as text: `00:04.250`.
    pub clock: String,
    /// How many steps lie before the play head.
    pub step: u64,
    /// How many steps of this branch have ever been played.
    pub known_steps: u64,
    /// The time of the last of them, in microseconds since the start of the run.
    pub known_us: u64,
}

/// What the strip above the brokers says.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct ControllerRow {
    /// Its words: `hears all three brokers`.
    pub words: String,
}

/// A column.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct BrokerRow {
    /// Its id.
    pub id: u32,
    /// Whether its process runs.
    pub status: BrokerStatus,
    /// What stands at the right of its header: `leads p1, p2`.
    pub note: String,
    /// Whether the controller hears it.
    pub is_heard: bool,
    /// `silent 4.2 s`, once the controller has not heard it for longer than usual; then after what
    /// silence it was fenced.
    pub silence: Option<String>,
}

/// What a broker's process does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum BrokerStatus {
    /// It runs and may lead.
    #[default]
    Up,
    /// Its process runs, and the controller has not registered it yet.
    Starting,
    /// It is registered; the controller doesn't let it lead yet.
    Fenced,
    /// It is handing its leaderships over.
    ShuttingDown,
    /// It stands still.
    Paused,
    /// There is no process.
    Down,
}

impl BrokerStatus {
    /// The value of `data-status`, and the key of its styles.
    pub fn token(self) -> &'static str {
        match self {
            BrokerStatus::Up => "up",
            BrokerStatus::Starting => "starting",
            BrokerStatus::Fenced => "fenced",
            BrokerStatus::ShuttingDown => "shutting-down",
            BrokerStatus::Paused => "paused",
            BrokerStatus::Down => "down",
        }
    }

    /// `off` if it has no process, for the styles of what it holds.
    pub fn absence(self) -> &'static str {
        match self {
            BrokerStatus::Down => "off",
            _ => "",
        }
    }

    /// What stands in the header; nothing while all is well.
    pub fn words(self) -> &'static str {
        match self {
            BrokerStatus::Up => "",
            BrokerStatus::Starting => "starting",
            BrokerStatus::Fenced => "fenced",
            BrokerStatus::ShuttingDown => "shutting down",
            BrokerStatus::Paused => "paused",
            BrokerStatus::Down => "down",
        }
    }
}

/// A row of the stage.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct PartitionRow {
    /// Its number in its topic.
    pub id: u32,
    /// Its name: `p1`.
    pub name: String,
    /// The leader's broker id, if there is one.
    pub leader: Option<u32>,
    /// Shown once there was a second leader.
    pub leader_epoch: Option<i32>,
    /// The epoch before, for a while after it ended.
    pub former_epoch: Option<i32>,
    /// Ids of the in-sync replicas, ascending.
    pub in_sync_replicas: Vec<u32>,
    /// The leader's high watermark; `None` while nobody leads.
    pub high_watermark: Option<u64>,
    /// How many replicas are assigned.
    pub replica_count: u32,
    /// The groups whose offsets it holds, of `__consumer_offsets`.
    #[serde(skip)]
    pub holds: String,
    /// The offset of an acknowledged record that it lost, as a broken rule names it.
    #[serde(skip)]
    pub lost: Option<u64>,
    /// The offset of the record that the visitor wrote last, if it is in this partition.
    #[serde(skip)]
    pub yours: Option<u64>,
    /// The replicas, by broker id.
    pub replicas: Vec<ReplicaRow>,
    /// Where each group stands.
    pub marks: Vec<GroupMark>,
    /// What is told of it once it is opened.
    #[serde(skip)]
    pub inside: Option<InsideRow>,
}

impl PartitionRow {
    /// The replica that leads.
    pub fn leading(&self) -> Option<&ReplicaRow> {
        let mut replicas = self.replicas.iter();
        let is_it = |it: &&ReplicaRow| it.role == ReplicaRole::Leader && it.broker < NOWHERE;
        replicas.find(is_it)
    }

    /// The end of a log that was just cut off, where one is opened.
    pub fn cut(&self) -> Option<&CutRow> {
        self.inside.as_ref()?.cuts.last()
    }

    /// `ISR 2/3`.
    pub fn isr_words(&self) -> String {
        format!("ISR {}/{}", self.in_sync_replicas.len(), self.replica_count)
    }

    /// Whether the broker's replica is in sync.
    pub fn is_in_sync(&self, broker: u32) -> bool {
        self.in_sync_replicas.contains(&broker)
    }
}

/// With this in its broker's number a replica stands nowhere: others are aligned with it, and it is not
/// drawn.
pub const NOWHERE: u32 = 1 << 31;

/// One replica of a partition.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ReplicaRow {
    /// On which broker.
    pub broker: u32,
    /// What it is there.
    pub role: ReplicaRole,
    /// Its first offset.
    pub log_start_offset: u64,
    /// The offset that its next record will have.
    pub log_end_offset: u64,
    /// The high watermark as this replica knows it.
    pub high_watermark: u64,
    /// How long it has lagged, where that begins to matter.
    pub lag: Option<LagRow>,
    /// How many records from the log's start are not listed in `cells`.
    pub folded_count: u64,
    /// Its newest records, oldest first.
    pub cells: Vec<CellRow>,
}

/// An in-sync follower that has not caught up for a while.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LagRow {
    /// How much of the time has passed that its leader gives it, in percent.
    pub percent: u8,
    /// `lags 12 s; after 30 s it leaves the in-sync replicas`.
    pub words: String,
}

/// What a leader is that was replaced and has not heard of it.
const THINKS_IT_LEADS: &str = "thinks it leads";

/// What a replica is to its partition.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ReplicaRole {
    /// Takes writes.
    Leader,
    /// Copies the leader and is in sync.
    Follower,
    /// Copies the leader and is not in sync.
    OutOfSync,
    /// Not in sync, and may lead if no other can: in the eligible leader replicas.
    Eligible,
    /// Takes itself for the leader, of that epoch, and is not.
    ThinksItLeads(i32),
    /// Leads as far as the controller knows, and has no process any more.
    LeaderUntilFenced,
    /// Led before its process ended.
    WasLeader,
}

impl ReplicaRole {
    /// The value of `data-role`.
    pub fn token(self) -> &'static str {
        match self {
            ReplicaRole::Leader => "leader",
            ReplicaRole::Follower => "follower",
            ReplicaRole::OutOfSync | ReplicaRole::Eligible | ReplicaRole::ThinksItLeads(_) => {
                "out-of-sync"
            }
            ReplicaRole::LeaderUntilFenced | ReplicaRole::WasLeader => "was-leader",
        }
    }

    /// The word above the cells.
    pub fn words(self) -> Cow<'static, str> {
        Cow::Borrowed(match self {
            ReplicaRole::Leader => "LEADER",
            ReplicaRole::Follower => "follower",
            ReplicaRole::OutOfSync => "out of sync",
            ReplicaRole::Eligible => "in the ELR",
            ReplicaRole::ThinksItLeads(epoch) => {
                return Cow::Owned(format!("{THINKS_IT_LEADS}, epoch {epoch}"));
            }
            ReplicaRole::LeaderUntilFenced => "leader until fenced",
            ReplicaRole::WasLeader => "was leader",
        })
    }

    /// The same where there is little room.
    pub fn short_words(self) -> Cow<'static, str> {
        match self {
            ReplicaRole::ThinksItLeads(_) => Cow::Borrowed(THINKS_IT_LEADS),
            ReplicaRole::LeaderUntilFenced => Cow::Borrowed("until fenced"),
            _ => self.words(),
        }
    }
}

/// Where a group stands in a partition.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct GroupMark {
    /// The group.
    pub group: String,
    /// Its shape, by the order of the groups.
    pub shape: MarkShape,
    /// The offset that it committed: the next one to read after a restart.
    pub committed: Option<u64>,
    /// The offset that its member reads next.
    pub position: Option<u64>,
    /// How many records lie between the commit and the high watermark.
    pub lag: Option<u64>,
}

/// The shape of a group's marks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum MarkShape {
    /// ▲
    Triangle,
    /// ◆
    Diamond,
    /// ●
    Circle,
    /// ■
    Square,
}

impl MarkShape {
    /// The shape of the group number `index`.
    pub fn of(index: usize) -> MarkShape {
        match index % 4 {
            0 => MarkShape::Triangle,
            1 => MarkShape::Diamond,
            2 => MarkShape::Circle,
            _ => MarkShape::Square,
        }
    }

    /// The values of `data-state`: full for a commit, hollow for a position.
    pub fn tokens(self) -> (&'static str, &'static str) {
        match self {
            MarkShape::Triangle => ("triangle", "triangle hollow"),
            MarkShape::Diamond => ("diamond", "diamond hollow"),
            MarkShape::Circle => ("circle", "circle hollow"),
            MarkShape::Square => ("square", "square hollow"),
        }
    }
}

/// A producer.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ProducerRow {
    /// Its name.
    pub name: String,
    /// `acks=all`.
    pub acks: String,
    /// The visitor's first record of which no partition is known yet.
    #[serde(skip)]
    pub asks: Vec<KeyMark>,
    /// Records that wait in its accumulator, by partition number.
    pub queues: Vec<(u32, Vec<KeyMark>)>,
    /// For how long the oldest of them waits, by partition number, once that is long.
    pub waits: Vec<(u32, String)>,
    /// What it has sent and waits long for an answer to.
    pub unanswered: Vec<UnansweredRow>,
}

/// Requests for a partition that are under way for long.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct UnansweredRow {
    /// The partition's number.
    pub partition: u32,
    /// How many records they bring.
    pub count: u32,
    /// How old the oldest of those is, as `told_age` has it, in microseconds.
    pub age_us: u64,
}

/// A group with its members.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct GroupRow {
    /// Its `group.id`.
    pub name: String,
    /// `generation 2, stable`.
    pub state: String,
    /// Its members in the order of their joining.
    pub members: Vec<ConsumerRow>,
}

/// A member of a group.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ConsumerRow {
    /// Its name.
    pub name: String,
    /// The numbers of the partitions that it owns, ascending.
    pub owns: Vec<u32>,
    /// `idle: no partition left`, or what else there is to say.
    pub note: String,
}

/// A rule and how it stands.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct LampRow {
    /// The rule in words: `no acked record lost`.
    pub rule: String,
    /// How it stands.
    pub state: LampState,
}

/// How a rule stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum LampState {
    /// It was never broken.
    Holds,
    /// It was broken: the record, in words, and the event.
    Broken { words: String, event: (u64, u32) },
}

impl LampState {
    /// The value of `data-state`.
    pub fn token(&self) -> &'static str {
        match self {
            LampState::Holds => "holds",
            LampState::Broken { .. } => "broken",
        }
    }
}

/// A future.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct BranchRow {
    /// Its name.
    pub name: String,
    /// The moment at which it left another one, as text; nothing if that isn't known.
    pub from: Option<String>,
    /// Whether the play head is on it.
    pub is_current: bool,
    /// How many steps of it were played.
    pub known_steps: u64,
}
