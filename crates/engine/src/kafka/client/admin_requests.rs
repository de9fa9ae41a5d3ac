//! What the admin client's calls are as requests, and what comes of the answers.

use crate::kafka::client::call::{CallResult, ClientCall};
use crate::kafka::client::exception::ClientException;
use crate::kafka::error_code::ErrorCode;
use crate::kafka::ids::NodeId;
use crate::kafka::message::{
    ApiError, CreatePartitionsRequest, CreateTopicsRequest, DeleteRecordsRequest,
    DeleteTopicsRequest, ElectLeadersRequest, IncrementalAlterConfigsRequest, MetadataResponse,
    Request, Response,
};
use crate::kafka::time::SimDuration;

/// `request.timeout.ms`.
pub(super) const REQUEST_TIMEOUT: SimDuration = SimDuration::from_secs(30);

/// The call's name in Kafka and its request; nothing if it isn't an admin client's.
pub(super) fn request_of(method: ClientCall) -> Option<(&'static str, Request)> {
    match method {
        ClientCall::CreateTopic {
            topic,
            partitions,
            replication_factor,
            assignment,
            config,
        } => {
            let request = CreateTopicsRequest {
                topic,
                partitions,
                replication_factor,
                assignment,
                config,
            };
            Some(("createTopics", Request::CreateTopics(request)))
        }
        ClientCall::DeleteTopic { topic } => {
            let request = DeleteTopicsRequest { topic };
            Some(("deleteTopics", Request::DeleteTopics(request)))
        }
        ClientCall::CreatePartitions {
            topic,
            total,
            assignment,
        } => {
            let request = CreatePartitionsRequest {
                topic,
                total,
                assignment,
            };
            Some(("createPartitions", Request::CreatePartitions(request)))
        }
        other => request_on(other),
    }
}

/// The same of what is no topic's making.
fn request_on(method: ClientCall) -> Option<(&'static str, Request)> {
    match method {
        ClientCall::DeleteRecords { partition, before } => {
            let request = DeleteRecordsRequest {
                partition,
                before,
                timeout: REQUEST_TIMEOUT,
            };
            Some(("deleteRecords", Request::DeleteRecords(request)))
        }
        ClientCall::AlterConfig {
            resource,
            set,
            delete,
        } => {
            let request = IncrementalAlterConfigsRequest {
                resource,
                set,
                delete,
            };
            let request = Request::IncrementalAlterConfigs(request);
            Some(("incrementalAlterConfigs", request))
        }
        ClientCall::ElectLeaders {
            election_type,
            partitions,
        } => {
            let request = ElectLeadersRequest {
                election_type,
                partitions: Some(partitions),
            };
            Some(("electLeaders", Request::ElectLeaders(request)))
        }
        _ => None,
    }
}

/// Who leads the partition that `request` is about.
pub(super) fn leader_in(
    metadata: &MetadataResponse,
    request: &Request,
) -> Result<NodeId, ErrorCode> {
    let Request::DeleteRecords(delete) = request else {
        return Err(ErrorCode::UnknownTopicOrPartition);
    };
    let wanted = &delete.partition;
    let mut topics = metadata.topics.iter();
    let topic = topics.find(|(name, _)| *name == wanted.topic);
    let partitions = match topic {
        Some((_, partitions)) => partitions.as_ref().map_err(|error| *error)?,
        None => return Err(ErrorCode::UnknownTopicOrPartition),
    };
    let found = partitions
        .iter()
        .find(|it| it.partition == wanted.partition);
    let found = found.ok_or(ErrorCode::UnknownTopicOrPartition)?;
    let leader = found.leader.ok_or(ErrorCode::LeaderNotAvailable)?;
    Ok(NodeId::Broker(leader))
}

pub(super) fn result_of(response: &Response) -> CallResult {
    let error = match response {
        Response::CreateTopics(response) => &response.error,
        Response::DeleteTopics(response) => &response.error,
        Response::CreatePartitions(response) => &response.error,
        Response::IncrementalAlterConfigs(response) => &response.error,
        Response::DeleteRecords(response) => {
            return match response.low_watermark {
                Ok(offset) => CallResult::LowWatermark(offset),
                Err(error) => CallResult::Threw(ClientException::of(error)),
            };
        }
        Response::ElectLeaders(response) => {
            let partitions = response.partitions.iter();
            let partitions = partitions
                .map(|(partition, error)| (partition.clone(), error.as_ref().map(exception_of)));
            return CallResult::ElectLeaders(partitions.collect());
        }
        _ => {
            let text = "The response does not fit the request.";
            return CallResult::Threw(ClientException::new("IllegalStateException", text));
        }
    };
    match error {
        Some(error) => CallResult::Threw(exception_of(error)),
        None => CallResult::Done,
    }
}

/// Kafka 4.3.1: `ApiError#exception`.
fn exception_of(error: &ApiError) -> ClientException {
    let own = error.message.as_deref();
    ClientException::new(error.code.exception(), own.unwrap_or(error.code.message()))
}
