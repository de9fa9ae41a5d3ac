//! Looking at groups as Kafka's admin client shows them.

use serde_json::{Value, json};

use highwater_engine::kafka::group::classic::{ClassicGroup, GroupState};
use highwater_engine::kafka::group::consumer_protocol::decode_assignment;
use highwater_engine::kafka::group::{GroupCoordinator, OFFSETS_TOPIC};
use highwater_engine::kafka::ids::{BrokerId, Offset, TopicName, TopicPartition};
use highwater_engine::kafka::murmur2::coordinator_partition;
use highwater_engine::sim::machine::Process;

use super::StepError;
use super::clients::names;
use super::format::TraceStep;
use super::observe::text;
use super::player::Player;

impl Player {
    /// `observe group`: what `describeConsumerGroups` tells.
    pub(super) fn observe_group(&self, step: &TraceStep) -> Result<Value, StepError> {
        let known = self.group_of_step(step)?;
        let Some((coordinator, group)) = known else {
            return Ok(json!({ "error": { "class": "GroupIdNotFoundException" } }));
        };
        let mut members = members(group);
        let mut result = json!({
            "state": state(group),
            "type": "CLASSIC",
            "assignor": described_assignor(group),
        });
        if step.asks_for("coordinator") {
            result["coordinator"] = json!(coordinator.0);
        }
        if step.field("anonymous") == &json!(true) {
            members.sort_by_key(|member| {
                let fewest_last = std::cmp::Reverse(member.assigned.len());
                (fewest_last, member.assigned.clone())
            });
            result["members"] = members.iter().map(|it| json!(it.assigned)).collect();
        } else {
            members.sort_by(|a, b| {
                (&a.client, &a.group_instance_id).cmp(&(&b.client, &b.group_instance_id))
            });
            result["members"] = members.iter().map(DescribedMember::json).collect();
        }
        Ok(result)
    }

    /// `member`: what a consumer itself knows.
    pub(super) fn member(&mut self, step: &TraceStep) -> Result<Value, StepError> {
        let node = self.node_of(text(step, "client")?)?;
        let machine = self.world.machine(node);
        let Some(Process::Consumer(consumer)) = machine.map(|machine| &machine.process) else {
            return Err(StepError::NotSupported("member of another".to_owned()));
        };
        let mut result = json!({
            "assigned": names(&consumer.assignment()),
            "generation": consumer.generation_id().unwrap_or(-1),
            "paused": names(&consumer.paused()),
        });
        let news = self.news.of(node);
        if news.polling.is_none() {
            news.report_callbacks(&mut result);
        }
        Ok(result)
    }

    /// `await group_state`, `group_members` and `group_assigned`; null while there is no group.
    pub(super) fn awaited_of_group(&self, step: &TraceStep) -> Result<Value, StepError> {
        let Some((_, group)) = self.group_of_step(step)? else {
            return Ok(Value::Null);
        };
        let members = members(group);
        Ok(match text(step, "what")? {
            "group_state" => json!(state(group)),
            "group_members" => json!(members.len()),
            _ => json!(members.iter().map(|it| it.assigned.len()).sum::<usize>()),
        })
    }

    /// A group's committed offsets as its coordinator knows them.
    pub(super) fn committed_offsets(&self, group: &str) -> Vec<(TopicPartition, Offset)> {
        self.coordinator_of(group)
            .map(|(_, coordinator)| coordinator.committed(group))
            .unwrap_or_default()
    }

    fn group_of_step(
        &self,
        step: &TraceStep,
    ) -> Result<Option<(BrokerId, &ClassicGroup)>, StepError> {
        if step.field("share") == &json!(true) {
            return Err(StepError::NotSupported("share groups".to_owned()));
        }
        let name = text(step, "group")?;
        let found = self.coordinator_of(name);
        Ok(found.and_then(|(id, coordinator)| Some((id, coordinator.group(name)?))))
    }

    /// The leader of the group's partition of `__consumer_offsets`, once it has taken it over.
    fn coordinator_of(&self, group: &str) -> Option<(BrokerId, &GroupCoordinator)> {
        let image = self.world.controller().image();
        let topic = image.topics.get(&TopicName::new(OFFSETS_TOPIC))?;
        let partition = coordinator_partition(group, topic.partitions.len() as u32);
        let leader = topic.partitions.get(&partition)?.leader?;
        let coordinator = self.world.broker(leader)?.group_coordinator()?;
        coordinator
            .is_coordinator_of(group)
            .then_some((leader, coordinator))
    }
}

/// A member as the admin client shows it.
struct DescribedMember {
    client: String,
    group_instance_id: Option<String>,
    assigned: Vec<String>,
}

impl DescribedMember {
    fn json(&self) -> Value {
        let mut json = json!({ "client": self.client, "assigned": self.assigned });
        if let Some(instance_id) = &self.group_instance_id {
            json["group_instance_id"] = json!(instance_id);
        }
        json
    }
}

/// Kafka 4.3.1: `ClassicGroup#describe`: assignments are told of a stable group only.
fn members(group: &ClassicGroup) -> Vec<DescribedMember> {
    let is_stable = is_stable(group);
    let members = group.members().map(|(_, member)| {
        let partitions = decode_assignment(&member.assignment).unwrap_or_default();
        DescribedMember {
            client: member.client_id.clone(),
            group_instance_id: member.group_instance_id.clone(),
            assigned: if is_stable {
                names(&partitions)
            } else {
                Vec::new()
            },
        }
    });
    members.collect()
}

fn described_assignor(group: &ClassicGroup) -> &str {
    group
        .protocol_name()
        .filter(|_| is_stable(group))
        .unwrap_or_default()
}

fn is_stable(group: &ClassicGroup) -> bool {
    matches!(group.state(), GroupState::Stable { .. })
}

/// The constant's name in `org.apache.kafka.common.GroupState`.
fn state(group: &ClassicGroup) -> &'static str {
    match group.state() {
        GroupState::Empty => "EMPTY",
        GroupState::PreparingRebalance(_) => "PREPARING_REBALANCE",
        GroupState::CompletingRebalance { .. } => "COMPLETING_REBALANCE",
        GroupState::Stable { .. } => "STABLE",
    }
}
