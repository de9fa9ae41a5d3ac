//! How a group's leader deals out partitions.
//!
//! Kafka 4.3.1: `RangeAssignor`. Simplified: no racks (KIP-881).

use crate::kafka::ids::{TopicName, TopicPartition};
use crate::sorted::SortedMap;

/// A member as the assignor sees it.
#[derive(Clone, Debug, PartialEq)]
pub struct AssignableMember {
    /// Its member id.
    pub member_id: String,
    /// Its `group.instance.id`.
    pub group_instance_id: Option<String>,
    /// What it subscribed to.
    pub topics: Vec<TopicName>,
}

/// The assignor's name in the protocol.
pub const RANGE: &str = "range";

/// Per topic, each subscribed member gets a contiguous range; the first ones get one more where
/// it doesn't divide evenly. Static members come first, then members by id.
///
/// Kafka 4.3.1: `RangeAssignor#assign`.
pub fn assign_ranges(
    members: &[AssignableMember],
    partition_counts: &SortedMap<TopicName, u32>,
) -> SortedMap<String, Vec<TopicPartition>> {
    let in_order = members.iter().map(|member| {
        let instance = &member.group_instance_id;
        ((instance.is_none(), instance, &member.member_id), member)
    });
    let sorted: SortedMap<_, &AssignableMember> = in_order.collect();
    let ids = members
        .iter()
        .map(|member| (member.member_id.clone(), Vec::new()));
    let mut assignments: SortedMap<String, Vec<TopicPartition>> = ids.collect();
    for (topic, count) in partition_counts {
        let subscribed: Vec<&AssignableMember> = sorted
            .values()
            .copied()
            .filter(|member| member.topics.contains(topic))
            .collect();
        if subscribed.is_empty() {
            continue;
        }
        let share = count / subscribed.len() as u32;
        let extra = count % subscribed.len() as u32;
        let mut next = 0;
        for (place, member) in subscribed.into_iter().enumerate() {
            let length = share + u32::from((place as u32) < extra);
            let range = (next..next + length).map(|number| TopicPartition::new(topic, number));
            assignments
                .entry(member.member_id.clone())
                .or_default()
                .extend(range);
            next += length;
        }
    }
    assignments
}

#[cfg(test)]
mod tests {
    use super::*;

    fn assign(member_ids: &[&str], topics: &[(&str, u32)]) -> Vec<String> {
        let counts = topics
            .iter()
            .map(|(name, count)| (TopicName::new(name), *count));
        let counts: SortedMap<TopicName, u32> = counts.collect();
        let members: Vec<AssignableMember> = member_ids
            .iter()
            .map(|member_id| AssignableMember {
                member_id: (*member_id).to_owned(),
                group_instance_id: None,
                topics: counts.keys().cloned().collect(),
            })
            .collect();
        let assignments = assign_ranges(&members, &counts);
        let text = |partitions: &Vec<TopicPartition>| {
            partitions
                .iter()
                .map(TopicPartition::to_string)
                .collect::<Vec<_>>()
                .join(" ")
        };
        assignments.values().map(text).collect()
    }

    // Kafka 4.3.1: `RangeAssignor` javadoc.
    #[test]
    fn each_topic_is_dealt_out_by_itself() {
        let assigned = assign(&["C0", "C1"], &[("t0", 3), ("t1", 3)]);
        assert_eq!(assigned, ["t0-0 t0-1 t1-0 t1-1", "t0-2 t1-2"]);
    }

    #[test]
    fn members_beyond_the_partitions_stay_idle() {
        let assigned = assign(&["a", "b", "c", "d", "e"], &[("t", 3)]);
        assert_eq!(assigned, ["t-0", "t-1", "t-2", "", ""]);
    }
}
