//! What one setting is: its name, its default, which values it takes, and what Kafka says of others.
//!
//! Kafka 4.3.1: `ConfigDef.ConfigKey`, `ConfigDef.Validator`.

use crate::kafka::client::exception::ClientException;
use crate::kafka::config::offset_reset::AutoOffsetReset;

/// One setting.
#[derive(Clone, Copy, Debug)]
pub struct Setting {
    /// Its name.
    pub name: &'static str,
    /// What values it takes.
    pub kind: Kind,
    /// Kafka's default, as text; empty for none.
    pub default: &'static str,
    /// A topic's setting: its names on a broker, first to last, each with the factor that makes
    /// it the topic's unit.
    pub synonyms: &'static [(&'static str, i64)],
    /// What it decides, in a sentence; empty where the value is checked but decides nothing here.
    pub about: &'static str,
}

/// What values a setting takes.
#[derive(Clone, Copy, Debug)]
pub enum Kind {
    /// A 16 bit number of at least that.
    Short(i64),
    /// A 32 bit number in that range.
    Int(i64, i64),
    /// `compression.gzip.level`: 1 to 9, or -1 for gzip's own default.
    GzipLevel,
    /// A 64 bit number of at least that.
    Long(i64),
    /// A decimal number from 0 to 1.
    Ratio,
    /// A decimal number, perhaps with an exponent.
    Decimal,
    /// `true` or `false`.
    Bool,
    /// One of these words.
    OneOf(&'static [&'static str]),
    /// One of these words, in small or capital letters.
    AnyCase(&'static [&'static str]),
    /// Any of these words, each once, separated by commas.
    ListOf(&'static [&'static str]),
    /// `*` or pairs of partition and broker.
    ThrottledReplicas,
    /// `auto.offset.reset`: a word, or how far to go back.
    OffsetReset,
    /// Any text but an empty one.
    NonEmpty,
    /// Any text.
    Text,
}

/// A 32 bit number of at least `min`.
pub const fn int(min: i64) -> Kind {
    Kind::Int(min, i32::MAX as i64)
}

/// A setting of anything but a topic.
pub const fn setting(
    name: &'static str,
    kind: Kind,
    default: &'static str,
    about: &'static str,
) -> Setting {
    Setting {
        name,
        kind,
        default,
        synonyms: &[],
        about,
    }
}

/// How long a broker keeps segments.
pub const RETENTION: &str = "log.retention.ms";
/// A broker's own names of topics' times to which Kafka's definition sets no bound. What bounds they
/// have, Kafka looks at once all values are read.
const BOUND_LATER: [&str; 4] = [
    RETENTION,
    "log.roll.ms",
    "log.roll.jitter.ms",
    "log.flush.interval.ms",
];
const BOOL_WORDS: &[&str] = &["true", "false"];
const RESET_WORDS: &[&str] = &["earliest", "latest", "none"];

impl Setting {
    /// The values to choose from, where they are words.
    pub fn words(&self) -> &'static [&'static str] {
        match self.kind {
            Kind::Bool => BOOL_WORDS,
            Kind::OffsetReset => RESET_WORDS,
            Kind::OneOf(words) | Kind::AnyCase(words) | Kind::ListOf(words) => words,
            _ => &[],
        }
    }

    /// The values that it takes under `name`, for a person: `0 or more`, `all, -1, 0, 1`.
    pub fn range(&self, name: &str) -> String {
        match self.kind {
            _ if name == RETENTION => "-1, or 1 or more".to_owned(),
            Kind::Int(min, max) if max < i64::from(i32::MAX) => format!("{min} to {max}"),
            Kind::Int(min, _) if min == i64::from(i32::MIN) => String::new(),
            Kind::Long(i64::MIN) | Kind::Text => String::new(),
            Kind::Short(min) | Kind::Int(min, _) | Kind::Long(min) => format!("{min} or more"),
            Kind::GzipLevel => "1 to 9, or -1".to_owned(),
            Kind::Ratio => "0 to 1".to_owned(),
            Kind::Decimal => "a number".to_owned(),
            Kind::ThrottledReplicas => "* or partition:broker, …".to_owned(),
            Kind::OffsetReset => "earliest, latest, none, by_duration:PnDTnHnMn.nS".to_owned(),
            Kind::NonEmpty => "not empty".to_owned(),
            _ => self.words().join(", "),
        }
    }

    /// Checks `text` as the value of this setting under `name`, its own or one on a broker.
    ///
    /// Errors: Kafka's complaint.
    pub fn check(&self, name: &str, text: &str) -> Result<(), ClientException> {
        let any_case = |words: &[&str]| words.iter().any(|word| text.eq_ignore_ascii_case(word));
        let unless = |is_valid: bool, problem: &str| (!is_valid).then(|| problem.to_owned());
        let kind = if BOUND_LATER.contains(&name) {
            Kind::Long(i64::MIN)
        } else {
            self.kind
        };
        let problem = match kind {
            Kind::Short(min) => range_problem(text, "SHORT", i16::MAX.into(), [min, i64::MAX]),
            Kind::Int(min, max) => range_problem(text, "INT", i32::MAX.into(), [min, max]),
            Kind::Long(min) => range_problem(text, "LONG", i64::MAX, [min, i64::MAX]),
            Kind::GzipLevel => {
                let is_level = matches!(text.parse(), Ok(-1 | 1..=9_i32));
                range_problem(text, "INT", i32::MAX.into(), [i64::MIN, i64::MAX])
                    .or_else(|| unless(is_level, "Value must be between 1 and 9 or equal to -1"))
            }
            Kind::Ratio => {
                return match ratio_problem(text) {
                    Some(Misfit::NoNumber) => {
                        Err(invalid(name, text, "Not a number of type DOUBLE"))
                    }
                    Some(Misfit::OutOfRange(problem)) => {
                        Err(invalid(name, &double_text(text), problem))
                    }
                    None => Ok(()),
                };
            }
            Kind::Decimal => unless(whole_part(text).is_some(), "Not a number of type DOUBLE"),
            Kind::Bool => unless(
                any_case(BOOL_WORDS),
                "Expected value to be either true or false",
            ),
            Kind::OneOf(words) => (!words.contains(&text)).then(|| must_be("", words)),
            Kind::AnyCase(words) => {
                (!any_case(words)).then(|| must_be(" (case insensitive)", words))
            }
            Kind::NonEmpty => unless(!text.is_empty(), "String must be non-empty"),
            Kind::OffsetReset => unless(
                AutoOffsetReset::parse(text).is_some(),
                &format!(
                    "Invalid value `{text}` for configuration {name}. The value must be either \
                     'earliest', 'latest', 'none' or of the format 'by_duration:<PnDTnHnMn.nS.>'."
                ),
            ),
            Kind::ListOf(words) => return check_list(name, text, words),
            Kind::ThrottledReplicas => return check_throttled_replicas(name, text),
            Kind::Text => None,
        };
        problem.map_or(Ok(()), |problem| Err(invalid(name, text, &problem)))
    }
}

fn must_be(how: &str, words: &[&str]) -> String {
    format!("String must be one of{how}: {}", words.join(", "))
}

/// Kafka 4.3.1: `ConfigDef#parseType`, `ConfigDef.Range#ensureValid`.
fn range_problem(text: &str, kind: &str, type_max: i64, [min, max]: [i64; 2]) -> Option<String> {
    match text.parse::<i64>() {
        Ok(value) if value <= type_max && value >= -type_max - 1 => {
            if value < min {
                Some(format!("Value must be at least {min}"))
            } else {
                (value > max).then(|| format!("Value must be no more than {max}"))
            }
        }
        _ => Some(format!("Not a number of type {kind}")),
    }
}

/// What of a decimal number is left without its fraction; nothing of one below 0, and as much as
/// possible of one that is too large. None if it isn't a number.
///
/// Kafka 4.3.1: `ConfigDef#parseType`. Simplified: Java also reads `NaN`, `Infinity`, hexadecimal
/// numbers, and more digits than twenty.
pub fn whole_part(text: &str) -> Option<u64> {
    let (number, exponent) = match text.split_once(['e', 'E']) {
        Some((number, exponent)) => (number, exponent.parse::<i32>().ok()?),
        None => (text, 0),
    };
    let digits = number.strip_prefix(['-', '+']).unwrap_or(number);
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let all = [whole, fraction].concat();
    if all.is_empty() || !all.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let places = exponent.saturating_sub(i32::try_from(fraction.len()).ok()?);
    let mut value = all.parse().unwrap_or(u64::MAX);
    for _ in 0..places.unsigned_abs().min(20) {
        value = if places > 0 {
            value.saturating_mul(10)
        } else {
            value / 10
        };
    }
    Some(if number.starts_with('-') { 0 } else { value })
}

/// What is wrong with a decimal number.
enum Misfit {
    NoNumber,
    OutOfRange(&'static str),
}

/// A decimal number as Java writes a double that it has read: `2` as `2.0`, `1e7` and more with an
/// exponent. Kafka complains about the value, not about the text.
fn double_text(text: &str) -> String {
    let (sign, digits) = match text.strip_prefix('-') {
        Some(rest) => ("-", rest),
        None => ("", text.strip_prefix('+').unwrap_or(text)),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let whole = whole.trim_start_matches('0');
    let or_zero = |digits: &str| if digits.is_empty() { "0" } else { digits }.to_owned();
    if whole.len() <= 7 {
        let fraction = or_zero(fraction.trim_end_matches('0'));
        return format!("{sign}{}.{fraction}", or_zero(whole));
    }
    let (first, rest) = whole.split_at(1);
    let rest = [rest, fraction].concat();
    let rest = or_zero(rest.trim_end_matches('0'));
    format!("{sign}{first}.{rest}E{}", whole.len() - 1)
}

fn ratio_problem(text: &str) -> Option<Misfit> {
    let (negative, digits) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let are_digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    if (whole.is_empty() && fraction.is_empty()) || !are_digits(whole) || !are_digits(fraction) {
        return Some(Misfit::NoNumber);
    }
    let whole = whole.trim_start_matches('0');
    let has_fraction = fraction.bytes().any(|byte| byte != b'0');
    if negative && (!whole.is_empty() || has_fraction) {
        return Some(Misfit::OutOfRange("Value must be at least 0"));
    }
    let is_in_range = whole.is_empty() || (whole == "1" && !has_fraction);
    (!is_in_range).then_some(Misfit::OutOfRange("Value must be no more than 1"))
}

/// Kafka 4.3.1: `ConfigDef.ValidList#ensureValid`.
fn check_list(name: &str, text: &str, words: &[&str]) -> Result<(), ClientException> {
    if text.is_empty() {
        return Ok(());
    }
    let complaint = |problem: &str| {
        let message = format!("Configuration '{name}' values must not be {problem}.");
        Err(ClientException::new("ConfigException", message))
    };
    let values: Vec<&str> = text.split(',').map(str::trim).collect();
    for (at, value) in values.iter().enumerate() {
        if values[..at].contains(value) {
            return complaint("duplicated");
        }
    }
    for value in values {
        if value.is_empty() {
            return complaint("empty");
        }
        if !words.contains(&value) {
            return Err(invalid(name, value, &must_be("", words)));
        }
    }
    Ok(())
}

/// Kafka 4.3.1: `ThrottledReplicaListValidator#ensureValid`.
fn check_throttled_replicas(name: &str, text: &str) -> Result<(), ClientException> {
    let is_number = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    let is_pair = |pair: &str| {
        pair.is_empty()
            || pair
                .split_once(':')
                .is_some_and(|(partition, broker)| is_number(partition) && is_number(broker))
    };
    if text == "*" || text.split(',').map(str::trim).all(is_pair) {
        return Ok(());
    }
    let problem = format!(
        "{name} must be the literal '*' or a list of replicas in the following format: \
         [partitionId]:[brokerId],[partitionId]:[brokerId],..."
    );
    Err(invalid(name, &format!("[{text}]"), &problem))
}

/// Kafka's complaint about a value.
///
/// Kafka 4.3.1: `ConfigException(String, Object, String)`.
pub fn invalid(name: &str, value: &str, problem: &str) -> ClientException {
    let message = format!("Invalid value {value} for configuration {name}: {problem}");
    ClientException::new("ConfigException", message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimal_numbers_are_read_without_their_fraction() {
        let read = [
            "12",
            "12.9",
            "1.5E3",
            "125e-1",
            "-3",
            ".5",
            "1.7976931348623157E308",
        ];
        let whole = [12, 12, 1500, 12, 0, 0, u64::MAX];
        assert_eq!(read.map(whole_part), whole.map(Some));
        for wrong in ["", ".", "1e", "1,5", "many"] {
            assert_eq!(whole_part(wrong), None, "{wrong}");
        }
    }
}
