//! A sorted map or set does what the standard library's does.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use super::{SortedMap, SortedSet};

/// Something done to a map.
#[derive(Clone, Debug)]
enum Change {
    Insert(u8, u16),
    Remove(u8),
    AddToEntry(u8, u16),
    RetainBelow(u16),
    SplitOff(u8),
    PopFirst,
    AddToRange(u8, u8),
}

fn change() -> impl Strategy<Value = Change> {
    prop_oneof![
        4 => (0..20u8, any::<u16>()).prop_map(|(key, value)| Change::Insert(key, value)),
        2 => (0..20u8).prop_map(Change::Remove),
        2 => (0..20u8, 0..9u16).prop_map(|(key, value)| Change::AddToEntry(key, value)),
        1 => any::<u16>().prop_map(Change::RetainBelow),
        1 => (0..25u8).prop_map(Change::SplitOff),
        1 => Just(Change::PopFirst),
        1 => (0..20u8, 0..9u8).prop_map(|(from, length)| Change::AddToRange(from, from + length)),
    ]
}

/// Does the same to both and gives what both answered.
fn apply(
    change: Change,
    ours: &mut SortedMap<u8, u16>,
    theirs: &mut BTreeMap<u8, u16>,
) -> (String, String) {
    let shown = |it: &dyn std::fmt::Debug| format!("{it:?}");
    match change {
        Change::Insert(k, v) => (shown(&ours.insert(k, v)), shown(&theirs.insert(k, v))),
        Change::Remove(k) => (shown(&ours.remove(&k)), shown(&theirs.remove(&k))),
        Change::AddToEntry(k, n) => {
            let add = |it: &mut u16| *it = it.wrapping_add(n);
            let our = ours.entry(k).and_modify(add).or_default();
            (
                shown(our),
                shown(theirs.entry(k).and_modify(add).or_default()),
            )
        }
        Change::RetainBelow(max) => {
            ours.retain(|k, v| *v < max || *k == 3);
            theirs.retain(|k, v| *v < max || *k == 3);
            (String::new(), String::new())
        }
        Change::SplitOff(k) => (shown(&ours.split_off(&k)), shown(&theirs.split_off(&k))),
        Change::PopFirst => (shown(&ours.pop_first()), shown(&theirs.pop_first())),
        Change::AddToRange(from, to) => {
            ours.range_mut(from..to).for_each(|(_, v)| *v |= 1);
            theirs.range_mut(from..to).for_each(|(_, v)| *v |= 1);
            let ours: Vec<_> = ours.range(..=to).rev().collect();
            (
                shown(&ours),
                shown(&theirs.range(..=to).rev().collect::<Vec<_>>()),
            )
        }
    }
}

proptest! {
    #[test]
    fn a_sorted_map_answers_as_a_btree_map_does(changes in prop::collection::vec(change(), 0..60)) {
        let mut ours = SortedMap::new();
        let mut theirs = BTreeMap::new();
        for change in changes {
            let (our, their) = apply(change, &mut ours, &mut theirs);
            prop_assert_eq!(our, their);
            prop_assert_eq!(format!("{ours:?}"), format!("{theirs:?}"));
            prop_assert_eq!(ours.get(&7), theirs.get(&7));
            prop_assert_eq!(ours.first_key_value(), theirs.first_key_value());
            prop_assert_eq!(ours.last_key_value(), theirs.last_key_value());
        }
        let json = serde_json::to_string(&ours).expect("numbers can be written");
        prop_assert_eq!(&json, &serde_json::to_string(&theirs).expect("numbers can be written"));
        prop_assert_eq!(serde_json::from_str::<SortedMap<u8, u16>>(&json).ok(), Some(ours));
    }

    #[test]
    fn a_sorted_set_answers_as_a_btree_set_does(
        items in prop::collection::vec(0..20u8, 0..30),
        others in prop::collection::vec(0..20u8, 0..30),
    ) {
        let mut ours: SortedSet<u8> = items.iter().copied().collect();
        let mut theirs: BTreeSet<u8> = items.iter().copied().collect();
        for other in &others {
            prop_assert_eq!(ours.remove(other), theirs.remove(other));
            prop_assert_eq!(ours.insert(other / 2), theirs.insert(other / 2));
        }
        prop_assert_eq!(format!("{ours:?}"), format!("{theirs:?}"));
        prop_assert_eq!((ours.first(), ours.last()), (theirs.first(), theirs.last()));
        let our_others: SortedSet<u8> = others.iter().copied().collect();
        let their_others: BTreeSet<u8> = others.into_iter().collect();
        let ours_less: Vec<_> = ours.difference(&our_others).collect();
        prop_assert_eq!(ours_less, theirs.difference(&their_others).collect::<Vec<_>>());
        prop_assert_eq!(ours.is_subset(&our_others), theirs.is_subset(&their_others));
        let json = serde_json::to_string(&ours).expect("numbers can be written");
        prop_assert_eq!(serde_json::from_str::<SortedSet<u8>>(&json).ok(), Some(ours));
    }
}
