//! Exceptions as an application sees them: class, text, cause.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::kafka::error_code::ErrorCode;

/// An exception that Kafka's client threw or gave to a callback.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClientException {
    /// The simple name of the Java class, such as `TimeoutException`.
    pub class: String,
    /// Kafka's text.
    pub message: String,
    /// The exception that caused it.
    pub cause: Option<Box<ClientException>>,
}

impl ClientException {
    /// An exception without a cause.
    pub fn new(class: &str, message: impl Into<String>) -> ClientException {
        ClientException {
            class: class.to_owned(),
            message: message.into(),
            cause: None,
        }
    }

    /// The exception that stands for a broker's error code, with that code's own text.
    pub fn of(code: ErrorCode) -> ClientException {
        ClientException::new(code.exception(), code.message())
    }

    /// The same with `cause` behind it.
    pub fn caused_by(mut self, cause: ClientException) -> ClientException {
        self.cause = Some(Box::new(cause));
        self
    }
}

impl fmt::Display for ClientException {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.class)?;
        f.write_str(": ")?;
        f.write_str(&self.message)?;
        match &self.cause {
            Some(cause) => write!(f, " ({cause})"),
            None => Ok(()),
        }
    }
}
