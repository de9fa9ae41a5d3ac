//! Vectors about the controller: elections and the placement of replicas.

use highwater_engine::kafka::controller::{
    Election, Liveness, PartitionChangeBuilder, UsableBroker, place_replicas,
};
use highwater_engine::kafka::ids::{BrokerId, LeaderEpoch, PartitionEpoch};
use highwater_engine::kafka::metadata::{LeaderRecoveryState, PartitionRegistration};
use highwater_engine::kafka::node::Chance;
use serde_json::{Value, json};

/// A partition and who is alive to the partition's next state; or, where that is what is
/// expected, to the leader alone.
pub fn election(input: &Value, expected: &Value) -> Option<Value> {
    let partition = registration(input)?;
    let is_alive = alive(&input["alive"])?;
    let liveness = |broker: BrokerId| {
        if is_alive(broker) {
            Liveness::Active
        } else {
            Liveness::Fenced
        }
    };
    let election = match input["election"].as_str()? {
        "PREFERRED" => Election::Preferred,
        "ONLINE" => Election::Online,
        "UNCLEAN" => Election::Unclean,
        _ => return None,
    };
    let min_isr = input["min_isr"].as_u64().unwrap_or(1);
    let is_elr_enabled = input["elr_enabled"].as_bool().unwrap_or(false);
    let min_isr = usize::try_from(min_isr).ok()?;
    let mut builder = PartitionChangeBuilder::new(&partition, &liveness, min_isr, is_elr_enabled)
        .election(election);
    if let Some(isr) = brokers(&input["target_isr"]) {
        builder = builder.target_isr(isr);
    }
    for broker in brokers(&input["unclean_shutdown"]).unwrap_or_default() {
        builder = builder.unclean_shutdown(broker);
    }
    if expected.get("unclean").is_some() {
        let result = builder.elect_leader();
        return Some(json!({"leader": leader(result.leader), "unclean": result.is_unclean()}));
    }
    let next = builder
        .build()
        .map_or_else(|| partition.clone(), |change| change.registration);
    Some(json!({
        "leader": leader(next.leader),
        "leader_epoch": next.leader_epoch,
        "partition_epoch": next.partition_epoch,
        "isr": next.isr,
        "elr": next.elr,
        "lastKnownElr": next.last_known_elr,
        "replicas": next.replicas,
        "adding": next.adding_replicas,
        "removing": next.removing_replicas,
        "recovery": match next.leader_recovery_state {
            LeaderRecoveryState::Recovered => "RECOVERED",
            LeaderRecoveryState::Recovering => "RECOVERING",
        },
    }))
}

/// Brokers to the replicas of new partitions.
pub fn placement(input: &Value, _: &Value) -> Option<Value> {
    let count = usize::try_from(input["partitions"].as_u64()?).ok()?;
    let factor = input.get("replication_factor").or(input.get("rf"))?;
    let factor = i16::try_from(factor.as_i64()?).ok()?;
    let brokers = usable_brokers(&input["brokers"])?;
    let mut chance: Box<dyn Chance> = match input.get("random") {
        Some(_) => Box::new(JavaRandom { state: 17 }),
        None => Box::new(Zero),
    };
    let placed = place_replicas(&brokers, count, factor, chance.as_mut()).ok()?;
    Some(json!(placed))
}

fn registration(input: &Value) -> Option<PartitionRegistration> {
    let list = |name: &str| brokers(&input[name]).unwrap_or_default();
    let leader = u32::try_from(input["leader"].as_i64()?).ok().map(BrokerId);
    let leader_epoch = input["leader_epoch"].as_i64().unwrap_or(0);
    let partition_epoch = input["partition_epoch"].as_u64().unwrap_or(0);
    Some(PartitionRegistration {
        replicas: brokers(&input["replicas"])?,
        isr: brokers(&input["isr"])?,
        elr: list("elr"),
        last_known_elr: list("lastKnownElr"),
        leader,
        leader_epoch: LeaderEpoch(i32::try_from(leader_epoch).ok()?),
        partition_epoch: PartitionEpoch(u32::try_from(partition_epoch).ok()?),
        leader_recovery_state: LeaderRecoveryState::Recovered,
        adding_replicas: list("adding"),
        removing_replicas: list("removing"),
    })
}

/// A list of live brokers, or "all", or "all but N".
fn alive(value: &Value) -> Option<Box<dyn Fn(BrokerId) -> bool>> {
    if let Some(list) = brokers(value) {
        return Some(Box::new(move |broker| list.contains(&broker)));
    }
    match value.as_str()?.strip_prefix("all")? {
        "" => Some(Box::new(|_| true)),
        rest => {
            let dead: u32 = rest.strip_prefix(" but ")?.parse().ok()?;
            Some(Box::new(move |broker| broker != BrokerId(dead)))
        }
    }
}

fn brokers(value: &Value) -> Option<Vec<BrokerId>> {
    let id = |value: &Value| u32::try_from(value.as_u64()?).ok().map(BrokerId);
    value.as_array()?.iter().map(id).collect()
}

fn leader(leader: Option<BrokerId>) -> i64 {
    leader.map_or(-1, |leader| i64::from(leader.0))
}

/// A list of brokers, or text such as "0 unfenced, 1 fenced"; where there is none, it's the one
/// about three racks.
fn usable_brokers(value: &Value) -> Option<Vec<UsableBroker>> {
    let usable = |id: u32, rack: Option<&str>, fenced: bool| UsableBroker {
        id: BrokerId(id),
        rack: rack.map(str::to_owned),
        fenced,
    };
    if let Some(list) = brokers(value) {
        return Some(list.iter().map(|id| usable(id.0, None, false)).collect());
    }
    let Some(text) = value.as_str() else {
        let racks = [("A", [0, 1, 2]), ("B", [10, 11, 12]), ("C", [20, 21, 22])];
        let of_rack = |(rack, ids): &(&str, [u32; 3])| ids.map(|id| usable(id, Some(rack), false));
        return Some(racks.iter().flat_map(of_rack).collect());
    };
    let parse = |part: &str| {
        let (id, state) = part.trim().split_once(' ')?;
        Some(usable(id.parse().ok()?, None, state == "fenced"))
    };
    text.split(',').map(parse).collect()
}

/// Every draw is 0.
struct Zero;

impl Chance for Zero {
    fn below(&mut self, _bound: u64) -> u64 {
        0
    }
}

/// `java.util.Random` over the generator of Kafka's `MockRandom`.
struct JavaRandom {
    state: i64,
}

impl JavaRandom {
    fn next_31_bits(&mut self) -> i64 {
        self.state = self
            .state
            .wrapping_mul(2_862_933_555_777_941_757)
            .wrapping_add(3_037_000_493);
        // 31 bits: always positive.
        ((self.state as u64) >> 33) as i64
    }
}

impl Chance for JavaRandom {
    /// `java.util.Random#nextInt(int)`.
    fn below(&mut self, bound: u64) -> u64 {
        let bound = bound as i64;
        if bound.count_ones() == 1 {
            return ((bound * self.next_31_bits()) >> 31) as u64;
        }
        loop {
            let bits = self.next_31_bits();
            let value = bits % bound;
            if bits - value + (bound - 1) <= i64::from(i32::MAX) {
                return value as u64;
            }
        }
    }
}
