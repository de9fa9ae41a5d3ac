//! How keys look: a hue by first appearance, another than its neighbours' in the partition, and a
//! letter; two where two keys would look the same.

use highwater_engine::kafka::group::records::{GroupRecord, decode};
use highwater_engine::kafka::ids::TopicPartition;
use highwater_engine::kafka::record::Record;

use crate::view::format::bytes_text;
use crate::view::scene::KeyMark;

/// How many hues there are before they repeat.
const HUES: usize = 6;

/// The keys seen so far, in the order of their first appearance, and how each looks.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Keys {
    seen: Vec<(Vec<u8>, KeyMark)>,
    /// The hues that are used in a partition, a bit for each.
    used: Vec<(TopicPartition, u8)>,
}

impl Keys {
    /// Notes a key that was not seen before, in the partition of its first record.
    pub fn meet(&mut self, key: Option<&[u8]>, partition: &TopicPartition) {
        if let Some(key) = key
            && !self.seen.iter().any(|(seen, _)| seen == key)
        {
            let hue = self.next_hue(partition);
            let mark = self.next_mark(&bytes_text(key), hue);
            self.seen.push((key.to_vec(), mark));
        }
    }

    /// The next hue in their order that its partition has not, if there is one.
    fn next_hue(&mut self, partition: &TopicPartition) -> u8 {
        let next = self.seen.len();
        let mut known = self.used.iter();
        let place = known.position(|(known, _)| known == partition);
        let place = place.unwrap_or_else(|| {
            self.used.push((partition.clone(), 0));
            self.used.len() - 1
        });
        let used = &mut self.used[place].1;
        let mut hues = (next..next + HUES).map(|hue| (hue % HUES) as u8);
        let is_free = |hue: &u8| *used >> hue & 1 == 0;
        let hue = hues.find(is_free).unwrap_or((next % HUES) as u8);
        *used |= 1 << hue;
        hue
    }

    /// How a key looks. One that was never met looks like a record without a key.
    pub fn mark(&self, key: Option<&[u8]>) -> KeyMark {
        let found = key.and_then(|key| self.seen.iter().find(|(seen, _)| seen == key));
        found.map_or_else(KeyMark::none, |(_, mark)| mark.clone())
    }

    /// How a key looks that may be met soon: without a hue as long as it has none.
    pub fn foretold(&self, key: Option<&[u8]>) -> KeyMark {
        let mut mark = self.mark(key);
        if let Some(key) = key.filter(|_| mark.hue.is_none()) {
            mark.letter = letters(&bytes_text(key), 1);
        }
        mark
    }

    fn next_mark(&self, name: &str, hue: u8) -> KeyMark {
        let one = letters(name, 1);
        let mut others = self.seen.iter().map(|(_, mark)| mark);
        let is_taken = others.any(|other| other.hue == Some(hue) && letters(&other.name, 1) == one);
        KeyMark {
            letter: if is_taken { letters(name, 2) } else { one },
            hue: Some(hue),
            name: name.to_owned(),
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
    use highwater_engine::kafka::ids::TopicName;

    fn partition(number: u32) -> TopicPartition {
        TopicPartition::new(&TopicName::new("orders"), number)
    }

    #[test]
    fn a_new_key_gets_a_hue_that_its_partition_has_not() {
        let mut keys = Keys::default();
        let met = [("a", 0), ("b", 1), ("c", 0), ("d", 1), ("e", 0), ("f", 1)];
        for (key, of) in met.into_iter().chain([("g", 0), ("h", 0), ("i", 0)]) {
            keys.meet(Some(key.as_bytes()), &partition(of));
        }
        let hue = |key: &str| keys.mark(Some(key.as_bytes())).hue;
        let first = ["a", "c", "e", "g", "h", "i"].map(hue);
        for (index, one) in first.iter().enumerate() {
            assert!(!first[index + 1..].contains(one), "{first:?}");
        }
        keys.meet(Some(b"j"), &partition(0));
        assert_eq!(keys.mark(Some(b"j")).hue, Some(3), "a seventh repeats one");
    }

    #[test]
    fn a_key_keeps_the_hue_of_its_first_appearance() {
        let mut keys = Keys::default();
        keys.meet(Some(b"alice"), &partition(0));
        keys.meet(Some(b"bob"), &partition(0));
        keys.meet(Some(b"alice"), &partition(0));
        let mark = keys.mark(Some(b"alice"));
        assert_eq!((mark.letter.as_str(), mark.hue), ("A", Some(0)));
        assert_eq!(keys.mark(Some(b"bob")).hue, Some(1));
    }

    #[test]
    fn two_keys_never_look_the_same_in_the_first_two_rounds() {
        let mut keys = Keys::default();
        for key in ["dave", "b", "c", "e", "f", "g", "dora"] {
            keys.meet(Some(key.as_bytes()), &partition(0));
        }
        assert_eq!(keys.mark(Some(b"dave")).letter, "D");
        assert_eq!(keys.mark(Some(b"dora")).letter, "DO");
    }

    #[test]
    fn no_key_has_its_own_sign() {
        assert_eq!(Keys::default().mark(None), KeyMark::none());
    }
}
