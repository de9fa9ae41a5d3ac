//! Messages on their way.

use serde::Serialize;

use super::KeyMark;

/// A message on its way.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Flight {
    /// Tells it from others: step and place of its sending.
    pub id: (u64, u32),
    /// Where it comes from.
    pub from: Place,
    /// Where it goes.
    pub to: Place,
    /// The partition on whose lane it moves; the controller's lane without one.
    pub lane: Option<u32>,
    /// What it is about.
    pub errand: Errand,
    /// Its words: `fetch 5`.
    pub words: String,
    /// The keys of the records in it, at most a few.
    pub records: Vec<KeyMark>,
    /// When it was sent, in microseconds since the start of the run.
    pub sent_us: u64,
    /// When it arrives.
    pub arrives_us: u64,
    /// Whether a cut link holds it.
    pub is_held: bool,
}

/// What a message is about, where that decides how it is drawn.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Errand {
    /// Somebody asks for records.
    Fetch,
    /// A group's offset is committed, or that is answered.
    Commit,
    /// Anything else.
    #[default]
    Other,
}

/// An end of a flight.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Place {
    /// The controller's strip.
    Controller,
    /// A broker's column.
    Broker(u32),
    /// The producers' column.
    Producer(String),
    /// A member's card.
    Consumer(String),
    /// The admin client, which has no place of its own.
    Admin,
}

impl Place {
    /// Its name: `broker 2`.
    pub fn words(&self) -> String {
        match self {
            Place::Controller => "the controller".to_owned(),
            Place::Broker(id) => format!("broker {id}"),
            Place::Producer(name) | Place::Consumer(name) => name.clone(),
            Place::Admin => "admin".to_owned(),
        }
    }
}
