//! The bytes that come of a record as a person types it.

use bytes::Bytes;
use highwater_engine::kafka::client::call::ProducerRecord;
use highwater_engine::kafka::record::Header;

use super::*;

/// The form of a record, filled in like this; what isn't named stays as it was.
fn filled(values: &[(&str, &str)]) -> (Form, Timeline, Scene) {
    let (mut form, timeline, scene) = opened(FormKind::Record(None, None));
    let before = form.clone();
    form.fill(&|name| {
        let named = values.iter().find(|(field, _)| *field == name);
        named
            .map_or(before.typed(name), |(_, value)| value)
            .to_owned()
    });
    (form, timeline, scene)
}

fn sent(values: &[(&str, &str)]) -> Result<ProducerRecord, Refusal> {
    let (form, timeline, scene) = filled(values);
    let commands = commands_or(form.deed(timeline.world(), &scene))?;
    match commands.into_iter().next_back() {
        Some(Command::Call {
            method: ClientCall::Send(record),
            ..
        }) => Ok(record),
        other => panic!("no record: {other:?}"),
    }
}

fn commands_or(deed: Result<Deed, Refusal>) -> Result<Vec<Command>, Refusal> {
    deed.map(|deed| commands(Ok(deed)))
}

#[test]
fn no_key_is_not_an_empty_key_and_a_tombstone_is_not_an_empty_value() {
    let record = sent(&[("key", ""), ("value", "")]).expect("it is a record");
    assert_eq!(
        (record.key, record.value),
        (Some(Bytes::new()), Some(Bytes::new()))
    );
    let record = sent(&[("key.as", "null"), ("value.as", "null")]).expect("it is a record");
    assert_eq!((record.key, record.value), (None, None));
}

#[test]
fn what_is_typed_becomes_the_bytes_of_its_kind() {
    let value = |kind, text| {
        let record = sent(&[("value.as", kind), ("value", text)]).expect("it fits");
        record.value.expect("it has a value").to_vec()
    };
    assert_eq!(value("text", " a "), b" a ");
    assert_eq!(value("integer", "1062"), [0, 0, 4, 38]);
    assert_eq!(
        value("long", "-2"),
        [255, 255, 255, 255, 255, 255, 255, 254]
    );
    assert_eq!(value("json", "{ \"order\": 1061 }"), b"{ \"order\": 1061 }");
    assert_eq!(value("hex", "0a 1b"), [10, 27]);
    let record = sent(&[("key.as", "long"), ("key", "7")]).expect("it fits");
    assert_eq!(record.key.as_deref(), Some(&[0, 0, 0, 0, 0, 0, 0, 7][..]));
}

#[test]
fn what_does_not_fit_is_refused_beside_its_field() {
    let refused = |values: &[(&str, &str)]| sent(values).expect_err("it does not fit");
    let (field, words) = refused(&[("value.as", "json"), ("value", "{\"order\" 1}")]);
    assert_eq!(field, "value");
    assert_eq!(words, "This is no JSON: expected `:` at line 1 column 10");
    assert_eq!(refused(&[("key.as", "integer"), ("key", "heidi")]).0, "key");
    assert_eq!(refused(&[("timestamp", "soon")]).0, "timestamp");
    let (field, words) = refused(&[("timestamp", "-5")]);
    assert_eq!(field, "timestamp");
    assert_eq!(
        words,
        "Invalid timestamp: -5. Timestamp should always be non-negative or null."
    );
}

#[test]
fn headers_keep_their_order_their_names_may_repeat_and_their_values_may_be_null() {
    let record = sent(&[("headers", "trace=7\n trace = a=b \nempty=\n\nnull")]).expect("it fits");
    let header = |key: &str, value: Option<&'static str>| Header {
        key: key.to_owned(),
        value: value.map(|text| Bytes::from_static(text.as_bytes())),
    };
    let expected = [
        header("trace", Some("7")),
        header("trace", Some("a=b")),
        header("empty", Some("")),
        header("null", None),
    ];
    assert_eq!(record.headers, expected);
}

fn preview(values: &[(&str, &str)]) -> String {
    let (mut form, timeline, scene) = filled(values);
    form.look(timeline.world(), &scene)
}

#[test]
fn the_bytes_and_the_partition_are_shown_before_anything_is_sent() {
    let shown = preview(&[("key", "abc"), ("value.as", "integer"), ("value", "1062")]);
    assert!(
        shown.contains("<dt>key</dt><dd>3 bytes <code>61 62 63</code>"),
        "{shown}"
    );
    assert!(
        shown.contains("<dt>value</dt><dd>4 bytes <code>00 00 04 26</code>"),
        "{shown}"
    );
    // Kafka 4.3.1: `UtilsTest#testMurmur2`
    assert!(
        shown.contains(
            "<b>It goes to p0</b>: toPositive(murmur2(key)) = 479470107, 479470107 % 3 = 0."
        ),
        "{shown}"
    );
    let shown = preview(&[("key.as", "null"), ("value.as", "null"), ("headers", "a")]);
    assert!(
        shown.contains("<dt>value</dt><dd>null: a tombstone</dd>"),
        "{shown}"
    );
    assert!(shown.contains("<dt>header a</dt><dd>null</dd>"), "{shown}");
    assert!(shown.contains("No key decides"), "{shown}");
    let shown = preview(&[("partition", "1"), ("value.as", "long"), ("value", "x")]);
    assert!(
        shown.starts_with("<strong>A long is a whole number from "),
        "{shown}"
    );
}

/// Kafka 4.3.1: the example of `record-batch` in the vectors.
#[test]
fn the_sizes_are_those_of_kafkas_own_batch() {
    let shown = preview(&[("key", "k1"), ("value", "v1")]);
    assert!(
        shown.contains("A record of 11 bytes; alone in a batch, 72."),
        "{shown}"
    );
}

#[test]
fn a_run_keeps_what_was_sent_when_it_is_saved_and_opened_again() {
    for values in [
        &[("key", ""), ("value", "")][..],
        &[
            ("key.as", "null"),
            ("value.as", "null"),
            ("headers", "a\na=\na=ü"),
        ],
        &[
            ("key.as", "hex"),
            ("key", "ff00"),
            ("value.as", "long"),
            ("value", "1062"),
        ],
        &[
            ("partition", "2"),
            ("timestamp", "1767225600000"),
            ("value.as", "integer"),
            ("value", "-1"),
        ],
    ] {
        let (form, mut timeline, scene) = filled(values);
        for command in commands(form.deed(timeline.world(), &scene)) {
            let now = timeline.world().now();
            timeline.apply(command, now).expect("it makes sense");
        }
        let saved = timeline.to_scenario();
        let opened = Scenario::from_json(&saved.to_json()).expect("it was written by ourselves");
        assert_eq!(opened, saved, "{values:?}");
    }
}

#[test]
fn what_few_need_is_folded_until_it_was_changed_or_something_is_wrong_with_it() {
    let (form, timeline, scene) = opened(FormKind::Record(None, None));
    let markup = form.markup();
    let (seen, folded) = markup
        .split_once("<details class=\"field\">")
        .expect("it is folded");
    for name in ["key", "value"] {
        assert!(seen.contains(&format!("name=\"{name}\"")), "{name}");
    }
    for name in [
        "key.as",
        "value.as",
        "headers",
        "timestamp",
        "acks",
        "partition",
    ] {
        assert!(folded.contains(&format!("name=\"{name}\"")), "{name}");
    }
    let is_open = |form: &Form| form.markup().contains("<details class=\"field\" open>");
    let (usual, ..) = filled(&[("key", "abc"), ("value", "tea")]);
    assert!(!is_open(&usual), "those always are in sight");
    let (named, ..) = opened(FormKind::Record(Some(2), None));
    assert!(is_open(&named), "one sees which partition is meant");
    let (mut late, ..) = filled(&[]);
    late.refuse((
        "timestamp".to_owned(),
        "This takes a whole number.".to_owned(),
    ));
    assert!(is_open(&late), "one sees what is wrong");
    let (changed, ..) = filled(&[("value.as", "json")]);
    assert!(is_open(&changed));
    let kind = FormKind::Record(None, None);
    let again = Form::new(kind, timeline.world(), &scene, Some(&changed));
    assert!(is_open(&again) && again.value("value.as") == "json");
}
