//! A log is watched while it is cleaned; the topic of committed offsets is read like any other.

use highwater_browser_tests::page::Page;
use highwater_browser_tests::play::play;
use highwater_browser_tests::webdriver::key;

use crate::audit::screens::cleaner_at_work;
use crate::person::choose;

/// A record of the leader's log.
const RECORD: &str = "//main//button[contains(@aria-label, 'key ')]";
const WINDOW: &str = "//dialog[@open]//*[@class='log__picture']";

#[test]
fn one_watches_the_cleaner_at_its_work_and_closes_the_window_by_keyboard() {
    play(async |page: &Page| {
        cleaner_at_work(page).await;
        page.click(RECORD).await;
        choose(page, "See the segments").await;
        page.text(&format!("{WINDOW}//em[.='copying']")).await;
        let before = page.text("//dialog[@open]//*[@role='status']").await;
        page.click("//dialog[@open]//button[.='Play on']").await;
        page.text("//dialog[@open]//button[.='Pause']").await;
        page.wait_for("the cleaner goes on", async || {
            let now = page.texts("//dialog[@open]//*[@role='status']").await;
            now.first().is_some_and(|it| *it != before).then_some(())
        })
        .await;
        page.press(key::ESCAPE).await;
        page.wait_for("the window is closed", async || {
            page.texts(WINDOW).await.is_empty().then_some(())
        })
        .await;
    });
}

#[test]
fn what_the_cleaner_removed_is_a_slot_that_says_so() {
    play(async |page: &Page| {
        cleaner_at_work(page).await;
        page.click_button("open p0").await;
        page.run_until("s.head.now_us > 10500000").await;
        let slot = "//main//*[contains(@aria-label, 'removed by the log cleaner')]";
        assert!(!page.texts(slot).await.is_empty());
    });
}

#[test]
fn committed_offsets_are_found_by_keyboard_and_read_as_kafka_prints_them() {
    play(async |page: &Page| {
        page.run_until("s.head.now_us > 6000000").await;
        page.press_with(key::CONTROL, 'k').await;
        page.click("//dialog[@open]//input").await;
        page.type_over("__consumer").await;
        page.press(key::ENTER).await;
        let scene = page
            .wait_for_scene("the topic is shown", |scene| {
                scene["topic"] == "__consumer_offsets"
            })
            .await;
        let partitions = scene["partitions"].as_array().map_or(0, Vec::len);
        assert_eq!(partitions, 1, "only the one that holds something");
        page.click("//main//button[contains(@aria-label, 'key offset of billing')]")
            .await;
        choose(page, "See its bytes").await;
        let printed = page
            .text("//dialog[@open]//*[@class='anatomy__printed']")
            .await;
        assert!(
            printed.contains(
                "{\"key\":{\"type\":1,\"data\":{\"group\":\"billing\",\"topic\":\"orders\""
            ),
            "{printed}"
        );
    });
}
