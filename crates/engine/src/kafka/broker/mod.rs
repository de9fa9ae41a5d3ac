//! A broker: replicas of partitions, replication between them, and the requests of clients.
