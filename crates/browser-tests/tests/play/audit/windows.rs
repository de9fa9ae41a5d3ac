//! The inside of a partition, the still mode, and what opens over the page.

use highwater_browser_tests::page::{Page, button};
use highwater_browser_tests::webdriver::key;
use serde_json::json;

use super::screens::{FIRST_MOMENT, apply};
use super::{ALL_SIZES, Audit, PHONE, THEMES, audit, audit_while};

#[test]
fn inside_a_partition() {
    audit(&ALL_SIZES, async |page: &Page| {
        page.run_to_step(FIRST_MOMENT).await;
        // On the phone a partition is open already.
        if !page.texts(&button("open p1")).await.is_empty() {
            page.click_button("open p1").await;
        }
        page.text("//main[@data-level='inside' or @data-level='phone']")
            .await;
    });
}

#[test]
fn inside_a_partition_where_records_wait_for_a_dead_follower() {
    audit(&ALL_SIZES, async |page: &Page| {
        page.run_to_step(FIRST_MOMENT).await;
        if !page.texts(&button("open p1")).await.is_empty() {
            page.click_button("open p1").await;
        }
        apply(page, json!({ "crash_broker": { "broker": 3 } })).await;
        let waits = "s.partitions[1].replicas[0].log_end_offset > s.partitions[1].high_watermark";
        page.run_until(&format!("{waits} + 3")).await;
    });
}

#[test]
fn pictures_stand_still_for_who_asks_for_less_motion() {
    audit(&ALL_SIZES, async |page: &Page| {
        let features = json!([{ "name": "prefers-reduced-motion", "value": "reduce" }]);
        page.devtools(
            "Emulation.setEmulatedMedia",
            json!({ "features": features }),
        )
        .await;
        page.run_to_step(FIRST_MOMENT).await;
        page.text("//*[@data-flights='still']").await;
        page.press(key::RIGHT).await;
        page.press(key::RIGHT).await;
    });
}

#[test]
fn the_menu_of_the_phone() {
    audit(&[PHONE], async |page: &Page| {
        page.run_to_step(FIRST_MOMENT).await;
        page.click_button("menu").await;
        page.text("//*[@id='top-menu']").await;
    });
}

#[test]
fn the_palette_of_actions_and_the_list_of_keys() {
    audit_while(&ALL_SIZES, async |page: &Page, audit: &mut Audit| {
        page.run_to_step(FIRST_MOMENT).await;
        page.press_with(key::CONTROL, 'k').await;
        page.text("//dialog[@open][@aria-label='All actions']")
            .await;
        audit.look("all actions", page, &THEMES).await;
        page.click("//dialog[@open]//input").await;
        page.type_over("broker").await;
        page.wait_for("what is found comes first", async || {
            let found = page.texts("//dialog[@open]//button[@class='line']").await;
            found.first()?.contains("roker").then_some(())
        })
        .await;
        audit.look("found actions", page, &THEMES[..1]).await;
        // The first time it empties the field.
        page.press_often(key::ESCAPE, 2).await;
        page.press('?').await;
        page.text("//dialog[@open][@aria-label='All keys']").await;
        audit.look("all keys", page, &THEMES).await;
    });
}
