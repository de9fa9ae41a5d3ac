//! Where a consumer begins where nothing was committed.

use serde::{Deserialize, Serialize};

use crate::kafka::time::SimDuration;

/// Where a consumer begins where nothing was committed.
///
/// Kafka 4.3.1: `AutoOffsetResetStrategy`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AutoOffsetReset {
    /// At the log start.
    Earliest,
    /// At the high watermark.
    Latest,
    /// Nowhere: poll throws.
    None,
    /// At the first record that is at most that old (KIP-1106).
    ByDuration(SimDuration),
}

impl AutoOffsetReset {
    /// Reads a value of `auto.offset.reset`.
    ///
    /// Kafka 4.3.1: `AutoOffsetResetStrategy#fromString`.
    pub fn parse(text: &str) -> Option<AutoOffsetReset> {
        Some(match text {
            "earliest" => AutoOffsetReset::Earliest,
            "latest" => AutoOffsetReset::Latest,
            "none" => AutoOffsetReset::None,
            _ => AutoOffsetReset::ByDuration(parse_duration(text.strip_prefix("by_duration:")?)?),
        })
    }
}

/// A duration such as `P1DT2H3M4.5S`, to the millisecond.
///
/// Kafka 4.3.1: `java.time.Duration#parse`. Simplified: no signs.
fn parse_duration(text: &str) -> Option<SimDuration> {
    let upper = text.to_ascii_uppercase();
    let body = upper.strip_prefix('P')?;
    let (days, time) = match body.split_once('T') {
        Some((_, "")) => return None,
        Some((days, time)) => (days, time),
        None => (body, ""),
    };
    if days.is_empty() && time.is_empty() {
        return None;
    }
    let mut total_ms = take_part(days, &[('D', 86_400_000)])?;
    let units = [('H', 3_600_000), ('M', 60_000), ('S', 1000)];
    total_ms = total_ms.checked_add(take_part(time, &units)?)?;
    Some(SimDuration::from_millis(total_ms))
}

/// Adds up numbers that each end in a unit, units in order.
fn take_part(text: &str, units: &[(char, u64)]) -> Option<u64> {
    let mut rest = text;
    let mut total_ms = 0_u64;
    for (unit, unit_ms) in units {
        let Some((number, after)) = rest.split_once(*unit) else {
            continue;
        };
        let ms = if *unit == 'S' {
            seconds_to_ms(number)?
        } else {
            number.parse::<u64>().ok()?.checked_mul(*unit_ms)?
        };
        total_ms = total_ms.checked_add(ms)?;
        rest = after;
    }
    rest.is_empty().then_some(total_ms)
}

fn seconds_to_ms(number: &str) -> Option<u64> {
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    if fraction.len() > 9 || !fraction.bytes().all(|digit| digit.is_ascii_digit()) {
        return None;
    }
    let digits: String = fraction.chars().chain("000".chars()).take(3).collect();
    whole
        .parse::<u64>()
        .ok()?
        .checked_mul(1000)?
        .checked_add(digits.parse().ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_read_as_java_does() {
        let parse = |text| parse_duration(text).map(SimDuration::as_millis);
        assert_eq!(parse("PT1H"), Some(3_600_000));
        assert_eq!(parse("P1DT2H3M4.5S"), Some(93_784_500));
        assert_eq!(parse("P"), None);
        assert_eq!(parse("PT"), None);
        assert_eq!(parse("PT1X"), None);
    }
}
