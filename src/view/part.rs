//! The atom of the page: a part has a place, a look, words, a name and perhaps something that
//! happens when it is chosen.
//!
//! Everything that changes on the page is a list of parts, made here without a browser. So tests
//! can ask whether texts overlap or leave the stage, and one small painter puts any list on the
//! page.

use crate::view::commands::PageAct;
use crate::view::forms::FormKind;
use crate::view::subject::Subject;
use crate::view::thing::Thing;

/// A rectangle, in CSS pixels.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rect {
    /// Its left edge.
    pub x: i32,
    /// Its upper edge.
    pub y: i32,
    /// Its width.
    pub width: i32,
    /// Its height.
    pub height: i32,
}

impl Rect {
    /// The x after its right edge.
    pub fn right(self) -> i32 {
        self.x + self.width
    }

    /// The y after its lower edge.
    pub fn bottom(self) -> i32 {
        self.y + self.height
    }

    /// Whether the two lie on each other somewhere.
    pub fn meets(self, other: Rect) -> bool {
        let is_beside = self.right() <= other.x || other.right() <= self.x;
        let is_above = self.bottom() <= other.y || other.bottom() <= self.y;
        !is_beside && !is_above
    }

    /// The same, moved to the left until it lies on none of `taken`.
    pub fn aside(mut self, taken: &[Rect]) -> Rect {
        while let Some(other) = taken.iter().find(|other| self.meets(**other)) {
            self.x = other.x - self.width - 2;
        }
        self
    }

    /// The same, moved.
    pub fn moved(self, (x, y): (i32, i32)) -> Rect {
        Rect {
            x: self.x + x,
            y: self.y + y,
            ..self
        }
    }
}

/// What part of the page a part belongs to; also the order of reading and of Tab.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Area {
    /// Headings, the controller, and lists that have the page's corner to themselves.
    #[default]
    Top,
    /// The producers.
    Producers,
    /// The brokers' frames.
    Brokers,
    /// Partitions with their replicas.
    Rows,
    /// Groups and their members.
    Groups,
    /// The numbers of causes.
    Causes,
}

/// How a part looks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// Plain words.
    #[default]
    Words,
    /// The name of a column.
    Heading,
    /// The controller's strip.
    Controller,
    /// From the controller to a broker.
    Tick,
    /// A broker's or the producers' frame.
    Frame,
    /// The words on top of a frame.
    FrameHead,
    /// Records that wait in a producer.
    Queue,
    /// A record without an offset yet.
    Token,
    /// The way of a partition's messages.
    Lane,
    /// What ties the in-sync replicas together.
    Rail,
    /// Where a replica hangs on the rail.
    Foot,
    /// Chooses a partition where only one is shown.
    Choice,
    /// A log as one bar.
    LogBar,
    /// A partition's name.
    Partition,
    /// `ISR 2/3`.
    Isr,
    /// The leader epoch, once there was a second leader.
    Epoch,
    /// The ground of committed records.
    Water,
    /// An offset's place between the replicas.
    Guide,
    /// The high watermark.
    Bar,
    /// A follower's own high watermark.
    Notch,
    /// The leader's tab.
    Leader,
    /// What a replica is that does not lead.
    Role,
    /// How long a follower has lagged.
    Ring,
    /// The block of older records.
    Fold,
    /// A record.
    Cell,
    /// An offset whose record a cleaner removed.
    Slot,
    /// A record that a cleaner removed just now.
    Falling,
    /// A record's offset.
    Offset,
    /// The closing bracket with the log end offset.
    LogEnd,
    /// The number of the high watermark.
    Flag,
    /// Where a group stands.
    Mark,
    /// How far a group lags behind.
    Lag,
    /// The records of one leader epoch.
    Span,
    /// A record that was cut off.
    Gone,
    /// A whole log, where it is a bar.
    Log,
    /// The waiting room of a leader.
    Room,
    /// A request in it.
    Pending,
    /// A member of a group.
    Card,
    /// The name on a card.
    CardName,
    /// A partition on its owner's card.
    Owned,
    /// One fact on a card.
    Fact,
    /// A leg of an arrow.
    Arrow,
    /// The number of a cause.
    Cause,
    /// A rule and how it stands.
    Lamp,
    /// A line of the event log.
    Line,
    /// What was asked.
    Question,
    /// A cause in a chain.
    Link,
    /// A replica that an election looked at.
    Candidate,
    /// The setting that mattered.
    Setting,
    /// When a cause happened, and what it rests on.
    Stamp,
    /// A field before and after.
    Change,
    /// One of several things to do.
    Button,
    /// An entry of a menu.
    Entry,
}

impl Kind {
    /// The class of its styles.
    pub fn class(self) -> &'static str {
        match self {
            Kind::Words => "words",
            Kind::Heading => "heading",
            Kind::Controller => "controller",
            Kind::Tick => "tick",
            Kind::Frame => "frame",
            Kind::FrameHead => "frame-head",
            Kind::Queue => "queue",
            Kind::Token => "token",
            Kind::Lane => "lane",
            Kind::Rail => "rail",
            Kind::Foot => "foot",
            Kind::Choice => "choice",
            Kind::LogBar => "log-bar",
            Kind::Partition => "partition",
            Kind::Isr => "isr",
            Kind::Epoch => "epoch",
            Kind::Water => "water",
            Kind::Guide => "guide",
            Kind::Bar => "bar",
            Kind::Notch => "notch",
            Kind::Leader => "leader",
            Kind::Role => "role",
            Kind::Ring => "ring",
            Kind::Fold => "fold",
            Kind::Cell => "cell",
            Kind::Slot => "slot",
            Kind::Falling => "falling",
            Kind::Offset => "offset",
            Kind::LogEnd => "log-end",
            Kind::Flag => "flag",
            Kind::Mark => "mark",
            Kind::Lag => "lag",
            Kind::Span => "span",
            Kind::Gone => "gone",
            Kind::Log => "log",
            Kind::Room => "room",
            Kind::Pending => "pending",
            Kind::Card => "card",
            Kind::CardName => "card-name",
            Kind::Owned => "owned",
            Kind::Fact => "fact",
            Kind::Arrow => "arrow",
            Kind::Cause => "cause",
            Kind::Lamp => "lamp",
            Kind::Line => "line",
            Kind::Question => "question",
            Kind::Link => "link",
            Kind::Candidate => "candidate",
            Kind::Setting => "setting",
            Kind::Stamp => "stamp",
            Kind::Change => "change",
            Kind::Button => "button",
            Kind::Entry => "entry",
        }
    }
}

/// What tells a part from all others of its list. The order of keys is the order of reading.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct PartKey {
    /// Where it belongs.
    pub area: Area,
    /// The partition's number, the group's, or 0.
    pub row: u32,
    /// The column of brokers from 1, the member's number, or 0.
    pub column: u32,
    /// Which one of those of its kind: an offset, a place in a list.
    pub index: u64,
    /// How it looks.
    pub kind: Kind,
}

/// What a person can do to a part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Act {
    /// Open the menu of something that can be asked about.
    Ask(Subject),
    /// Ask why it is so.
    Why(Subject),
    /// Ask why an event happened: its step and place.
    Select(u64, u32),
    /// Go to the moment of an event, and ask why it happened.
    Jump(u64, u32),
    /// Go to another future.
    Branch(u32),
    /// Show the replicas of that partition below each other.
    Open(u32),
    /// Something that the page offers, whatever the cluster does.
    Page(PageAct),
    /// Open the menu of the thing that the part stands for.
    Menu,
    /// The same of a message on its way: step and place of its sending.
    Message(u64, u32),
    /// Do what that entry of the open menu says.
    Choose(u32),
    /// Open the menu of another thing than the part.
    Show(Thing),
    /// Open a form.
    Fill(FormKind),
    /// Go back from there to the cluster.
    Close,
    /// Show `__consumer_offsets`.
    OffsetsTopic,
    /// Show the topic at that place among all of them.
    Topic(u32),
    /// Start a broker that is down.
    Start(u32),
    /// Let a paused broker go on.
    Resume(u32),
    /// Heal the link between a broker and another one, or the controller.
    Heal(u32, Option<u32>),
    /// Go back to a step, and stop that broker in good order there.
    StopInstead(u64, u32),
    /// Go back to a step, and kill that broker there.
    CrashInstead(u64, u32),
    /// Show each rule, or what they say together.
    Lamps,
    /// Play what led to a step once more.
    Watch(u64),
    /// Let time pass until everybody who came back has caught up.
    CatchUp,
    /// Let time pass until something is about to turn.
    LetPass,
    /// Go to the moment right after a step, and ask why something stood so then.
    WhyThen(u64, Subject),
}

/// One thing on the page.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Part {
    /// What tells it from others.
    pub key: PartKey,
    /// Where it stands; none for a part of a list that flows.
    pub rect: Option<Rect>,
    /// How much of a ring is filled, in percent; how many pixels of a head its words leave free.
    pub fill: u8,
    /// Its words.
    pub words: String,
    /// Quieter words after them.
    pub note: String,
    /// Its name for those who do not see it; empty if its words say all, or if it only decorates.
    pub name: String,
    /// The hue of its key: a value of `data-hue`.
    pub hue: &'static str,
    /// A value of `data-state`.
    pub state: &'static str,
    /// Whether it stands back behind what matters now.
    pub is_dim: bool,
    /// What happens when it is chosen.
    pub act: Option<Act>,
    /// Whether Tab stops here; others are reached with the arrows.
    pub is_stop: bool,
}

impl Part {
    /// How it looks.
    pub fn kind(&self) -> Kind {
        self.key.kind
    }
}

/// A list of parts under construction.
#[derive(Clone, Debug, Default)]
pub struct Parts {
    list: Vec<Part>,
}

impl From<Vec<Part>> for Parts {
    fn from(list: Vec<Part>) -> Parts {
        Parts { list }
    }
}

impl Parts {
    /// Adds a part to the stage.
    pub fn put(&mut self, key: PartKey, rect: Rect) -> &mut Part {
        self.add(key, Some(rect))
    }

    /// Adds a part to a list that flows.
    pub fn flow(&mut self, key: PartKey) -> &mut Part {
        self.add(key, None)
    }

    fn add(&mut self, key: PartKey, rect: Option<Rect>) -> &mut Part {
        let at = self.list.len();
        self.list.push(Part {
            key,
            rect,
            ..Part::default()
        });
        &mut self.list[at]
    }

    /// Lets those stand back of which `is_it` says so.
    pub fn dim(&mut self, is_it: impl Fn(PartKey) -> bool) {
        for part in &mut self.list {
            part.is_dim |= is_it(part.key);
        }
    }

    /// The parts in the order of their keys.
    pub fn sorted(mut self) -> Vec<Part> {
        self.list.sort_unstable_by_key(|part| part.key);
        self.list
    }
}

/// About how wide words of that size are: rather too much than too little.
pub fn words_width(words: &str, size: i32) -> i32 {
    let hundredths: i32 = words.chars().map(letter_width).sum();
    (hundredths * size + 99) / 100
}

/// The same for strong words.
pub fn strong_width(words: &str, size: i32) -> i32 {
    words_width(words, size) * 107 / 100 + 1
}

/// The width of a letter in the page's face, in hundredths of its size.
fn letter_width(letter: char) -> i32 {
    match letter {
        'i' | 'l' | 't' | 'j' | 'f' | 'r' | 'I' => 36,
        'm' | 'w' | 'M' | 'W' | '@' | '…' | '=' => 90,
        'A'..='Z' => 68,
        '0'..='9' => 64,
        letter if letter.is_ascii_alphabetic() => 60,
        letter if letter.is_ascii() => 34,
        _ => 80,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_would_lie_on_another_steps_aside_to_the_left() {
        let rect = |x| Rect {
            x,
            y: 0,
            width: 10,
            height: 10,
        };
        let taken = [rect(0), rect(15)];
        assert_eq!(rect(30).aside(&taken), rect(30));
        assert_eq!(rect(20).aside(&taken), rect(-12), "between them is no room");
        assert!(!rect(10).meets(rect(0)), "who only touches does not meet");
    }
}
