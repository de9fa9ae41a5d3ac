//! What is chosen by pointing at it: a moment on the time bar, a line of a list.

use highwater_browser_tests::page::{Page, button};
use highwater_browser_tests::play::play;
use highwater_browser_tests::webdriver::Pointer;
use serde_json::{Value, json};

use crate::audit::screens::FIRST_MOMENT;
use crate::person::{ask_why, crash, pause};

const LEADER_OF_P1: &str = "//main//button[starts-with(@aria-label, 'leader of p1')]";
const SLIDER: &str = "document.querySelector('input[type=range]')";

/// Presses at that part of the time bar's width, moves on to another, and lets go.
async fn drag(page: &Page, from: f64, to: f64) {
    let script = format!(
        "const {{ x, y, width, height }} = {SLIDER}.getBoundingClientRect(); return [x, y + height * 0.9, width]"
    );
    let place = page.eval(&script).await;
    let [x, y, width] = [0, 1, 2].map(|index| place[index].as_f64().expect("a place"));
    for (kind, part) in [
        ("mousePressed", from),
        ("mouseMoved", to),
        ("mouseReleased", to),
    ] {
        let event = json!({
            "type": kind, "x": x + width * part, "y": y, "button": "left", "buttons": 1, "clickCount": 1,
        });
        page.devtools("Input.dispatchMouseEvent", event).await;
    }
}

/// The moment at that part of the time bar's width, in microseconds.
async fn moment_at(page: &Page, part: f64) -> f64 {
    let script = format!("return [{SLIDER}.min, {SLIDER}.max].map(Number)");
    let ends = page.eval(&script).await;
    let [least, most] = [0, 1].map(|index| ends[index].as_f64().expect("a number"));
    (least + (most - least) * part) * 1000.0
}

#[test]
fn the_play_head_goes_where_it_is_put_by_a_click_and_by_dragging_it() {
    for (width, height) in [(1280, 720), (390, 844)] {
        play(async |page: &Page| {
            page.set_size(width, height).await;
            pause(page).await;
            page.run_to_step(FIRST_MOMENT).await;
            for (from, to) in [(0.2, 0.2), (0.25, 0.12)] {
                drag(page, from, to).await;
                let expected = moment_at(page, to).await;
                // The thumb's own width shifts it a little; a step may lie a little before.
                let is_there = |scene: &Value| {
                    let now = scene["head"]["now_us"].as_f64().unwrap_or_default();
                    (now - expected).abs() < 400_000.0
                };
                page.wait_for_scene("the play head is where it was put", is_there)
                    .await;
            }
        });
    }
}

#[test]
fn a_line_of_the_palette_is_chosen_by_mouse_and_by_finger() {
    for pointer in [Pointer::Mouse, Pointer::Finger] {
        play(async |page: &Page| {
            let theme = async || {
                page.eval("return document.documentElement.dataset.theme")
                    .await
            };
            page.press_with(highwater_browser_tests::webdriver::key::CONTROL, 'k')
                .await;
            page.click("//dialog[@open]//input").await;
            page.type_over("theme dark").await;
            let line = "//dialog[@open]//button[contains(., 'Theme: dark')]";
            page.text(line).await;
            page.point(pointer, line, 0).await;
            page.wait_for("it is dark", async || {
                (theme().await == "dark").then_some(())
            })
            .await;
            page.wait_for("the list is gone", async || {
                page.texts("//dialog[@open]").await.is_empty().then_some(())
            })
            .await;
        });
    }
}

#[test]
fn after_a_click_space_is_the_pages_also_when_a_window_gave_the_focus_back() {
    play(async |page: &Page| {
        page.text(&button("Pause")).await;
        page.point(Pointer::Mouse, &button("Produce a record"), 0)
            .await;
        page.point(Pointer::Mouse, "//dialog[@open]//button[.='Cancel']", 0)
            .await;
        page.wait_for("the window is gone", async || {
            page.texts("//dialog[@open]").await.is_empty().then_some(())
        })
        .await;
        page.press(' ').await;
        page.text(&button("Play")).await;
        assert_eq!(page.texts("//dialog[@open]").await, [""; 0]);
    });
}

#[test]
fn the_numbers_of_causes_lie_above_messages_on_their_way() {
    play(async |page: &Page| {
        pause(page).await;
        ask_why(page, LEADER_OF_P1).await;
        page.text("//main//*[@class='cause']").await;
        // What lies higher at the place where the numbers are, of all that has places and the canvas.
        let layers = "
            const layer = (it) => Number(getComputedStyle(it).zIndex) || 0;
            const canvas = layer(document.querySelector('.stage__canvas'));
            const blocks = [...document.querySelectorAll('.stage__parts > div')];
            const isOfCauses = (it) => it.querySelector('.cause') !== null;
            // A layer of their own would hold them all below it.
            const parts = getComputedStyle(document.querySelector('.stage__parts'));
            return [parts.isolation === 'auto' && parts.zIndex === 'auto',blocks.filter((it) => layer(it) > canvas).every(isOfCauses),
                blocks.filter(isOfCauses).every((it) => layer(it) > canvas)];";
        assert_eq!(page.eval(layers).await, json!([true, true, true]));
    });
}

#[test]
fn what_stands_back_for_an_answer_comes_forward_once_somebody_acts() {
    play(async |page: &Page| {
        pause(page).await;
        ask_why(page, LEADER_OF_P1).await;
        let standing_back = async |is_any: bool| {
            page.wait_for("what is no part of the answer", async || {
                let dim = "return document.querySelector('main [data-dimmed=\"true\"]') !== null";
                (page.eval(dim).await == json!(is_any)).then_some(())
            })
            .await;
        };
        standing_back(true).await;
        crash(page, 3).await;
        standing_back(false).await;
        page.text("//*[@class='question']").await;
    });
}
