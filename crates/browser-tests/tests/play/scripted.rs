//! `window.highwater`, for people who script the page.

use highwater_browser_tests::page::Page;
use highwater_browser_tests::play::play;
use serde_json::{Value, json};

use crate::person::{pause, scenario};

#[test]
fn a_script_applies_a_command_and_reads_scene_and_scenario() {
    play(async |page: &Page| {
        let before = scenario(page).await;
        let command = json!({ "crash_broker": { "broker": 2 } });
        assert_eq!(apply(page, command.clone()).await, Value::Null);
        assert_eq!(page.scene().await["brokers"][1]["status"], "down");
        page.text("//main//*[normalize-space()='broker 2']/parent::*[contains(., 'down')]")
            .await;

        let after = scenario(page).await;
        assert_eq!(after["seed"], before["seed"]);
        let commands = |scenario: &Value| scenario["commands"].as_array().cloned().expect("a list");
        let (before, after) = (commands(&before), commands(&after));
        assert_eq!(after.len(), before.len() + 1);
        assert_eq!(after[..before.len()], before);
        assert_eq!(after[before.len()]["do"], command);
    });
}

#[test]
fn what_a_script_gets_wrong_is_refused_in_words_and_nothing_is_lost() {
    play(async |page: &Page| {
        pause(page).await;
        let state = async || (scenario(page).await, page.scene().await);
        let before = state().await;
        let malformed = [
            (json!({ "crash_brokr": { "broker": 2 } }), "crash_brokr"),
            (json!({ "crash_broker": { "broker": "two" } }), "two"),
            (json!({ "crash_broker": {} }), "broker"),
            (json!(7), ""),
            (Value::Null, ""),
        ];
        for (command, named) in malformed {
            refused(page, &command, named).await;
            assert_eq!(state().await, before, "after {command}");
        }
        let senseless = json!({ "crash_broker": { "broker": 99 } });
        let words = refused(page, &senseless, "99").await;
        assert_eq!(page.text("//*[@role='alert']").await, words);
        let scene = page.scene().await;
        assert_eq!(scene["partitions"], before.1["partitions"]);
        assert_eq!(scene["head"], before.1["head"]);

        assert_eq!(
            apply(page, json!({ "pause_broker": { "broker": 2 } })).await,
            Value::Null
        );
        assert_eq!(page.scene().await["brokers"][1]["status"], "paused");
    });
}

/// Gives a command; the words with which it is refused, or null.
async fn apply(page: &Page, command: Value) -> Value {
    let script = "
        try {
            window.highwater.apply(arguments[0]);
            return null;
        } catch (reason) {
            return reason instanceof Error ? reason.message : reason;
        }
    ";
    page.eval_with(script, vec![command]).await
}

async fn refused(page: &Page, command: &Value, named: &str) -> String {
    let words = apply(page, command.clone()).await;
    let words = words
        .as_str()
        .unwrap_or_else(|| panic!("{command} is taken"));
    assert!(
        words.len() > 10 && words.contains(named),
        "{command}: {words:?}"
    );
    words.to_owned()
}
