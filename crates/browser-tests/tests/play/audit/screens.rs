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

async fn dialog(page: &Page, name: &str) {
    page.run_to_step(FIRST_MOMENT).await;
    page.click_button(name).await;
    page.text("//dialog[@open]").await;
}

async fn apply(page: &Page, command: serde_json::Value) {
    page.eval_with("window.highwater.apply(arguments[0])", vec![command])
        .await;
}
