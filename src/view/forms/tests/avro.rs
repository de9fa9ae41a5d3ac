//! Avro in the form of a record, and two schemas side by side.

use super::*;

fn texts<const N: usize>(texts: [&str; N]) -> Vec<String> {
    texts.map(str::to_owned).into()
}

/// The form of a record after Avro was chosen, with its question.
fn avro_record() -> (Form, Question, Timeline, Scene) {
    let (mut form, timeline, scene) = opened(FormKind::Record(None, None));
    let before = form.clone();
    let followers = form.change("value.as", &|name| match name {
        "value.as" => "avro".to_owned(),
        _ => before.typed(name).to_owned(),
    });
    assert_eq!(followers[0].0, "value", "a record that fits the schema");
    let question = form.ask().expect("the library has to be asked");
    (form, question, timeline, scene)
}

#[test]
fn an_avro_value_waits_for_the_library_and_has_its_schema_id_in_front() {
    let (mut form, question, timeline, scene) = avro_record();
    assert_eq!(question[0], "encode");
    assert!(question[1].contains("\"name\": \"Order\"") && question[2].contains("coffee"));
    assert!(form.is_waiting() && form.ask().is_none());
    let early = form.deed(timeline.world(), &scene);
    assert_eq!(early.map_err(|(name, _)| name), Err("waiting".to_owned()));
    form.take_answer(
        &question,
        texts(["", "id ca10\nitem 0c636f66666565\ncents 8005"]),
    );
    let sent = commands(form.deed(timeline.world(), &scene)).pop();
    let Some(Command::Call {
        method: ClientCall::Send(record),
        ..
    }) = sent
    else {
        panic!("a record");
    };
    let bytes = [
        &[0, 0, 0, 0, 1, 0xca, 0x10, 0x0c][..],
        b"coffee",
        &[0x80, 5],
    ]
    .concat();
    assert_eq!(record.value.as_deref(), Some(&bytes[..]));
    form.set("schema.id", "");
    let shown = form.look(timeline.world(), &scene);
    assert!(shown.contains("11 bytes <code>ca 10 0c"), "{shown}");
    form.set("schema.id", "0");
    let refused = form.deed(timeline.world(), &scene).expect_err("no such id");
    assert_eq!(refused.0, "schema.id");
}

#[test]
fn an_answer_to_an_older_question_is_not_taken() {
    let (mut form, first, ..) = avro_record();
    form.set("value", "{}");
    let second = form.ask().expect("something else is asked");
    form.take_answer(&first, texts(["", "a 00"]));
    assert!(form.is_waiting());
    form.take_answer(&second, texts(["value", "id is nothing"]));
    assert!(!form.is_waiting());
}

#[test]
fn what_the_library_refuses_stands_beside_its_field_and_a_library_out_of_reach_is_asked_again() {
    let (mut form, question, timeline, scene) = avro_record();
    form.take_answer(&question, texts(["schema", "unknown type: \"recor\""]));
    let refused = form
        .deed(timeline.world(), &scene)
        .expect_err("it is refused");
    assert_eq!(
        refused,
        ("schema".to_owned(), "unknown type: \"recor\"".to_owned())
    );
    let (mut form, question, timeline, scene) = avro_record();
    form.take_answer(&question, texts(["library", "no network"]));
    let refused = form
        .deed(timeline.world(), &scene)
        .expect_err("it is refused");
    assert_eq!(refused.0, "value");
    assert_eq!(form.ask(), Some(question));
}

#[test]
fn each_verdict_on_two_schemas_stands_beside_the_bytes_that_prove_it() {
    let (mut form, timeline, scene) = opened(FormKind::Schemas);
    let before = form.clone();
    let words = "a field is added, without a default";
    let followers = form.change("example", &|name| match name {
        "example" => words.to_owned(),
        _ => before.typed(name).to_owned(),
    });
    let names: Vec<&str> = followers.iter().map(|(name, _)| *name).collect();
    assert_eq!(names, ["before", "after", "record.before", "record.after"]);
    assert!(form.typed("after").contains("note"));
    let question = form.ask().expect("the library has to be asked");
    assert_eq!((question.len(), question[0].as_str()), (5, "compare"));
    let refused = "no matching field for default-less Order.note";
    let answer = [
        "",
        "no",
        refused,
        "id ca10\ncents 8005",
        "yes",
        "{\"id\":1}",
        "id 02",
    ];
    form.take_answer(&question, texts(answer));
    let shown = form.look(timeline.world(), &scene);
    assert!(shown.contains("<b>full ✗</b>"), "{shown}");
    assert!(shown.contains("<b>backward ✗</b> written with the old, read with the new"));
    assert!(shown.contains("<small>id</small>ca 10</code><code><small>cents</small>80 05"));
    assert!(shown.contains("refused: <code>no matching field"));
    assert!(shown.contains("<b>forward ✓</b> written with the new, read with the old"));
    assert!(
        shown.contains("read: <code>{&quot;id&quot;:1}</code>"),
        "{shown}"
    );
}

/// Avro's Java library has answered all that the page offers: `referee/avro.mjs` compares.
#[test]
fn every_schema_that_is_offered_was_tried_with_avros_java_library() {
    let file = include_str!("../../../../tests/data/vectors/serialization.json");
    let vectors: serde_json::Value = serde_json::from_str(file).expect("vectors are JSON");
    let json = |text: &str| serde_json::from_str::<serde_json::Value>(text).expect("JSON");
    for (kind, names, list) in [
        (FormKind::Record(None, None), ["schema", "value"], "values"),
        (FormKind::Schemas, ["after", "record.after"], "changes"),
    ] {
        let (mut form, ..) = opened(kind);
        let example = form.fields.iter().find(|field| field.name == "example");
        let Some(Input::Choice(choices)) = example.map(|field| field.input.clone()) else {
            panic!("examples can be chosen");
        };
        let known = vectors[list].as_array().expect("a list");
        for (choice, _) in choices {
            let before = form.clone();
            form.change("example", &|name| match name {
                "example" => choice.clone(),
                _ => before.typed(name).to_owned(),
            });
            let [schema, value] = names.map(|name| json(form.typed(name)));
            let is_it = |it: &serde_json::Value| {
                let record = if list == "values" {
                    "value"
                } else {
                    "record_after"
                };
                it[names[0]] == schema && it[record] == value
            };
            assert!(known.iter().any(is_it), "{choice}");
        }
    }
}
