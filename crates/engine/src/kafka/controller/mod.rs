//! The active controller: registered brokers, topics, leaders and in-sync replicas.
