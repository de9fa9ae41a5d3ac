//! `docs/scenario.schema.json` says what the engine reads: no more, no less.
//!
//! `UPDATE_EXPECT=1` rewrites the file.

mod checker;

use std::fs;
use std::path::{Path, PathBuf};

use highwater_engine::sim::scenario::Scenario;
use highwater_engine::sim::schema;
use serde_json::Value;

use checker::complaints;

const WRITTEN: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/scenario.schema.json");

fn schema() -> Value {
    serde_json::from_str(&schema::json()).expect("the engine writes JSON")
}

#[test]
fn the_schema_in_the_docs_is_the_one_that_the_types_give() {
    let made = format!("{}\n", schema::json());
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        fs::write(WRITTEN, &made).expect("the docs can be written");
    }
    let written = fs::read_to_string(WRITTEN).expect("the schema is part of the repository");
    assert!(
        written == made,
        "stale: UPDATE_EXPECT=1 cargo test --no-default-features --test schema"
    );
}

#[test]
fn every_scenario_of_the_repository_fits_the_schema() {
    let mut texts: Vec<(PathBuf, String)> = ["scenarios", "tests/data/goldens"]
        .iter()
        .flat_map(|folder| {
            let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
            fs::read_dir(folder).expect("the folder is part of the repository")
        })
        .map(|entry| entry.expect("a folder can be read").path())
        .filter(|path| path.extension().is_some_and(|ending| ending == "json"))
        .map(|path| {
            (
                path.clone(),
                fs::read_to_string(path).expect("it can be read"),
            )
        })
        .collect();
    let page = include_str!("../../docs/scenario.md");
    let example = page
        .split("```json\n")
        .nth(1)
        .and_then(|rest| rest.split("```").next());
    let example = example.expect("the page shows a scenario").to_owned();
    texts.push(("docs/scenario.md".into(), example));
    for (path, text) in texts {
        let value = serde_json::from_str(&text).expect("a scenario is JSON");
        assert_eq!(complaints(&schema(), &value), [""; 0], "{}", path.display());
        assert!(Scenario::from_json(&text).is_ok(), "{}", path.display());
    }
}

/// The whole language in one scenario, so that a form that schema and reader see differently shows.
#[test]
fn every_form_of_every_argument_fits_the_schema() {
    for command in [
        r#"{ "crash_broker": { "broker": 1 } }"#,
        r#"{ "cut_link": { "between": ["controller", { "client": "checkout" }] } }"#,
        r#"{ "delay_link": { "between": [{ "broker": 1 }, { "broker": 2 }], "extra_ms": 5 } }"#,
        r#"{ "add_consumer": { "name": "billing" } }"#,
        r#"{ "call": { "client": "checkout", "method": "flush" } }"#,
        r#"{ "call": { "client": "checkout", "method": { "send": { "topic": "t" } } } }"#,
        r#"{ "call": { "client": "checkout", "method": { "send": { "topic": "t", "partition": 0,
            "key": { "hex": "0a1b" }, "value": null, "timestamp_ms": 5,
            "headers": [{ "key": "trace", "value": "seven" }, { "key": "none" }] } } } }"#,
        r#"{ "call": { "client": "c", "method": { "seek": {
            "partition": { "topic": "t", "partition": 0 }, "offset": -1 } } } }"#,
        r#"{ "call": { "client": "c", "method": { "commit_sync": {} } } }"#,
        r#"{ "call": { "client": "c", "method": { "commit_async": {
            "offsets": [[{ "topic": "t", "partition": 0 }, 3]] } } } }"#,
        r#"{ "call": { "client": "admin", "method": { "alter_config": {
            "resource": { "broker": 1 }, "set": {}, "delete": ["a"] } } } }"#,
        r#"{ "call": { "client": "admin", "method": { "alter_config": {
            "resource": "cluster", "set": { "a": "b" }, "delete": [] } } } }"#,
        r#"{ "call": { "client": "admin", "method": { "elect_leaders": {
            "election_type": "preferred", "partitions": [] } } } }"#,
        r#"{ "start_workload": { "producer": "p", "workload": {
            "topic": "t", "interval_ms": 1, "count": 3 } } }"#,
    ] {
        let text = format!(
            r#"{{ "version": 1, "cluster": {{ "broker_config": {{ "2": {{}} }} }},
                "commands": [{{ "at_ms": 1, "after_step": 3, "do": {command} }}] }}"#
        );
        let value = serde_json::from_str(&text).expect("JSON");
        assert_eq!(complaints(&schema(), &value), [""; 0], "{command}");
        let read = Scenario::from_json(&text).map(drop);
        assert_eq!(read, Ok(()), "{command}");
    }
}

/// Every kind of command and call that the schema knows, the reader knows by the same name.
#[test]
fn the_reader_knows_every_kind_that_the_schema_knows() {
    let schema = schema();
    for (kinds, place) in [
        ("Command", r#"{ KIND: {} }"#),
        (
            "ClientCall",
            r#"{ "call": { "client": "c", "method": { KIND: {} } } }"#,
        ),
    ] {
        let kinds = schema["$defs"][kinds]["oneOf"]
            .as_array()
            .expect("there are kinds");
        assert!(kinds.len() > 10, "{kinds:?}");
        for kind in kinds {
            let names = match kind["properties"].as_object() {
                Some(properties) => properties.keys().cloned().collect(),
                None => names_of(kind),
            };
            for name in names {
                let command = place.replace("KIND", &format!("{name:?}"));
                let text = format!(
                    r#"{{ "version": 1, "commands": [{{ "at_ms": 1, "do": {command} }}] }}"#
                );
                let reason = Scenario::from_json(&text).map(drop).err();
                let is_unknown = reason.is_some_and(|it| it.reason.contains("unknown variant"));
                assert!(!is_unknown, "{name}");
            }
        }
    }
}

fn names_of(kind: &Value) -> Vec<String> {
    let listed = kind["enum"].as_array().into_iter().flatten();
    let all = listed.chain(Some(&kind["const"])).filter_map(Value::as_str);
    all.map(str::to_owned).collect()
}

#[test]
fn what_the_schema_refuses_the_engine_refuses_too() {
    for text in [
        r#"[]"#,
        r#"{ "seed": 7 }"#,
        r#"{ "version": 2 }"#,
        r#"{ "version": 1, "sead": 7 }"#,
        r#"{ "version": 1, "seed": -7 }"#,
        r#"{ "version": 1, "seed": 9007199254740992 }"#,
        r#"{ "version": 1, "cluster": { "brokers": 0 } }"#,
        r#"{ "version": 1, "cluster": { "brokers": 101 } }"#,
        r#"{ "version": 1, "cluster": { "hop_us": 0 } }"#,
        r#"{ "version": 1, "cluster": { "config": { "min.insync.replicas": 2 } } }"#,
        r#"{ "version": 1, "cluster": { "broker_config": { "first": {} } } }"#,
        r#"{ "version": 1, "commands": [{ "do": { "crash_broker": { "broker": 1 } } }] }"#,
        r#"{ "version": 1, "commands": [{ "at_ms": 1, "do": { "krash_broker": {} } }] }"#,
        r#"{ "version": 1, "commands": [{ "at_ms": 1, "do": { "crash_broker": { "id": 1 } } }] }"#,
        r#"{ "version": 1, "commands": [{ "at_ms": 1,
            "do": { "cut_link": { "between": ["controller"] } } }] }"#,
        r#"{ "version": 1, "commands": [{ "at_ms": 1,
            "do": { "call": { "client": "c", "method": "dance" } } }] }"#,
        r#"{ "version": 1, "commands": [{ "at_ms": 1,
            "do": { "call": { "client": "c", "method": { "send": { "key": "k" } } } } }] }"#,
    ] {
        let value = serde_json::from_str(text).expect("JSON");
        assert_ne!(complaints(&schema(), &value), [""; 0], "{text}");
        assert!(Scenario::from_json(text).is_err(), "{text}");
    }
}
