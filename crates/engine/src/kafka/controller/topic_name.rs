//! Which names a topic may have.
//!
//! Kafka 4.3.1: `org.apache.kafka.common.internals.Topic`.

/// The longest name of a topic, in bytes.
const MAX_NAME_LENGTH: usize = 249;

/// Says in Kafka's words why `name` can't be a topic's.
///
/// Kafka 4.3.1: `Topic#validate`.
pub fn validate(name: &str) -> Result<(), String> {
    match problem(name) {
        Some(problem) => Err(format!("Topic name is invalid: {problem}")),
        None => Ok(()),
    }
}

fn problem(name: &str) -> Option<String> {
    if name.is_empty() {
        return Some("the empty string is not allowed".to_owned());
    }
    if name == "." || name == ".." {
        return Some(format!("'{name}' is not allowed"));
    }
    if name.encode_utf16().count() > MAX_NAME_LENGTH {
        return Some(format!(
            "the length of '{name}' is longer than the max allowed length {MAX_NAME_LENGTH}"
        ));
    }
    let is_legal = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
    if !name.chars().all(is_legal) {
        return Some(format!(
            "'{name}' contains one or more characters other than ASCII alphanumerics, '.', '_' \
             and '-'"
        ));
    }
    None
}

/// Whether the two names would be one in Kafka's metrics, where a period is an underscore.
///
/// Kafka 4.3.1: `Topic#hasCollision`.
pub fn collide(one: &str, other: &str) -> bool {
    let unified = |c: u8| if c == b'.' { b'_' } else { c };
    one.len() == other.len() && one.bytes().map(unified).eq(other.bytes().map(unified))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Kafka 4.3.1: `TopicTest#shouldThrowOnInvalidTopicNames`.
    #[test]
    fn illegal_names_are_refused_in_kafkas_words() {
        let message = |name: &str| validate(name).expect_err("the name is illegal");
        assert_eq!(
            message("a b"),
            "Topic name is invalid: 'a b' contains one or more characters other than ASCII \
             alphanumerics, '.', '_' and '-'"
        );
        assert_eq!(message(".."), "Topic name is invalid: '..' is not allowed");
        assert_eq!(
            message(""),
            "Topic name is invalid: the empty string is not allowed"
        );
        assert!(message(&"x".repeat(250)).ends_with("longer than the max allowed length 249"));
        assert_eq!(validate(&"x".repeat(249)), Ok(()));
    }

    /// Kafka 4.3.1: `TopicTest#testTopicHasCollision`.
    #[test]
    fn a_period_and_an_underscore_collide() {
        assert!(collide("a.b", "a_b"));
        assert!(!collide("a-b", "a_b"));
    }
}
