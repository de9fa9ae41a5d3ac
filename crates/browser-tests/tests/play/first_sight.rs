//! What is there before anybody touches anything.

use highwater_browser_tests::page::{Page, button};
use highwater_browser_tests::play::{play, play_under};

use crate::person::step;

#[test]
fn a_healthy_cluster_moves_without_a_click() {
    play(a_healthy_cluster_moves);
}

#[test]
fn the_page_works_from_a_folder_of_its_server() {
    play_under("/highwater/", a_healthy_cluster_moves);
}

async fn a_healthy_cluster_moves(page: &Page) {
    let before = step(&page.scene().await);
    let clock_before = page.text(CLOCK).await;
    let scene = page
        .wait_for_scene("twenty steps are played", |scene| step(scene) > before + 20)
        .await;
    page.wait_for("the clock moves", async || {
        (page.text(CLOCK).await != clock_before).then_some(())
    })
    .await;
    page.text(&button("Pause")).await;

    assert_eq!(scene["topic"], "orders");
    page.text("//main//*[normalize-space()='orders']").await;
    let partitions = scene["partitions"].as_array().expect("a list");
    assert_eq!(partitions.len(), 3);
    for name in ["p0", "p1", "p2"] {
        page.text(&format!("//main//*[normalize-space()='{name}']"))
            .await;
    }
    for partition in partitions {
        assert!(partition["leader"].is_u64(), "{partition}");
        assert_eq!(partition["in_sync_replicas"], serde_json::json!([1, 2, 3]));
    }
    let brokers = scene["brokers"].as_array().expect("a list");
    assert_eq!(brokers.len(), 3);
    assert!(brokers.iter().all(|broker| broker["status"] == "up"));
    let lamps = scene["lamps"].as_array().expect("a list");
    let burning = lamps.iter().filter(|lamp| lamp["state"] == "holds");
    assert!(burning.count() > 3, "{lamps:?}");
    assert!(
        lamps.iter().all(|lamp| lamp["state"]["broken"].is_null()),
        "{lamps:?}"
    );
    assert!(!page.text("//h1").await.is_empty());
}

const CLOCK: &str = "//*[@aria-label='time']//strong";

/// How the rest of the program was asked for so far: `fetch`, or `xmlhttprequest` where the first part waited.
const ASKED: &str = "
    const entries = performance.getEntriesByType('resource');
    return entries.filter((entry) => /rest-.*wasm/.test(entry.name)).map((entry) => entry.initiatorType);";

async fn how_the_rest_came(page: &Page) -> serde_json::Value {
    page.wait_for("the rest comes by itself", async || {
        let asked = page.eval(ASKED).await;
        asked
            .as_array()
            .is_some_and(|it| !it.is_empty())
            .then_some(asked)
    })
    .await
}

#[test]
fn the_first_part_of_the_program_is_enough_until_somebody_comes() {
    play(async |page: &Page| {
        assert_eq!(page.eval(ASKED).await, serde_json::json!([]));
        assert_eq!(how_the_rest_came(page).await, serde_json::json!(["fetch"]));
    });
}

#[test]
fn on_a_telephone_the_first_part_is_enough_too() {
    play(async |page: &Page| {
        page.set_size(390, 844).await;
        page.reload().await;
        assert_eq!(how_the_rest_came(page).await, serde_json::json!(["fetch"]));
    });
}

#[test]
fn who_acts_before_the_rest_of_the_program_is_there_is_served_too() {
    play(async |page: &Page| {
        page.eval(
            "document.dispatchEvent(new KeyboardEvent('keydown', { key: '?', bubbles: true }))",
        )
        .await;
        page.text("//dialog[@open][@aria-label='All keys']").await;
    });
}

/// Opens the menu of a button above the stage, and says where that button is and how wide.
const CLICK_BUTTON: &str = "
    const button = [...document.querySelectorAll('.actions .button')].find((it) => it.innerText === arguments[0]);
    button.click();
    const { x, bottom, width } = button.getBoundingClientRect();
    return [x, bottom, width];";

/// The same of the open menu.
const MENU_BOX: &str = "
    const box = document.querySelector('.menu[open]')?.getBoundingClientRect();
    return box && [box.x, box.top, box.width];";

#[test]
fn a_menu_opens_at_its_button_before_the_rest_of_the_style_is_there() {
    play(async |page: &Page| {
        page.set_size(1280, 720).await;
        page.text(&button("Stop a broker")).await;
        let arguments = vec![serde_json::json!("Stop a broker")];
        let button = numbers(&page.eval_with(CLICK_BUTTON, arguments).await);
        let menu = page.wait_for("the menu opens", async || {
            let place = page.eval(MENU_BOX).await;
            (!place.is_null()).then_some(place)
        });
        let menu = numbers(&menu.await);
        assert!(menu[2] < 400.0, "it has its own width: {menu:?}");
        assert!(
            (0.0..10.0).contains(&(menu[1] - button[1])),
            "{menu:?}, {button:?}"
        );
        let is_below = menu[0] < button[0] + button[2] && button[0] < menu[0] + menu[2];
        assert!(is_below, "{menu:?}, {button:?}");
    });
}

fn numbers(list: &serde_json::Value) -> Vec<f64> {
    let list = list.as_array().into_iter().flatten();
    list.filter_map(serde_json::Value::as_f64).collect()
}

/// Where everything on the page stands, boxes and words, outside of windows. With the style that comes
/// with the rest of the program, and without it.
const DRESSED: &str = "
    const places = () => [...document.querySelectorAll('body *')]
        .filter((it) => !it.closest('dialog') && it.checkVisibility() && it.tagName !== 'CANVAS')
        .map((it) => {
            const words = document.createRange();
            words.selectNodeContents(it);
            const boxes = [it, words].map((it) => it.getBoundingClientRect());
            const place = boxes.map(({ x, y, width, height }) => [x, y, width, height].map(Math.round));
            return `${it.tagName} ${it.className} ${it.getAttribute('aria-label') ?? ''}: ${place}`;
        });
    const sheet = [...document.styleSheets].find((it) => /rest-/.test(it.href));
    const dressed = places();
    sheet.disabled = true;
    const undressed = places();
    sheet.disabled = false;
    return undressed.filter((it) => !dressed.includes(it)).concat(dressed.length === undressed.length ? [] : ['more or less']);";

#[test]
fn nothing_moves_when_the_rest_of_the_style_comes() {
    for (width, height) in [(1280, 720), (1920, 1080), (390, 844)] {
        play(async |page: &Page| {
            page.set_size(width, height).await;
            page.run_to_step(480).await;
            page.wait_for("the rest of the style is there", async || {
                let count = page.eval("return document.styleSheets.length").await;
                (count.as_u64() > Some(1)).then_some(())
            })
            .await;
            assert_eq!(page.eval(DRESSED).await, serde_json::json!([]));
        });
    }
}
