//! Everything can be acted on from itself: by mouse, by touch, by keyboard alone; and undone.

use highwater_browser_tests::page::{Page, button};
use highwater_browser_tests::play::play;
use highwater_browser_tests::webdriver::key;
use serde_json::{Value, json};

use crate::person::{MENU, choose, now_us, pause, scenario, step};

#[test]
fn a_broker_is_crashed_from_its_menu_and_the_crash_undone() {
    play(async |page: &Page| {
        pause(page).await;
        let before = page.scene().await;
        page.click(&head(2)).await;
        choose(page, "Crash broker 2").await;
        await_status(page, 2, "down").await;
        page.text(&button("Restart broker 2")).await;
        page.click_button("Undo").await;
        await_status(page, 2, "up").await;
        let after = page.scene().await;
        assert_eq!(step(&after), step(&before));
        assert_eq!(after["partitions"], before["partitions"]);
        assert!(page.texts(&button("Restart broker 2")).await.is_empty());
    });
}

#[test]
fn a_menu_is_opened_walked_and_left_by_keyboard_alone_and_the_focus_comes_back() {
    play(async |page: &Page| {
        page.press(' ').await;
        page.tab_to("button", "broker 1").await;
        page.press('o').await;
        await_focus(page, "Why is it unfenced?").await;
        page.press(key::ESCAPE).await;
        await_focus(page, "broker 1").await;
        page.press(key::ENTER).await;
        for entry in [
            "Why is it unfenced?",
            "Crash broker 1",
            "Stop broker 1",
            "Pause broker 1",
        ] {
            await_focus(page, entry).await;
            page.press(key::DOWN).await;
        }
        page.press(key::UP).await;
        await_focus(page, "Pause broker 1").await;
        page.press(key::ENTER).await;
        await_status(page, 1, "paused").await;
        await_focus(page, "broker 1").await;
        page.press_with(key::CONTROL, 'z').await;
        await_status(page, 1, "up").await;
    });
}

#[test]
fn what_goes_away_leaves_the_focus_to_what_comes_next() {
    play(async |page: &Page| {
        page.press(' ').await;
        page.text(&button("Play")).await;
        page.tab_to("button", "Stop a broker").await;
        page.press(key::ENTER).await;
        await_focus(page, "Crash broker 1").await;
        page.press(key::UP).await;
        await_focus(page, "More of each broker").await;
        page.press(key::HOME).await;
        await_focus(page, "Crash broker 1").await;
        page.press(key::ENTER).await;
        await_focus(page, "Let 9 seconds pass").await;
    });
}

#[test]
fn a_long_touch_opens_the_menu_of_what_lies_under_the_finger() {
    play(async |page: &Page| {
        page.set_size(390, 844).await;
        pause(page).await;
        touch_long(page, "//main//*[contains(@class, 'role')][.='follower']").await;
        page.text(&format!("{MENU}//button[starts-with(., 'Cut the link')]"))
            .await;
        let heights = page
            .eval(
                "return [...document.querySelectorAll('dialog[open] button')]
                    .map((it) => it.getBoundingClientRect().height)",
            )
            .await;
        for height in heights.as_array().expect("a list") {
            assert!(height.as_f64() >= Some(44.0), "{heights}");
        }
        choose(page, "Cut the link").await;
        page.wait_for("the link is cut", async || {
            last_command(page).await.get("cut_link").map(|_| ())
        })
        .await;
    });
}

#[test]
fn a_right_click_on_the_lane_leads_to_the_links_on_it() {
    play(async |page: &Page| {
        // A message that lay there would be what is clicked on.
        page.run_until("s.flights.length === 0").await;
        let place = "
            const [one, two] = [1, 2].map((id) => [...document.querySelectorAll('.frame')]
                .filter((it) => it.textContent === '')[id].getBoundingClientRect());
            const rail = document.querySelectorAll('.rail')[1].getBoundingClientRect();
            return [(one.right + two.left) / 2, rail.y + 1];";
        let [x, y] = [0, 1].map(|at| async move { page.eval(place).await[at].as_f64() });
        let (x, y) = (x.await.expect("a place"), y.await.expect("a place"));
        for kind in ["mousePressed", "mouseReleased"] {
            let event = json!({ "type": kind, "x": x, "y": y, "button": "right", "clickCount": 1 });
            page.devtools("Input.dispatchMouseEvent", event).await;
        }
        page.text(&format!("{MENU}//h2[.='messages of p1']")).await;
        choose(page, "Link between broker 1 and broker 2").await;
        choose(page, "Slow the link").await;
        page.type_over("250").await;
        page.press(key::ENTER).await;
        page.wait_for("the link is slow", async || {
            (last_command(page).await["delay_link"]["extra_ms"] == 250).then_some(())
        })
        .await;
    });
}

#[test]
fn a_message_is_held_released_and_dropped_on_its_way() {
    play(async |page: &Page| {
        pause(page).await;
        let message = "//*[@aria-label='messages on their way']//button";
        let act = async |entry: &str, command: &str| {
            while page.texts(message).await.is_empty() {
                page.click_button("One step").await;
            }
            page.eval("document.querySelector('.flights button').focus()")
                .await;
            page.press(key::ENTER).await;
            choose(page, entry).await;
            page.wait_for(command, async || {
                last_command(page).await.get(command).map(|_| ())
            })
            .await;
            pause_if_playing(page).await;
        };
        act("Hold it", "hold_message").await;
        page.wait_for_scene("it is held", |scene| {
            scene["flights"]
                .as_array()
                .into_iter()
                .flatten()
                .any(|it| it["is_held"] == true)
        })
        .await;
        act("Release it", "release_message").await;
        act("Drop it", "drop_message").await;
    });
}

#[test]
fn a_setting_that_kafka_refuses_stays_in_its_field_with_kafkas_words_beside_it() {
    play(async |page: &Page| {
        page.click(&head(1)).await;
        page.press(key::ESCAPE).await;
        page.click(&isr(1)).await;
        choose(page, "Change a setting of orders").await;
        let field = "//dialog[@open]//input[@name='max.message.bytes']";
        page.click(field).await;
        page.type_over("-1").await;
        page.press(key::ENTER).await;
        let words = page.text("//dialog[@open]//strong[@role='alert']").await;
        assert_eq!(
            words,
            "Invalid value -1 for configuration max.message.bytes: Value must be at least 0"
        );
        await_focus(page, "max.message.bytes").await;
        let state = "const it = document.activeElement;
            return [it.value, it.getAttribute('aria-invalid'),
                document.getElementById(it.getAttribute('aria-describedby')).innerText
                    .startsWith('Invalid value -1')]";
        assert_eq!(page.eval(state).await, json!(["-1", "true", true]));

        page.type_over("60000").await;
        page.press(key::ENTER).await;
        await_no_dialog(page).await;
        let set = &last_command(page).await["call"]["method"]["alter_config"]["set"];
        assert_eq!(*set, json!({ "max.message.bytes": "60000" }));
        // It holds once the controller has answered.
        let answered = now_us(&page.scene().await) + 50_000;
        page.run_until(&format!("s.head.now_us > {answered}")).await;
        page.click(&isr(1)).await;
        choose(page, "Change a setting of orders").await;
        let changed = page
            .texts("//dialog[@open]//*[@data-state='changed']/label")
            .await;
        assert_eq!(changed, ["max.message.bytes", "min.insync.replicas"]);
    });
}

#[test]
fn a_consumer_joins_a_group_from_the_groups_own_menu() {
    play(async |page: &Page| {
        page.click("//main//button[contains(@aria-label, 'group billing')]")
            .await;
        choose(page, "Add a consumer to billing").await;
        page.wait_for_scene("three share the partitions", |scene| {
            let members = scene["groups"][0]["members"].as_array();
            members.is_some_and(|members| members.len() == 3)
        })
        .await;
    });
}

#[test]
fn control_and_enter_send_a_record_to_the_partition_that_was_named() {
    play(async |page: &Page| {
        page.click(&isr(2)).await;
        choose(page, "Produce to p2").await;
        page.text("//dialog[@open]").await;
        page.type_over("zoe").await;
        page.press_with(key::CONTROL, key::ENTER).await;
        await_no_dialog(page).await;
        let sentence = "//h1[contains(., 'p2') and contains(., 'named the partition')]";
        page.text(sentence).await;
        page.click_button("Produce a record").await;
        page.text("//dialog[@open]").await;
        let fields = "return ['key', 'partition'].map((name) =>
            document.querySelector(`dialog[open] [name=${name}]`).value)";
        assert_eq!(page.eval(fields).await, json!(["zoe", ""]));
    });
}

fn head(broker: u32) -> String {
    format!("//main//button[contains(@class, 'frame-head')][contains(., 'broker {broker}')]")
}

fn isr(partition: u32) -> String {
    format!("//main//button[contains(@aria-label, 'in-sync replicas of p{partition}')]")
}

async fn await_status(page: &Page, broker: usize, status: &str) {
    page.wait_for_scene(status, |scene| {
        scene["brokers"][broker - 1]["status"] == status
    })
    .await;
}

async fn await_focus(page: &Page, name: &str) {
    page.wait_for(name, async || {
        page.focus().await.1.starts_with(name).then_some(())
    })
    .await;
}

async fn await_no_dialog(page: &Page) {
    page.wait_for("no window is open", async || {
        page.texts("//dialog[@open]").await.is_empty().then_some(())
    })
    .await;
}

async fn pause_if_playing(page: &Page) {
    if !page.texts(&button("Pause")).await.is_empty() {
        pause(page).await;
    }
}

/// The last command of the run.
async fn last_command(page: &Page) -> Value {
    let scenario = scenario(page).await;
    let commands = scenario["commands"].as_array();
    let last = commands.and_then(|commands| commands.last());
    last.map_or(Value::Null, |last| last["do"].clone())
}

/// Lays a finger on the first element at an XPath and leaves it there until something opens.
async fn touch_long(page: &Page, path: &str) {
    page.devtools(
        "Emulation.setTouchEmulationEnabled",
        json!({ "enabled": true }),
    )
    .await;
    let script = "
        const found = document.evaluate(arguments[0], document, null,
            XPathResult.FIRST_ORDERED_NODE_TYPE, null).singleNodeValue.getBoundingClientRect();
        return { x: found.x + found.width / 2, y: found.y + found.height / 2 };";
    let point = page.eval_with(script, vec![json!(path)]).await;
    let touch = |kind: &str, points: Value| json!({ "type": kind, "touchPoints": points });
    let start = touch("touchStart", json!([point]));
    page.devtools("Input.dispatchTouchEvent", start).await;
    page.text(MENU).await;
    page.devtools("Input.dispatchTouchEvent", touch("touchEnd", json!([])))
        .await;
}

#[test]
fn on_a_telephone_the_way_back_lies_over_nothing_that_matters() {
    // What of the page it covers, whether it is whole in the window, and how high its button is.
    let look = "
        const done = document.querySelector('.done').getBoundingClientRect();
        const undo = document.querySelector('.done button').getBoundingClientRect();
        const over = ['.stage', '.actions', '.panel', '.now__sentence', '.lamps', '.transport__buttons', '.speed']
            .filter((name) => {
                const it = document.querySelector(name).getBoundingClientRect();
                return it.width > 1 && it.left < done.right && done.left < it.right
                    && it.top < done.bottom && done.top < it.bottom;
            });
        const isSeen = done.left >= 0 && done.right <= innerWidth && done.top >= 0 && done.bottom <= innerHeight;
        return [over.join(), isSeen, undo.height >= 44];";
    for (width, height, has_panel) in [
        (390, 844, false),
        (390, 844, true),
        (360, 640, false),
        (844, 390, false),
    ] {
        play(async |page: &Page| {
            page.set_size(width, height).await;
            pause(page).await;
            if height == 390 {
                // What can be done there stands below the stage.
                page.eval("scrollTo(0, 999)").await;
            }
            if has_panel {
                page.click("//button[@popovertarget]").await;
                page.click_button("Why and events").await;
                touch_long(page, "//main//*[contains(@class, 'leader')]").await;
                choose(page, "Crash broker 1").await;
            } else {
                page.click_button("Stop a broker").await;
                choose(page, "Stop broker 1").await;
            }
            page.text(&button("Undo")).await;
            page.eval("document.getAnimations().forEach((it) => it.finish())")
                .await;
            let seen = page.eval(look).await;
            assert_eq!(
                seen,
                json!(["", true, true]),
                "{width} {height} {has_panel}"
            );
        });
    }
}
