//! Times, lists and small numbers as the page writes them.

use std::fmt::Display;

use highwater_engine::kafka::client::serialization::Reading;

/// A moment of the run: `00:04.250`.
pub fn clock(us: u64) -> String {
    let ms = us / 1000;
    let (minutes, seconds) = (ms / 60_000, ms / 1000 % 60);
    format!("{minutes:02}:{seconds:02}.{:03}", ms % 1000)
}

/// Microseconds as tenths of a second. Lengths of time are rounded, all alike, so that one is the same
/// wherever it is told; only moments are cut: a clock is not ahead of the run.
fn tenths(us: u64) -> u64 {
    (us + 50_000) / 100_000
}

/// A length of time in seconds with one digit after the point: `9.0 s`.
pub fn seconds(us: u64) -> String {
    let tenths = tenths(us);
    format!("{}.{} s", tenths / 10, tenths % 10)
}

/// An age as it is told, in microseconds. Nobody reads single milliseconds that run, and each would
/// have to be drawn.
pub fn told_age(us: u64) -> u64 {
    match (us + 5000) / 10_000 {
        hundredths @ ..100 => hundredths * 10_000,
        _ => tenths(us) * 100_000,
    }
}

/// How long ago something was: `80 ms`, `8.4 s`.
pub fn age_words(us: u64) -> String {
    match told_age(us) / 1000 {
        ms @ ..1000 => format!("{ms} ms"),
        _ => seconds(us),
    }
}

/// Things one after the other: `1, 2, 3`; `none` if there are none.
pub fn list<T: Display>(items: &[T]) -> String {
    if items.is_empty() {
        return "none".to_owned();
    }
    let texts: Vec<String> = items.iter().map(T::to_string).collect();
    texts.join(", ")
}

/// A list as the value of a field: `[1, 2, 3]`, `[]`.
pub fn listed<T: Display>(items: &[T]) -> String {
    let texts: Vec<String> = items.iter().map(T::to_string).collect();
    format!("[{}]", texts.join(", "))
}

/// Things in a sentence: `1, 2 and 3`.
pub fn enumeration<T: Display>(items: &[T]) -> String {
    match items {
        [] => "none".to_owned(),
        [one] => one.to_string(),
        [most @ .., last] => format!("{} and {last}", list(most)),
    }
}

/// Brokers in a sentence: `broker 1`, `brokers 1 and 2`.
pub fn broker_names<T: Display>(ids: &[T]) -> String {
    let noun = if ids.len() == 1 { "broker" } else { "brokers" };
    format!("{noun} {}", enumeration(ids))
}

/// A count with its noun: `1 record`, `3 records`.
pub fn count(number: u64, noun: &str) -> String {
    if number == 1 {
        format!("1 {noun}")
    } else {
        format!("{number} {noun}s")
    }
}

/// How many hundredths of `whole` are `part`.
pub fn percent(part: u64, whole: u64) -> u64 {
    (part * 100).checked_div(whole).unwrap_or_default()
}

/// A small number in a sentence.
pub fn number_word(number: usize) -> String {
    const WORDS: [&str; 10] = [
        "no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine",
    ];
    WORDS
        .get(number)
        .map_or_else(|| number.to_string(), |word| (*word).to_owned())
}

/// Bytes as what they most likely are: text, a number, or their digits.
pub fn bytes_text(bytes: &[u8]) -> String {
    Reading::first(bytes).to_string()
}

/// Bytes as hexadecimal digits: `68 65`.
pub fn byte_digits(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let mut text = String::new();
    for byte in bytes {
        if !text.is_empty() {
            text.push(' ');
        }
        text.push(char::from(DIGITS[usize::from(byte >> 4)]));
        text.push(char::from(DIGITS[usize::from(byte & 15)]));
    }
    text
}

/// The offsets from `first` to `last`, both included: `7`, or `7–9`.
pub fn offsets(first: u64, last: u64) -> String {
    if first == last {
        first.to_string()
    } else {
        format!("{first}–{last}")
    }
}

/// A text of at most `limit` characters, the rest cut off with `…`.
pub fn shortened(text: &str, limit: usize) -> String {
    if text.chars().count() <= limit {
        return text.to_owned();
    }
    let kept: String = text.chars().take(limit.saturating_sub(1)).collect();
    format!("{}…", kept.trim_end())
}

/// A length of time as it is said: `9 seconds`, `2.5 seconds`.
pub fn spoken_seconds(us: u64) -> String {
    let tenths = tenths(us);
    match (tenths / 10, tenths % 10) {
        (1, 0) => "1 second".to_owned(),
        (whole, 0) => format!("{whole} seconds"),
        (whole, tenth) => format!("{whole}.{tenth} seconds"),
    }
}

/// A text that begins with a capital.
pub fn capitalized(text: &str) -> String {
    let mut text = text.to_owned();
    if let Some(first) = text.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_show_minutes_seconds_and_milliseconds() {
        assert_eq!(clock(4_250_000), "00:04.250");
        assert_eq!(clock(61_007_999), "01:01.007");
    }

    #[test]
    fn lists_read_like_a_sentence() {
        assert_eq!(enumeration(&[1, 2, 3]), "1, 2 and 3");
        assert_eq!(enumeration(&[1]), "1");
        assert_eq!(list::<u32>(&[]), "none");
        assert_eq!(broker_names(&[1, 2]), "brokers 1 and 2");
        assert_eq!(broker_names(&[3]), "broker 3");
    }

    #[test]
    fn lengths_of_time_are_rounded_to_one_digit_after_the_point() {
        assert_eq!(seconds(9_049_000), "9.0 s");
        assert_eq!(seconds(9_491_000), "9.5 s");
        assert_eq!(spoken_seconds(8_960_000), "9 seconds");
    }

    #[test]
    fn ages_are_told_in_steps_that_can_be_read() {
        let told = [4_000, 86_000, 994_000, 996_000, 9_491_000].map(age_words);
        assert_eq!(told, ["0 ms", "90 ms", "990 ms", "1.0 s", "9.5 s"]);
        let same = told_age(9_491_000);
        assert_eq!(same, told_age(9_540_000), "nothing is drawn anew");
        assert_eq!(age_words(same), "9.5 s");
    }

    #[test]
    fn bytes_that_are_no_text_are_shown_as_the_number_that_they_may_be() {
        assert_eq!(bytes_text(b"alice"), "alice");
        assert_eq!(bytes_text(&[0, 0, 4, 38]), "1062");
        assert_eq!(bytes_text(&[200, 1]), "0xc801");
        assert_eq!(byte_digits(&[200, 1]), "c8 01");
    }

    #[test]
    fn a_long_text_is_cut_with_a_sign() {
        assert_eq!(shortened("abcdef", 4), "abc…");
        assert_eq!(shortened("abcd", 4), "abcd");
    }
}
