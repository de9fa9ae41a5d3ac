//! A world in which a trace is played, with the names that the trace gives to things.

use serde_json::{Value, json};

use highwater_engine::kafka::client::call::{CallResult, ClientCall};
use highwater_engine::kafka::ids::{
    BrokerId, CallId, NodeId, PartitionId, ProducerId, TopicName, TopicPartition,
};
use highwater_engine::kafka::time::{SimDuration, SimTime};
use highwater_engine::sim::command::{Command, CommandRejected};
use highwater_engine::sim::scenario::{ClusterConfig, Scenario, VERSION};
use highwater_engine::sim::world::World;

use super::StepError;
use super::clients::News;
use super::format::{Trace, TraceStep};
use highwater_engine::sorted::SortedMap;

/// How often the recorder looked whether something awaited holds.
const LOOK_EVERY: SimDuration = SimDuration::from_millis(100);
/// How long the recorder took between two steps, more or less.
const BETWEEN_STEPS: SimDuration = SimDuration::from_millis(20);
/// No call of a trace blocks longer than this.
const LONGEST_CALL: SimDuration = SimDuration::from_secs(200);

/// Plays the steps of one trace.
pub struct Player {
    pub(super) world: World,
    pub(super) news: News,
    anonymous_topics: Vec<String>,
    anonymous: SortedMap<TopicPartition, String>,
    producers: Vec<ProducerId>,
}

impl Player {
    /// A cluster as the trace's, all of its brokers active.
    pub fn new(trace: &Trace) -> Result<Player, String> {
        let scenario = Scenario {
            version: VERSION,
            name: trace.name.clone(),
            seed: 1,
            cluster: cluster(trace),
            commands: Vec::new(),
        };
        let world = World::new(&scenario).map_err(|error| error.to_string())?;
        let mut player = Player {
            world,
            news: News::default(),
            anonymous_topics: trace.anonymous_partitions.clone(),
            anonymous: SortedMap::new(),
            producers: Vec::new(),
        };
        let all_active = |player: &mut Player| {
            player
                .world
                .cluster()
                .broker_ids()
                .all(|id| player.is_active(id))
        };
        if !player.run_until(SimDuration::from_secs(60), all_active) {
            return Err("the engine's cluster doesn't come up".to_owned());
        }
        Ok(player)
    }

    /// Plays one step; gives its result in the trace's words.
    pub fn play(&mut self, step: &TraceStep) -> Result<Value, StepError> {
        self.run_for(BETWEEN_STEPS);
        self.dispatch(step)
    }

    /// Whether the controller counts a broker as active.
    pub(super) fn is_active(&self, broker: BrokerId) -> bool {
        self.world.controller().image().is_active(broker)
    }

    /// Lets time run until `holds`, looking now and then; at most for `limit`.
    pub(super) fn run_until(
        &mut self,
        limit: SimDuration,
        mut holds: impl FnMut(&mut Player) -> bool,
    ) -> bool {
        let end = self.world.now() + limit;
        loop {
            if holds(self) {
                return true;
            }
            let now = self.world.now();
            if now >= end {
                return false;
            }
            self.run_to(end.min(now + LOOK_EVERY));
        }
    }

    /// Lets exactly so much time pass.
    pub(super) fn run_for(&mut self, duration: SimDuration) {
        self.run_to(self.world.now() + duration);
    }

    fn run_to(&mut self, until: SimTime) {
        while self.world.next_at().is_some_and(|at| at <= until) {
            self.step();
        }
        self.world.pass_time(until);
    }

    fn step(&mut self) -> bool {
        match self.world.step() {
            Some(step) => {
                self.news.take_in(&step);
                true
            }
            None => false,
        }
    }

    /// Gives a command that the world accepts.
    pub(super) fn command(&mut self, command: Command) -> Result<Option<CallId>, StepError> {
        self.try_command(command)
            .map_err(|rejected| StepError::NotSupported(rejected.to_string()))
    }

    /// Gives a command that the world may refuse.
    pub(super) fn try_command(
        &mut self,
        command: Command,
    ) -> Result<Option<CallId>, CommandRejected> {
        let applied = self.world.apply(command, self.world.now())?;
        self.news.take_in(&applied.step);
        Ok(applied.call)
    }

    /// Calls a method of a client and lets time run until it returns.
    pub(super) fn call(
        &mut self,
        client: &str,
        method: ClientCall,
    ) -> Result<CallResult, StepError> {
        let call = self.begin_call(client, method)?;
        let node = self.node_of(client)?;
        self.run_until_event(|player| player.news.of(node).returned.contains_key(&call));
        let result = self.news.of(node).returned.remove(&call);
        result.ok_or_else(|| StepError::NotSupported("the call never returned".to_owned()))
    }

    /// Lets the engine step until `happened`, at most as long as a call may block.
    pub(super) fn run_until_event(&mut self, mut happened: impl FnMut(&mut Player) -> bool) {
        let end = self.world.now() + LONGEST_CALL;
        while !happened(self) {
            if self.world.next_at().is_none_or(|at| at > end) || !self.step() {
                return;
            }
        }
    }

    /// Calls a method of a client and doesn't wait.
    pub(super) fn begin_call(
        &mut self,
        client: &str,
        method: ClientCall,
    ) -> Result<CallId, StepError> {
        let command = Command::Call {
            client: client.to_owned(),
            method,
        };
        let call = self.command(command)?;
        Ok(call.expect("a call has an id"))
    }

    /// The node of a client by its name.
    pub(super) fn node_of(&self, client: &str) -> Result<NodeId, StepError> {
        let id = self.world.client(client);
        id.map(NodeId::Client)
            .ok_or_else(|| StepError::NotSupported(format!("client {client}")))
    }

    /// A partition's name in results: letters where Kafka picked it by chance.
    pub(super) fn partition_name(&mut self, partition: &TopicPartition) -> String {
        if !self
            .anonymous_topics
            .iter()
            .any(|topic| topic == partition.topic.as_str())
        {
            return partition.to_string();
        }
        let of_topic = self
            .anonymous
            .keys()
            .filter(|other| other.topic == partition.topic)
            .count();
        let letter = char::from(b'A' + (of_topic as u8).min(25));
        let name = || format!("{}-{letter}", partition.topic);
        self.anonymous
            .entry(partition.clone())
            .or_insert_with(name)
            .clone()
    }

    /// A producer's name in results: P1, P2 … in the order in which they are first shown.
    pub(super) fn producer_name(&mut self, id: Option<ProducerId>) -> Value {
        let Some(id) = id else { return Value::Null };
        let known = self.producers.iter().position(|other| *other == id);
        let index = known.unwrap_or_else(|| {
            self.producers.push(id);
            self.producers.len() - 1
        });
        json!(format!("P{}", index + 1))
    }
}

/// The recorded cluster: Kafka's defaults with a few settings of the recorder's.
fn cluster(trace: &Trace) -> ClusterConfig {
    let mut config = trace.config.clone();
    let replication = trace.brokers.min(3).to_string();
    config
        .entry("offsets.topic.replication.factor".to_owned())
        .or_insert(replication);
    ClusterConfig {
        brokers: trace.brokers,
        config,
        broker_config: trace.broker_config.clone(),
        ..ClusterConfig::default()
    }
}

/// The partition that a text such as `orders-0` names.
pub fn partition(text: &str) -> Result<TopicPartition, StepError> {
    let parsed = text.rsplit_once('-').and_then(|(topic, number)| {
        let partition = PartitionId(number.parse().ok()?);
        Some(TopicPartition {
            topic: TopicName::new(topic),
            partition,
        })
    });
    parsed.ok_or_else(|| StepError::NotSupported(format!("partition {text}")))
}
