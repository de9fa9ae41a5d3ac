//! The screens, each with the way to it.

use highwater_browser_tests::page::{Page, button};
use highwater_browser_tests::webdriver::key;
use serde_json::{Value, json};

use super::{ALL_SIZES, Audit, PHONE, PROJECTOR, THEMES, audit, audit_while};
use crate::person::{MENU, ask_why, choose, open_panel, unfold};

/// A moment of the first view with messages in flight and a record that is not committed.
pub const FIRST_MOMENT: u64 = 480;
/// A moment of the cluster with compaction in which the cleaners copy: after 9.5 s.
const COPYING_STEP: u64 = 879;

#[test]
fn first_sight() {
    audit(&ALL_SIZES, async |page: &Page| {
        page.run_to_step(FIRST_MOMENT).await;
    });
}

#[test]
fn a_broker_is_down_and_the_panel_says_why() {
    audit(&ALL_SIZES, async |page: &Page| {
        page.run_to_step(FIRST_MOMENT).await;
        apply(page, json!({ "crash_broker": { "broker": 1 } })).await;
        page.run_until("s.partitions[1].leader === 2").await;
        ask_why(page, "//button[starts-with(@aria-label, 'leader of p1')]").await;
    });
}

#[test]
fn the_panel() {
    audit(&ALL_SIZES, async |page: &Page| {
        page.run_to_step(FIRST_MOMENT).await;
        open_panel(page).await;
    });
}

#[test]
fn the_dialog_of_a_record() {
    audit(&ALL_SIZES, async |page: &Page| {
        dialog(page, "Produce a record").await;
    });
}

#[test]
fn the_dialog_of_an_avro_record() {
    audit(&ALL_SIZES, async |page: &Page| {
        dialog(page, "Produce a record").await;
        unfold(page).await;
        page.click("//option[.='Avro, by a schema']").await;
        page.text("//dialog[@open]//output[contains(., '00 00 00 00 01')]")
            .await;
    });
}

#[test]
fn two_avro_schemas_side_by_side() {
    audit(&ALL_SIZES, async |page: &Page| {
        page.run_to_step(FIRST_MOMENT).await;
        if page.texts(&button("Your cluster")).await.is_empty() {
            page.click_button("menu").await;
        }
        page.click_button("Your cluster").await;
        choose(page, "Compare two Avro schemas").await;
        page.text("//dialog[@open]//output[contains(., 'full')]")
            .await;
    });
}

#[test]
fn the_bytes_of_a_batch() {
    audit(&ALL_SIZES, async |page: &Page| {
        page.run_to_step(FIRST_MOMENT).await;
        page.click("//main//button[contains(@aria-label, 'offset 3')]")
            .await;
        choose(page, "See its bytes").await;
        page.text("//dialog[@open]//*[@class='anatomy__record']")
            .await;
    });
}

#[test]
fn the_dialog_of_brokers() {
    audit(&ALL_SIZES, async |page: &Page| {
        dialog(page, "Stop a broker").await;
    });
}

#[test]
fn the_dialog_of_a_consumer() {
    audit(&ALL_SIZES, async |page: &Page| {
        dialog(page, "Add a consumer").await;
    });
}

#[test]
fn a_rule_is_broken() {
    audit(&ALL_SIZES, async |page: &Page| {
        lose_a_record(page).await;
        page.click("//*[contains(@class, 'lamps')]//button[contains(., 'lost')]")
            .await;
    });
}

#[test]
fn twelve_partitions() {
    audit(&ALL_SIZES, async |page: &Page| {
        page.run_to_step(FIRST_MOMENT).await;
        let more = json!({ "create_partitions": { "topic": "orders", "total": 12 } });
        apply(
            page,
            json!({ "call": { "client": "admin", "method": more } }),
        )
        .await;
        page.run_until("s.partitions.length === 12 && s.partitions[11].leader")
            .await;
    });
}

/// A record is acknowledged by its leader alone, which dies before anybody has copied it and comes
/// back after another one was elected.
async fn lose_a_record(page: &Page) {
    page.run_to_step(FIRST_MOMENT).await;
    let link = |other: u32| json!({ "between": [{ "broker": 1 }, { "broker": other }] });
    apply(page, json!({ "stop_workload": { "producer": "checkout" } })).await;
    let acks = json!({ "acks": "1" });
    apply(
        page,
        json!({ "add_producer": { "name": "payments", "config": acks } }),
    )
    .await;
    page.run_until("s.head.now_us > 5200000 && s.flights.length === 0")
        .await;
    for other in [2, 3] {
        apply(page, json!({ "cut_link": link(other) })).await;
    }
    send(page, "paid").await;
    page.run_until("s.partitions[1].replicas[0].log_end_offset > s.partitions[1].high_watermark")
        .await;
    let step = page.step().await;
    page.run_to_step(step + 10).await;
    apply(page, json!({ "crash_broker": { "broker": 1 } })).await;
    for other in [2, 3] {
        apply(page, json!({ "heal_link": link(other) })).await;
    }
    page.run_until("s.partitions[1].leader === 2").await;
    send(page, "next").await;
    apply(page, json!({ "start_broker": { "broker": 1 } })).await;
    page.run_until("s.lamps[0].state.broken").await;
}

/// A record of a key whose partition broker 1 leads.
async fn send(page: &Page, value: &str) {
    let record = json!({ "topic": "orders", "key": "heidi", "value": value });
    let call = json!({ "client": "payments", "method": { "send": record } });
    apply(page, json!({ "call": call })).await;
}

/// Menus of all kinds of things. The phone shows fewer of them.
const MENUS: [&str; 7] = [
    "//main//button[starts-with(@aria-label, 'broker 1')]",
    "//main//button[starts-with(@aria-label, 'leader of p1')]",
    "//main//button[contains(@aria-label, 'high watermark')]",
    "//main//button[contains(@aria-label, 'offset 3')]",
    "//main//button[starts-with(@aria-label, 'group billing')]",
    "//main//*[contains(@class, 'role')][.='follower']",
    "//main//button[contains(@class, 'controller')]",
];

#[test]
fn the_menus_of_things() {
    audit_while(
        &[PROJECTOR, PHONE],
        async |page: &Page, audit: &mut Audit| {
            page.run_to_step(FIRST_MOMENT).await;
            let mut seen = 0;
            for path in MENUS {
                if page.texts(path).await.is_empty() {
                    continue;
                }
                page.click(path).await;
                let title = page.text(&format!("{MENU}//h2")).await;
                audit.look(&title, page, &THEMES[..1]).await;
                page.press(key::ESCAPE).await;
                seen += 1;
            }
            assert!(seen > 2, "there are only {seen} menus");
        },
    );
}

/// Forms, each by its entry in a menu.
const FORMS: [&str; 4] = [
    "Change a setting of all brokers",
    "Build your own cluster",
    "Create a topic",
    "Open a saved run",
];

#[test]
fn the_forms_of_ones_own_cluster() {
    audit_while(
        &[PROJECTOR, PHONE],
        async |page: &Page, audit: &mut Audit| {
            page.run_to_step(FIRST_MOMENT).await;
            for entry in FORMS {
                if page.texts(&button("Your cluster")).await.is_empty() {
                    page.click_button("menu").await;
                }
                page.click_button("Your cluster").await;
                choose(page, entry).await;
                page.text("//dialog[@open]//form//h2").await;
                let themes = if entry == FORMS[0] {
                    &THEMES[..]
                } else {
                    &THEMES[..1]
                };
                audit.look(entry, page, themes).await;
                page.click("//dialog[@open]//button[.='Cancel']").await;
                await_no_dialog(page).await;
            }
        },
    );
}

async fn await_no_dialog(page: &Page) {
    page.wait_for("no window is open", async || {
        page.texts("//dialog[@open]").await.is_empty().then_some(())
    })
    .await;
}

#[test]
fn six_brokers() {
    audit(&ALL_SIZES, async |page: &Page| {
        open_scenario(page, &six_brokers_scenario()).await;
        // Low rows, and a record that waits in one.
        let waits = "s.producers.some((it) => it.queues.some(([, marks]) => marks.length > 0))";
        page.run_until(&format!("s.head.now_us > 4300000 && {waits}"))
            .await;
    });
}

fn six_brokers_scenario() -> Value {
    let topic = json!({ "topic": "orders", "partitions": 6, "replication_factor": 3 });
    let call = json!({ "client": "admin", "method": { "create_topic": topic } });
    let workload =
        json!({ "topic": "orders", "keys": ["alice", "bob", "heidi"], "interval_ms": 50 });
    json!({
        "version": 1, "seed": 3, "cluster": { "brokers": 6 },
        "commands": [
            { "at_ms": 2500, "do": { "call": call } },
            { "at_ms": 2600, "do": { "add_producer": { "name": "shop", "config": {} } } },
            { "at_ms": 2700, "do": { "start_workload": { "producer": "shop", "workload": workload } } },
        ],
    })
}

/// Opens a run as a person who has its text.
pub async fn open_scenario(page: &Page, scenario: &Value) {
    if page.texts(&button("Your cluster")).await.is_empty() {
        page.click_button("menu").await;
    }
    page.click_button("Your cluster").await;
    choose(page, "Open a saved run").await;
    page.click("//dialog[@open]//textarea").await;
    let text = json!({ "text": scenario.to_string() });
    page.devtools("Input.insertText", text).await;
    page.click("//dialog[@open]//button[normalize-space()='Open']")
        .await;
    let brokers = &scenario["cluster"]["brokers"];
    page.wait_for_scene("the run is open", |scene| {
        scene["brokers"].as_array().map(Vec::len) == brokers.as_u64().map(|it| it as usize)
    })
    .await;
}

/// What the bytes of a batch are.
#[test]
fn the_window_of_bytes() {
    audit(&ALL_SIZES, async |page: &Page| {
        page.run_to_step(FIRST_MOMENT).await;
        page.click("//main//button[contains(@aria-label, 'offset 3')]")
            .await;
        choose(page, "See its bytes").await;
        page.text("//dialog[@open]//h2[contains(., 'offset 3')]")
            .await;
    });
}

/// The cleaner at its work, in the window of a log.
#[test]
fn the_window_of_a_log() {
    audit(&ALL_SIZES, async |page: &Page| {
        cleaner_at_work(page).await;
        page.click("//main//button[contains(@aria-label, 'key ')]")
            .await;
        choose(page, "See the segments").await;
        page.text("//dialog[@open]//em[.='copying']").await;
    });
}

/// Slots where a cleaner removed records, on the stage.
#[test]
fn a_compacted_log_on_the_stage() {
    audit(&ALL_SIZES, async |page: &Page| {
        cleaner_at_work(page).await;
        if !page.texts(&button("open p0")).await.is_empty() {
            page.click_button("open p0").await;
        }
        page.run_until("s.head.now_us > 10500000").await;
    });
}

#[test]
fn the_topic_of_committed_offsets() {
    audit(&ALL_SIZES, async |page: &Page| {
        page.run_to_step(FIRST_MOMENT).await;
        page.press_with(key::CONTROL, 'k').await;
        page.click("//dialog[@open]//input").await;
        page.type_over("__consumer").await;
        page.press(key::ENTER).await;
        page.text("//main//button[contains(@aria-label, '__consumer_offsets')]")
            .await;
    });
}

/// Opens the cluster with compaction at a moment at which broker 1 copies what stays.
pub async fn cleaner_at_work(page: &Page) {
    let text = include_str!("../../../../../scenarios/compaction-keeps-the-last-of-each-key.json");
    let scenario: Value = serde_json::from_str(text).expect("it is a scenario");
    open_scenario(page, &scenario).await;
    page.run_to_step(COPYING_STEP).await;
}

async fn dialog(page: &Page, name: &str) {
    page.run_to_step(FIRST_MOMENT).await;
    page.click_button(name).await;
    page.text("//dialog[@open]").await;
}

pub async fn apply(page: &Page, command: Value) {
    page.eval_with("window.highwater.apply(arguments[0])", vec![command])
        .await;
}
