//! What stands at an offset of a replica, and how keys look.

use serde::Serialize;

/// An offset in a replica, or several that are empty.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct CellRow {
    /// Its offset.
    pub offset: u64,
    /// The offset after the last one that it stands for.
    pub end: u64,
    /// What stands there.
    pub kind: CellKind,
    /// The mark of its key; of a record that falls out, the one that it had.
    pub key: KeyMark,
    /// Whether it lies below the high watermark.
    pub is_committed: bool,
    /// Whether the leader has no such record there: it is lost, or will be cut off.
    #[serde(skip)]
    pub is_lost: bool,
    /// Whether it has no value.
    pub is_tombstone: bool,
    /// Whether the visitor wrote it.
    pub is_yours: bool,
}

/// What stands at an offset.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum CellKind {
    /// A record.
    #[default]
    Record,
    /// The end of a transaction, which consumers don't see.
    Marker,
    /// Nothing any more: a log cleaner removed it.
    Removed,
    /// Nothing any more, since a moment ago.
    Falling,
}

impl CellRow {
    /// Whether nothing stands there any more.
    pub fn is_gap(&self) -> bool {
        matches!(self.kind, CellKind::Removed | CellKind::Falling)
    }

    /// The name by which a screen reader finds it.
    pub fn accessible_name(&self, partition: &str, broker: u32) -> String {
        let offset = self.offset.to_string();
        if self.is_gap() {
            let last = self.end.saturating_sub(1);
            let which = if last > self.offset {
                format!("offsets {offset} to {last}")
            } else {
                format!("offset {offset}")
            };
            return format!("{partition}, {which}, removed by the log cleaner, on broker {broker}");
        }
        let key = match (self.kind, self.key.name.as_str()) {
            (CellKind::Marker, _) => "",
            (_, "") => "no key",
            (_, _) => "key ",
        };
        let state = if self.is_committed {
            ", committed"
        } else if self.is_lost {
            ", not in the leader’s log"
        } else {
            ", not yet committed"
        };
        let tombstone = if self.is_tombstone { ", tombstone" } else { "" };
        let yours = if self.is_yours { ", yours" } else { "" };
        // Made for every cell of every picture: pieces are cheaper than a format.
        let broker = broker.to_string();
        let pieces = [partition, ", offset ", &offset, ", ", key, &self.key.name];
        let more = [tombstone, state, yours, ", on broker ", &broker];
        [pieces.concat(), more.concat()].concat()
    }
}

/// How a key looks: hue and letter.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct KeyMark {
    /// The key as text; empty for none.
    pub name: String,
    /// Its first letter, or two where two keys would look the same; `∅` for no key.
    pub letter: String,
    /// Which of the six hues; `None` for no key.
    pub hue: Option<u8>,
}

impl Default for KeyMark {
    fn default() -> KeyMark {
        KeyMark::none()
    }
}

impl KeyMark {
    /// The mark of a record without a key.
    pub fn none() -> KeyMark {
        KeyMark {
            name: String::new(),
            letter: "∅".to_owned(),
            hue: None,
        }
    }

    /// The value of `data-hue`.
    pub fn hue_token(&self) -> &'static str {
        const TOKENS: [&str; 6] = ["a", "b", "c", "d", "e", "f"];
        self.hue
            .map_or("none", |hue| TOKENS[usize::from(hue) % TOKENS.len()])
    }
}
