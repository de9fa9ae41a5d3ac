//! A person's own cluster: built, kept in the browser, saved as a file, opened again.

use highwater_browser_tests::page::Page;
use highwater_browser_tests::play::play;
use highwater_browser_tests::webdriver::key;
use serde_json::{Value, json};

use crate::person::{CATCH_FILE, choose, crash, go_to_the_first_run, pause, scenario, step};

#[test]
fn a_reload_brings_the_run_back_at_the_same_step() {
    play(async |page: &Page| {
        crash(page, 2).await;
        page.wait_for_scene("it is down", |scene| {
            scene["brokers"][1]["status"] == "down"
        })
        .await;
        pause(page).await;
        let (cluster, run) = (page.cluster().await, scenario(page).await);
        let (at, now) = place(&page.scene().await);
        page.reload().await;
        assert_eq!(place(&page.scene().await), (at, now));
        assert_eq!(page.cluster().await, cluster);
        assert_eq!(scenario(page).await, run);
        open(page, "Start over").await;
        page.click_button("Back to your run").await;
        page.wait_for_scene("the broker is down again", |scene| {
            scene["brokers"][1]["status"] == "down"
        })
        .await;
        assert_eq!(scenario(page).await, run);
        open(page, "Start over").await;
        page.wait_for_scene("all is as at first", |scene| {
            scene["brokers"][1]["status"] == "up"
        })
        .await;
        page.reload().await;
        assert_eq!(page.scene().await["brokers"][1]["status"], "up");
    });
}

#[test]
fn all_branches_come_back_after_a_reload() {
    play(async |page: &Page| {
        crash(page, 2).await;
        pause(page).await;
        let first = (page.cluster().await, scenario(page).await);
        page.click_button("Before the last turning point").await;
        crash(page, 3).await;
        pause(page).await;
        let second = (page.cluster().await, scenario(page).await);
        let branches = page.scene().await["branches"].clone();
        assert_eq!(branches.as_array().map(Vec::len), Some(2));
        page.reload().await;
        assert_eq!(page.scene().await["branches"], branches);
        assert_eq!((page.cluster().await, scenario(page).await), second);
        go_to_the_first_run(page).await;
        page.wait_for_scene("the first future is back", |scene| {
            scene["brokers"][1]["status"] == "down"
        })
        .await;
        assert_eq!((page.cluster().await, scenario(page).await), first);
        assert_eq!(page.scene().await["branches"][1], {
            let mut left = branches[1].clone();
            left["is_current"] = false.into();
            left
        });
    });
}

#[test]
fn a_kept_run_that_cannot_be_read_is_set_aside_and_can_be_saved() {
    play(async |page: &Page| {
        // What a later version may have written, and this one does not know.
        let text = "7\n7000\n{\"version\":2}";
        page.eval_with(
            "localStorage.setItem('highwater.run', arguments[0])",
            vec![json!(text)],
        )
        .await;
        page.reload().await;
        page.text("//*[@role='alert'][contains(., 'can’t be read')]")
            .await;
        page.text("//*[@role='status'][contains(., 'set aside')]//button[.='Save it as a file']")
            .await;
        crash(page, 2).await;
        page.reload().await;
        page.eval(CATCH_FILE).await;
        open(page, "Save the run that couldn’t be read").await;
        let saved = page
            .wait_for("a file is offered", async || {
                let saved = page.eval("return window.saved").await;
                saved.as_str().map(str::to_owned)
            })
            .await;
        assert_eq!(saved, text);
    });
}

#[test]
fn a_visitor_who_did_nothing_sees_the_first_sight_again() {
    play(async |page: &Page| {
        let first = scenario(page).await;
        page.reload().await;
        assert_eq!(scenario(page).await, first);
        let kept = page
            .eval("return localStorage.getItem('highwater.run')")
            .await;
        assert_eq!(kept, Value::Null);
    });
}

#[test]
fn a_run_is_saved_as_a_file_and_opened_again() {
    play(async |page: &Page| {
        crash(page, 3).await;
        pause(page).await;
        let run = scenario(page).await;
        page.eval(
            "URL.createObjectURL = blob => {
                blob.text().then(text => window.saved.text = text);
                return 'about:blank';
            };
            HTMLAnchorElement.prototype.click = function () {
                window.saved = { name: this.download };
            };",
        )
        .await;
        open(page, "Save this run").await;
        let saved = page
            .wait_for("a file is offered", async || {
                let saved = page.eval("return window.saved").await;
                saved["text"].is_string().then_some(saved)
            })
            .await;
        assert_eq!(saved["name"], "highwater-run.json");
        let text = saved["text"].as_str().expect("a text");
        assert_eq!(serde_json::from_str::<Value>(text).expect("JSON"), run);

        open(page, "Start over").await;
        open(page, "Open a saved run").await;
        page.text("//dialog[@open]//textarea").await;
        page.eval_with(
            "const files = new DataTransfer();
            files.items.add(new File([arguments[0]], 'run.json', { type: 'application/json' }));
            const field = document.querySelector('dialog[open] [type=file]');
            field.files = files.files;
            field.dispatchEvent(new Event('change', { bubbles: true }));",
            vec![json!(text)],
        )
        .await;
        page.wait_for("the file’s text is in the field", async || {
            let text = page.eval("return document.querySelector('dialog[open] textarea').value");
            (text.await.as_str()?.len() > 100).then_some(())
        })
        .await;
        page.click("//dialog[@open]//button[.='Open']").await;
        page.wait_for_scene("the broker is down again", |scene| {
            scene["brokers"][2]["status"] == "down"
        })
        .await;
        assert_eq!(scenario(page).await["commands"], run["commands"]);
    });
}

#[test]
fn a_bad_file_is_refused_with_the_place_and_the_reason_and_nothing_is_lost() {
    play(async |page: &Page| {
        pause(page).await;
        let (run, scene) = (scenario(page).await, page.scene().await);
        open(page, "Open a saved run").await;
        let bad = [
            ("{", "line 1, column 1: EOF"),
            (
                r#"{"version":1,"commands":[{"at_ms":1,"do":{"crash_brokr":{"broker":1}}}]}"#,
                "commands[0].do: unknown variant",
            ),
            (
                r#"{"version":1,"cluster":{"brokers":0}}"#,
                "cluster.brokers: a cluster has 1 to",
            ),
        ];
        for (text, words) in bad {
            page.text("//dialog[@open]//textarea").await;
            page.eval("document.querySelector('dialog[open] textarea').focus()")
                .await;
            page.type_over(text).await;
            page.press_with(key::CONTROL, key::ENTER).await;
            page.text(&format!(
                "//dialog[@open]//strong[@role='alert'][contains(., '{words}')]"
            ))
            .await;
            let kept = "return document.querySelector('dialog[open] textarea').value";
            assert_eq!(page.eval(kept).await, json!(text));
        }
        page.press(key::ESCAPE).await;
        assert_eq!(scenario(page).await, run);
        assert_eq!(page.scene().await, scene);
    });
}

#[test]
fn a_cluster_of_ones_own_is_built_in_a_form_and_kafka_refuses_what_it_cannot_be() {
    play(async |page: &Page| {
        open(page, "Build your own cluster").await;
        fill(page, "brokers", "5").await;
        fill(page, "broker.rack", "a, b, a, b, c").await;
        fill(page, "factor-1", "6").await;
        page.press(key::ENTER).await;
        let words = page.text("//dialog[@open]//strong[@role='alert']").await;
        assert!(words.contains("replication factor"), "{words}");
        fill(page, "factor-1", "3").await;
        fill(page, "topic-1", "payments").await;
        page.press(key::ENTER).await;
        let scene = page
            .wait_for_scene("five brokers are up", |scene| {
                let brokers = scene["brokers"].as_array();
                brokers
                    .is_some_and(|all| all.len() == 5 && all.iter().all(|it| it["status"] == "up"))
            })
            .await;
        assert_eq!(scene["topic"], "payments");
        let racks = &scenario(page).await["cluster"]["broker_config"]["5"];
        assert_eq!(racks["broker.rack"], "c");
    });
}

/// Chooses an entry of the cluster's own menu.
async fn open(page: &Page, entry: &str) {
    page.click_button("Your cluster").await;
    choose(page, entry).await;
}

async fn fill(page: &Page, name: &str, text: &str) {
    page.click(&format!("//dialog[@open]//*[@name='{name}']"))
        .await;
    page.type_over(text).await;
}

fn place(scene: &Value) -> (u64, u64) {
    let now = scene["head"]["now_us"]
        .as_u64()
        .expect("a scene has a time");
    (step(scene), now)
}
