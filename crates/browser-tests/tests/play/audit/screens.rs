//! The screens, each with the way to it.

use highwater_browser_tests::page::Page;
use serde_json::json;

use super::{ALL_SIZES, audit};
use crate::person::open_panel;

/// A moment of the first view with messages in flight and a record that is not committed.
const FIRST_MOMENT: u64 = 480;

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
        page.click("//button[starts-with(@aria-label, 'leader of p1:')]")
            .await;
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

async fn dialog(page: &Page, name: &str) {
    page.run_to_step(FIRST_MOMENT).await;
    page.click_button(name).await;
    page.text("//dialog[@open]").await;
}

async fn apply(page: &Page, command: serde_json::Value) {
    page.eval_with("window.highwater.apply(arguments[0])", vec![command])
        .await;
}
