//! The stage as a table, for those who do not see it: a row for each partition.

use crate::view::format::enumeration;
use crate::view::scene::{PartitionRow, ReplicaRole, Scene};

/// What the columns hold.
const COLUMNS: [&str; 6] = [
    "partition",
    "leader",
    "in-sync replicas",
    "high watermark",
    "log end offsets",
    "groups",
];

/// The table, as HTML.
pub fn twin(scene: &Scene) -> String {
    let head: String = COLUMNS
        .iter()
        .flat_map(|column| ["<th scope=col>", column])
        .collect();
    let rows: String = scene.partitions.iter().map(row).collect();
    format!(
        "<table><caption>Topic {} at {}</caption><thead><tr>{head}</thead><tbody>{rows}</tbody></table>",
        escaped(&scene.topic),
        scene.head.clock
    )
}

fn row(partition: &PartitionRow) -> String {
    let mut replicas = partition.replicas.iter();
    let named = replicas.find(|it| it.role == ReplicaRole::LeaderUntilFenced);
    let leader = match (partition.leader, named) {
        (Some(id), _) => format!("broker {id}"),
        (None, Some(replica)) => format!("broker {} until fenced", replica.broker),
        (None, None) => "none".to_owned(),
    };
    let high_watermark = partition
        .high_watermark
        .map_or_else(|| "unknown".to_owned(), |offset| offset.to_string());
    let ends: Vec<String> = partition
        .replicas
        .iter()
        .map(|it| format!("broker {}: {}", it.broker, it.log_end_offset))
        .collect();
    let marks: Vec<String> = partition
        .marks
        .iter()
        .map(|mark| {
            let number = |offset: Option<u64>| {
                offset.map_or_else(|| "none".to_owned(), |offset| offset.to_string())
            };
            format!(
                "{}: committed {}, position {}, lag {}",
                escaped(&mark.group),
                number(mark.committed),
                number(mark.position),
                number(mark.lag)
            )
        })
        .collect();
    format!(
        "<tr><th scope=row>{}<td>{leader}<td>{}<td>{high_watermark}<td>{}<td>{}",
        partition.name,
        enumeration(&partition.in_sync_replicas),
        ends.join(", "),
        marks.join("; ")
    )
}

/// A name that means nothing else in HTML.
fn escaped(name: &str) -> String {
    name.replace('&', "&amp;").replace('<', "&lt;")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::view::scene::{GroupMark, MarkShape, ReplicaRow};

    #[test]
    fn each_partition_is_a_row_and_names_stay_words() {
        let scene = Scene {
            topic: "<b>".to_owned(),
            partitions: vec![PartitionRow {
                name: "p0".to_owned(),
                leader: Some(2),
                in_sync_replicas: vec![1, 2],
                marks: vec![GroupMark {
                    group: "a&b".to_owned(),
                    shape: MarkShape::Circle,
                    committed: Some(3),
                    position: None,
                    lag: Some(1),
                }],
                ..PartitionRow::default()
            }],
            ..Scene::default()
        };
        let table = twin(&scene);
        assert!(table.contains("Topic &lt;b> at"), "{table}");
        assert!(
            table.contains("<th scope=row>p0<td>broker 2<td>1 and 2<td>unknown<td><td>"),
            "{table}"
        );
        assert!(table.contains("a&amp;b: committed 3, position none, lag 1"));
    }

    #[test]
    fn a_crashed_leader_is_named_as_long_as_the_metadata_names_it() {
        let partition = PartitionRow {
            replicas: vec![ReplicaRow {
                broker: 1,
                role: ReplicaRole::LeaderUntilFenced,
                log_start_offset: 0,
                log_end_offset: 6,
                high_watermark: 6,
                lag: None,
                folded_count: 6,
                cells: Vec::new(),
            }],
            ..PartitionRow::default()
        };
        assert!(row(&partition).contains("<td>broker 1 until fenced<td>"));
        assert!(row(&PartitionRow::default()).contains("<td>none<td>"));
    }
}
