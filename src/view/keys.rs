//! How keys look: a hue by first appearance, and a letter; two where two keys would look the same.

use highwater_engine::kafka::group::records::{GroupRecord, decode};
use highwater_engine::kafka::record::Record;

use crate::view::format::bytes_text;
use crate::view::scene::KeyMark;

/// How many hues there are before they repeat.
const HUES: usize = 6;

/// The keys seen so far, in the order of their first appearance.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Keys {
    seen: Vec<Vec<u8>>,
}

impl Keys {
    /// Notes a key that was not seen before.
    pub fn meet(&mut self, key: Option<&[u8]>) {
        if let Some(key) = key
            && !self.seen.iter().any(|seen| seen == key)
        {
            self.seen.push(key.to_vec());
        }
    }

    /// How a key looks. One that was never met looks like a record without a key.
    pub fn mark(&self, key: Option<&[u8]>) -> KeyMark {
        let Some(index) = key.and_then(|key| self.seen.iter().position(|seen| seen == key)) else {
            return KeyMark::none();
        };
        let name = bytes_text(&self.seen[index]);
        let hue = index % HUES;
        let one = letters(&name, 1);
        let is_taken = self.seen.iter().enumerate().any(|(other, key)| {
            other < index && other % HUES == hue && letters(&bytes_text(key), 1) == one
        });
        KeyMark {
            letter: if is_taken { letters(&name, 2) } else { one },
            hue: Some(hue as u8),
            name,
        }
    }
}

/// How the key of a record of `__consumer_offsets` looks: the number of the partition whose offset
/// was committed, or `G` for a group.
pub fn mark_of_group_record(record: &Record) -> KeyMark {
    match decode(record) {
        Ok(Some(GroupRecord::Offset {
            group_id,
            partition,
            ..
        })) => KeyMark {
            letter: partition.partition.to_string(),
            hue: Some((partition.partition.0 % HUES as u32) as u8),
            name: format!("offset of {group_id} for {partition}"),
        },
        Ok(Some(GroupRecord::Metadata { group_id, .. })) => KeyMark {
            letter: "G".to_owned(),
            hue: None,
            name: format!("group {group_id}"),
        },
        Ok(None) | Err(_) => KeyMark::none(),
    }
}

fn letters(name: &str, count: usize) -> String {
    name.chars()
        .take(count)
        .map(|letter| letter.to_ascii_uppercase())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_keeps_the_hue_of_its_first_appearance() {
        let mut keys = Keys::default();
        keys.meet(Some(b"alice"));
        keys.meet(Some(b"bob"));
        keys.meet(Some(b"alice"));
        let mark = keys.mark(Some(b"alice"));
        assert_eq!((mark.letter.as_str(), mark.hue), ("A", Some(0)));
        assert_eq!(keys.mark(Some(b"bob")).hue, Some(1));
    }

    #[test]
    fn two_keys_never_look_the_same_in_the_first_two_rounds() {
        let mut keys = Keys::default();
        for key in ["dave", "b", "c", "e", "f", "g", "dora"] {
            keys.meet(Some(key.as_bytes()));
        }
        assert_eq!(keys.mark(Some(b"dave")).letter, "D");
        assert_eq!(keys.mark(Some(b"dora")).letter, "DO");
    }

    #[test]
    fn no_key_has_its_own_sign() {
        assert_eq!(Keys::default().mark(None), KeyMark::none());
    }
}
