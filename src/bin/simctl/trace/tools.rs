//! `cli`: Kafka's own tools, as far as there is something here that does the same.

use serde_json::{Value, json};

use highwater_engine::kafka::ids::BrokerId;

use super::StepError;
use super::format::TraceStep;
use super::observe::text;
use super::player::Player;
use crate::dump::{Detail, Report, log_lines};

impl Player {
    /// Runs a tool; gives the lines that it prints.
    pub(super) fn cli(&mut self, step: &TraceStep) -> Result<Value, StepError> {
        let tool = text(step, "tool")?;
        let arguments = step.field("args").as_array();
        let words: Vec<&str> = arguments
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .collect();
        match (tool, words.as_slice()) {
            ("kafka-dump-log.sh", ["--files", segment]) => self.dump(segment, Detail::Batches),
            ("kafka-dump-log.sh", ["--files", segment, "--print-data-log"]) => {
                self.dump(segment, Detail::Records)
            }
            _ => Err(StepError::NotSupported(format!("{tool} {words:?}"))),
        }
    }

    /// `{segment 1 orders-0 0}`: broker, partition, base offset.
    fn dump(&self, segment: &str, detail: Detail) -> Result<Value, StepError> {
        let not_found = || StepError::NotSupported(format!("the file {segment}"));
        let words: Vec<&str> = segment.trim_matches(['{', '}']).split(' ').collect();
        let &["segment", broker, partition, offset] = words.as_slice() else {
            return Err(not_found());
        };
        let id = BrokerId(broker.parse().map_err(|_| not_found())?);
        let name = format!("{partition}/{offset:0>20}.log");
        let file = self
            .world
            .directory(id)
            .and_then(|files| files.into_iter().find(|file| file.name == name))
            .ok_or_else(not_found)?;
        let path = format!("broker-{broker}/{name}");
        let mut report = Report::default();
        report.lines.push(format!("Dumping {path}"));
        log_lines(&path, &file.bytes, detail, &mut report).map_err(StepError::NotSupported)?;
        Ok(json!({ "lines": report.lines }))
    }
}
