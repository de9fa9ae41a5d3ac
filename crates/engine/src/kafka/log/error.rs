//! Why a log refuses a batch.

use crate::kafka::error_code::ErrorCode;

/// A refusal: nothing was appended.
///
/// Kafka 4.3.1: the exceptions of `UnifiedLog#append`, `RecordValidationException`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AppendError {
    /// What the producer is answered.
    pub code: ErrorCode,
    /// The exception's own text, as in the broker's log.
    pub message: String,
    /// The records that are to blame, if single ones are: index in the batch, and why.
    pub record_errors: Vec<(u32, String)>,
}

impl AppendError {
    pub(super) fn new(code: ErrorCode, message: String) -> AppendError {
        AppendError {
            code,
            message,
            record_errors: Vec::new(),
        }
    }

    /// The text that travels to the producer in place of the code's own; only where single
    /// records are to blame.
    ///
    /// Kafka 4.3.1: `LogAppendResult.hasCustomErrorMessage`.
    pub fn response_message(&self) -> Option<&str> {
        (!self.record_errors.is_empty()).then_some(self.message.as_str())
    }
}
