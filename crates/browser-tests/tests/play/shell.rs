//! What is around the cluster: where the page's files come from, themes, keys and actions, and what
//! is left after a fault.

use highwater_browser_tests::page::{Page, button};
use highwater_browser_tests::play::play;
use highwater_browser_tests::webdriver::key;
use serde_json::json;

use crate::person::{PANEL, leader, now_us, pause, scenario};

#[test]
fn nothing_is_asked_of_another_origin_and_nothing_moves_while_the_page_comes() {
    play(async |page: &Page| {
        page.wait_for("the face of the page is there", async || {
            let faces = "return document.fonts.check('600 16px Inter')";
            (page.eval(faces).await == json!(true)).then_some(())
        })
        .await;
        let foreign = "
            const all = performance.getEntriesByType('resource').map((entry) => entry.name);
            return all.filter((name) => new URL(name).origin !== location.origin);";
        assert_eq!(page.eval(foreign).await, json!([]));
        let shifts = "
            return new Promise((tell) => new PerformanceObserver((list) => tell(
                list.getEntries().map((entry) => entry.value).reduce((a, b) => a + b, 0)
            )).observe({ type: 'layout-shift', buffered: true })
            || setTimeout(() => tell(0), 500));";
        assert_eq!(page.eval(shifts).await, json!(0));
        let sent = "return fetch(location.href).then((answer) => answer.text())";
        let sent = page.eval(sent).await;
        let sentence = page.text("//h1").await;
        let is_first = sent.as_str().is_some_and(|html| html.contains(&sentence));
        assert!(is_first, "what is seen first is not: {sentence}");
        let policy = "return document.querySelector('meta[http-equiv]').content";
        let policy = page.eval(policy).await;
        let policy = policy.as_str().expect("a policy has a text");
        assert!(policy.starts_with("default-src 'none';"), "{policy}");
        assert!(!policy.contains("unsafe-inline"), "{policy}");
    });
}

#[test]
fn a_theme_that_was_chosen_is_there_from_the_first_picture_on_after_a_reload() {
    play(async |page: &Page| {
        let theme = async || {
            page.eval("return document.documentElement.dataset.theme")
                .await
        };
        assert_eq!(theme().await, "light");
        page.click("//option[.='Theme: dark']").await;
        page.wait_for("it is dark", async || {
            (theme().await == "dark").then_some(())
        })
        .await;
        let page_colour = "return getComputedStyle(document.body).backgroundColor";
        assert_eq!(page.eval(page_colour).await, "rgb(13, 19, 25)");
        page.reload().await;
        assert_eq!(theme().await, "dark");
        let chosen = page.eval("return document.querySelector('select[aria-label=theme]').value");
        assert_eq!(chosen.await, "Theme: dark");
    });
}

#[test]
fn a_system_that_asks_for_more_contrast_gets_it() {
    play(async |page: &Page| {
        let features = json!([{ "name": "prefers-contrast", "value": "more" }]);
        page.devtools(
            "Emulation.setEmulatedMedia",
            json!({ "features": features }),
        )
        .await;
        page.wait_for("the theme has changed", async || {
            let theme = page.eval("return document.documentElement.dataset.theme");
            (theme.await == "contrast").then_some(())
        })
        .await;
    });
}

#[test]
fn a_question_mark_lists_the_keys_and_escape_closes_the_list() {
    play(async |page: &Page| {
        page.press('?').await;
        let keys = page.text("//dialog[@open][@aria-label='All keys']").await;
        for words in ["Play or pause Space", "One step on →", "Shift →, Page Down"] {
            assert!(keys.contains(words), "{words} is not in {keys}");
        }
        page.press(key::ESCAPE).await;
        page.wait_for("the list is closed", async || {
            page.texts("//dialog[@open]").await.is_empty().then_some(())
        })
        .await;
    });
}

#[test]
fn a_key_right_after_a_window_was_closed_is_for_the_page() {
    play(async |page: &Page| {
        let all_keys = "//dialog[@open][@aria-label='All keys']";
        // Nothing has the focus to which the window could give it back.
        page.press(' ').await;
        page.text(&button("Play")).await;
        page.press_with(key::CONTROL, 'k').await;
        page.text("//dialog[@open][@aria-label='All actions']")
            .await;
        page.type_over("why and events").await;
        page.text("//dialog[@open]//button[contains(., 'why and events')]")
            .await;
        press_at_once(page, &["Enter", "?"]).await;
        page.text(PANEL).await;
        page.text(all_keys).await;
        press_at_once(page, &["Escape", " "]).await;
        page.text(&button("Pause")).await;
        assert_eq!(page.texts(all_keys).await, [""; 0]);
    });
}

/// Presses keys faster than the browser paints.
async fn press_at_once(page: &Page, keys: &[&str]) {
    let script = "for (const key of arguments[0]) {
        const target = document.activeElement;
        const dialog = target.closest('dialog[open]');
        target.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true }));
        if (key === 'Escape') dialog.dispatchEvent(new Event('cancel'));
    }";
    page.eval_with(script, vec![json!(keys)]).await;
}

#[test]
fn escape_closes_the_menu_of_the_phone() {
    play(async |page: &Page| {
        let menu = "//*[@id='top-menu']";
        page.set_size(390, 844).await;
        page.click_button("menu").await;
        page.text(menu).await;
        page.press(key::ESCAPE).await;
        page.wait_for("the menu is closed", async || {
            page.texts(menu).await.is_empty().then_some(())
        })
        .await;
    });
}

#[test]
fn an_action_is_found_by_typing_and_done_with_enter() {
    play(async |page: &Page| {
        page.press_with(key::CONTROL, 'k').await;
        page.text("//dialog[@open][@aria-label='All actions']")
            .await;
        page.type_over("dark theme").await;
        page.text("//dialog[@open]//button[contains(., 'Theme: dark')]")
            .await;
        page.press(key::ENTER).await;
        page.wait_for("it is dark and the window is closed", async || {
            let theme = page
                .eval("return document.documentElement.dataset.theme")
                .await;
            let is_closed = page.texts("//dialog[@open]").await.is_empty();
            (theme == "dark" && is_closed).then_some(())
        })
        .await;
    });
}

#[test]
fn after_a_fault_the_page_says_so_and_what_was_done_is_there_again() {
    play(async |page: &Page| {
        pause(page).await;
        let former = leader(&page.scene().await, 0).expect("it is led");
        page.eval_with(
            "window.highwater.apply({ crash_broker: { broker: arguments[0] } })",
            vec![json!(former)],
        )
        .await;
        let done = scenario(page).await;
        // Who plays on while the page is being painted, which no person can, breaks a rule.
        page.eval(
            "const { insertBefore } = Node.prototype;
            Node.prototype.insertBefore = function (...nodes) {
                Node.prototype.insertBefore = insertBefore;
                for (let step = 0; step < 300; step++) window.highwater.step();
                return insertBefore.apply(this, nodes);
            };",
        )
        .await;
        page.click_button("Play").await;
        let words = page.text("//dialog[@open]").await;
        assert!(
            words.contains("Highwater broke one of its own rules"),
            "{words}"
        );
        assert!(words.contains("seed "), "{words}");
        let copied =
            page.eval("return JSON.parse(document.querySelector('.broken textarea').value)");
        assert_eq!(copied.await, done);
        page.forgive_errors().await;
        page.eval("delete window.highwater").await;

        page.click("//dialog[@open]//a[.='Load the page anew']")
            .await;
        page.wait_until_started().await;
        assert_eq!(scenario(page).await, done);
        let scene = page.scene().await;
        assert_eq!(scene["brokers"][former as usize - 1]["status"], "down");
        page.reload().await;
        assert_eq!(scenario(page).await, done, "and stays for the next visit");
    });
}

#[test]
fn letters_can_be_left_to_those_who_speak_to_the_page() {
    play(async |page: &Page| {
        command(page, "letters off").await;
        page.press('?').await;
        // What comes after it came after it.
        page.press(' ').await;
        page.text(&button("Play")).await;
        assert_eq!(page.texts("//dialog[@open]").await, [""; 0]);
        command(page, "letters on").await;
        page.press('?').await;
        page.text("//dialog[@open][@aria-label='All keys']").await;
    });
}

#[test]
fn the_palette_goes_to_a_moment_and_opens_what_can_be_done_to_a_broker() {
    play(async |page: &Page| {
        pause(page).await;
        command(page, "0:02.5").await;
        page.wait_for_scene("the play head is there", |scene| {
            (2_400_000..=2_500_000).contains(&now_us(scene))
        })
        .await;
        command(page, "crash broker 2").await;
        page.text("//dialog[@open]//button[contains(., 'kill -9')]")
            .await;
    });
}

/// Does the first action that the palette finds for these words.
async fn command(page: &Page, words: &str) {
    page.press_with(key::CONTROL, 'k').await;
    page.text("//dialog[@open][@aria-label='All actions']")
        .await;
    page.type_over(words).await;
    page.press(key::ENTER).await;
    page.wait_for("the palette is closed", async || {
        let palette = page.texts("//dialog[@open][@aria-label='All actions']");
        palette.await.is_empty().then_some(())
    })
    .await;
}

#[test]
fn on_a_wide_page_the_panel_is_open_until_it_is_closed() {
    play(async |page: &Page| {
        page.set_size(1920, 1080).await;
        page.text(PANEL).await;
        page.click_button("Close").await;
        page.wait_for("the stage has the room, and keeps it", async || {
            let width = page.eval("return document.querySelector('.stage').clientWidth");
            (width.await == 1920).then_some(())
        })
        .await;
        let frames = "return new Promise((tell) => requestAnimationFrame(() =>
            requestAnimationFrame(() => tell(document.querySelector('.stage').clientWidth))))";
        assert_eq!(page.eval(frames).await, 1920);
    });
}

#[test]
fn on_a_telephone_on_its_side_time_stays_in_sight_below_more_than_half_a_stage() {
    play(async |page: &Page| {
        page.set_size(844, 390).await;
        page.text(&button("Pause")).await;
        let look = "const dock = document.querySelector('.dock').getBoundingClientRect();
            return [innerHeight - dock.bottom, dock.top / innerHeight > .8];";
        page.wait_for("the dock is at the bottom, and low", async || {
            (page.eval(look).await == json!([0, true])).then_some(())
        })
        .await;
        page.eval("scrollTo(0, 300)").await;
        assert_eq!(page.eval(look).await, json!([0, true]));
    });
}

#[test]
fn on_a_telephone_the_rules_are_listed_also_in_the_past() {
    play(async |page: &Page| {
        page.set_size(390, 844).await;
        pause(page).await;
        page.press(key::LEFT).await;
        page.text(&button("back to the end")).await;
        page.click_button("all seven rules hold").await;
        page.text("//*[@class='lamps']//*[.='key order kept']")
            .await;
    });
}
