//! The play head by keyboard.

use highwater_browser_tests::page::{Page, button};
use highwater_browser_tests::play::play;
use highwater_browser_tests::webdriver::key;
use serde_json::{Value, json};

use crate::person::{MENU, ask_why, crash, now_us, pause, step};

#[test]
fn space_plays_and_pauses_and_the_arrows_go_step_by_step() {
    play(async |page: &Page| {
        page.press(' ').await;
        page.text(&button("Play")).await;
        let (start, cluster) = (page.step().await, page.cluster().await);

        page.press(key::RIGHT).await;
        page.press(key::RIGHT).await;
        let two_on = page.wait_for_step("two steps on", start + 2).await;
        assert_ne!(page.cluster().await, cluster);
        page.text(&format!(
            "//*[@aria-label='time']//*[contains(., 'step {two_on}')]"
        ))
        .await;

        page.press(key::LEFT).await;
        page.press(key::LEFT).await;
        page.wait_for_step("two steps back", start).await;
        assert_eq!(
            page.cluster().await,
            cluster,
            "a step back leads to the same state"
        );

        page.press(' ').await;
        page.text(&button("Pause")).await;
        page.wait_for_scene("it plays again", |scene| step(scene) > start + 10)
            .await;
    });
}

#[test]
fn the_arrows_go_step_by_step_after_a_click_on_a_button_too() {
    play(async |page: &Page| {
        page.click_button("Pause").await;
        page.text(&button("Play")).await;
        let start = page.step().await;
        page.press(key::RIGHT).await;
        page.wait_for_step("one on after the button", start + 1)
            .await;
        ask_why(
            page,
            "//main//button[starts-with(@aria-label, 'leader of p0:')]",
        )
        .await;
        page.press(key::RIGHT).await;
        page.wait_for_step("one on after the stage", start + 2)
            .await;
    });
}

#[test]
fn after_tab_the_arrows_walk_through_the_cluster_though_it_was_pointed_at_before() {
    play(async |page: &Page| {
        pause(page).await;
        let start = page.step().await;
        page.click("//main//button[starts-with(@aria-label, 'leader of p1:')]")
            .await;
        page.text(MENU).await;
        page.press(key::ESCAPE).await;
        page.press(key::TAB).await;
        let (_, stop) = page.focus().await;
        assert!(stop.contains("high watermark of p1"), "{stop}");
        page.press(key::RIGHT).await;
        let (role, right) = page.focus().await;
        assert_eq!(role, "button");
        assert!(right.contains("p1") && right != stop, "{right}");
        assert_eq!(page.step().await, start, "time stands still");
    });
}

#[test]
fn a_session_time_out_need_not_be_waited_for() {
    play(async |page: &Page| {
        crash(page, 1).await;
        let is_led = |scene: &Value, leader: Value| scene["partitions"][1]["leader"] == leader;
        page.wait_for_scene("nobody leads p1", |scene| is_led(scene, Value::Null))
            .await;
        page.click_button("To the next turning point").await;
        page.wait_for_scene("broker 2 leads p1", |scene| is_led(scene, json!(2)))
            .await;
        page.text(&button("Play")).await;
        page.click_button("Before the last turning point").await;
        page.wait_for_scene("the moment before", |scene| is_led(scene, Value::Null))
            .await;
    });
}

#[test]
fn arrows_and_home_scrub_the_play_head() {
    play(async |page: &Page| {
        page.press(' ').await;
        page.text(&button("Play")).await;
        let (end, cluster) = (page.step().await, page.cluster().await);
        page.tab_to("slider", "play head").await;

        page.press(key::LEFT).await;
        page.wait_for_step("one to the left", end - 1).await;
        page.press(key::HOME).await;
        page.wait_for_step("at the start", 0).await;
        let start = page.scene().await;
        assert_eq!(start["topic"], "", "there is no topic yet");
        page.press(key::END).await;
        page.wait_for_step("at the end", end).await;
        assert_eq!(page.cluster().await, cluster);
    });
}

#[test]
fn speed_is_chosen_by_keyboard() {
    play(async |page: &Page| {
        page.press(' ').await;
        page.text(&button("Play")).await;
        page.tab_to("combobox", "speed").await;
        let value = async || page.eval("return document.activeElement.value").await;
        let slow = value().await;
        page.press(key::DOWN).await;
        page.wait_for("another speed is chosen", async || {
            (value().await != slow).then_some(())
        })
        .await;
        page.press(key::END).await;
        page.tab_to("button", "Play").await;
        let paused_us = now_us(&page.scene().await);
        page.press(key::ENTER).await;
        // As slow as at first this would take more than three minutes on the wall.
        page.wait_for_scene("ten simulated seconds pass", |scene| {
            now_us(scene) > paused_us + 10_000_000
        })
        .await;
    });
}

#[test]
fn a_key_pressed_in_a_dialog_is_not_for_the_play_head() {
    play(async |page: &Page| {
        page.click_button("Produce a record").await;
        page.text("//dialog[@open]").await;
        page.type_over("a b").await;
        page.press(key::LEFT).await;
        assert_eq!(
            page.eval("return document.activeElement.value").await,
            json!("a b")
        );
        page.press(key::ESCAPE).await;
        page.wait_for("the dialog is closed", async || {
            page.texts("//dialog[@open]").await.is_empty().then_some(())
        })
        .await;
        page.text(&button("Pause")).await;
    });
}
