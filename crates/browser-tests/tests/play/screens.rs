//! Screens smaller than those of the audit: a page at twice its size, and the narrowest; and that the stage
//! stays where it is.

use highwater_browser_tests::page::{Page, button};
use highwater_browser_tests::play::play;
use serde_json::{Value, json};

use crate::person::{crash, open_panel, pause};

#[test]
fn at_twice_its_size_nothing_scrolls_sideways_and_all_text_is_readable() {
    fits(640, 360);
}

#[test]
fn on_the_narrowest_screen_nothing_scrolls_sideways_and_all_text_is_readable() {
    fits(320, 640);
}

fn fits(width: u32, height: u32) {
    play(async |page: &Page| {
        page.set_size(width, height).await;
        page.wait_for("the window has its size", async || {
            let size = page.eval("return [innerWidth, innerHeight]").await;
            (size == json!([width, height])).then_some(())
        })
        .await;
        let mut complaints = complaints(page, "at first").await;
        open_panel(page).await;
        complaints.extend(self::complaints(page, "with the panel").await);
        page.click_button("Close").await;
        page.click_button("Produce a record").await;
        page.text("//dialog[@open]").await;
        complaints.extend(self::complaints(page, "with a dialog").await);
        assert!(complaints.is_empty(), "{}", complaints.join("\n"));
    });
}

#[test]
fn the_stage_stays_where_it_is_whatever_the_sentence_says() {
    for (width, height, has_panel) in [(1280, 720, true), (390, 844, false), (860, 700, false)] {
        play(async |page: &Page| {
            page.set_size(width, height).await;
            pause(page).await;
            if has_panel {
                open_panel(page).await;
            }
            let top = "return document.querySelector('main').getBoundingClientRect().top";
            let first = page.eval(top).await;
            crash(page, 1).await;
            for act in ["Let 9 seconds pass", "Restart broker 1", "Let it catch up"] {
                page.text(&button(act)).await;
                assert_eq!(page.eval(top).await, first, "before {act} at {width}");
                page.click_button(act).await;
            }
            page.wait_for_scene("broker 1 caught up", |scene| {
                let mut partitions = scene["partitions"].as_array().into_iter().flatten();
                partitions.all(|it| it["in_sync_replicas"] == json!([1, 2, 3]))
            })
            .await;
            assert_eq!(page.eval(top).await, first, "at the end at {width}");
            // As long as a sentence may be.
            let long = "document.querySelector('h1').textContent = 'words '.repeat(16) + 'word';
                document.querySelector('h1').dataset.length = 'long';";
            page.eval(long).await;
            assert_eq!(page.eval(top).await, first, "with a long one at {width}");
        });
    }
}

#[test]
fn on_a_telephone_each_rule_is_listed_also_where_the_sign_of_a_branch_stands() {
    play(async |page: &Page| {
        page.set_size(390, 844).await;
        page.run_to_step(480).await;
        crash(page, 1).await;
        page.text(&button("branch 2 of 2")).await;
        page.click_button("all seven rules hold").await;
        page.text("//footer//*[contains(@class, 'lamp')][.='key order kept']")
            .await;
    });
}

/// What does not fit and what can't be read.
async fn complaints(page: &Page, when: &str) -> Vec<String> {
    let mut complaints = Vec::new();
    let widths = page
        .eval("const root = document.documentElement; return [root.scrollWidth, root.clientWidth]")
        .await;
    let [wide, inner] = [0, 1].map(|index| widths[index].as_u64().expect("a width"));
    if wide > inner {
        let widest = page.eval(WIDEST).await;
        complaints.push(format!(
            "{when} the page is {wide} px wide in a window of {inner} px: {widest}"
        ));
    }
    let looked_at = page.eval(TEXTS).await;
    let texts = looked_at.as_array().expect("a list");
    assert!(
        texts.len() > 30,
        "{when} there are only {} texts",
        texts.len()
    );
    let small = |text: &&Value| text["px"].as_f64().is_none_or(|px| px < 14.0);
    for text in texts.iter().filter(small) {
        complaints.push(format!("{when} too small: {text}"));
    }
    complaints
}

/// What reaches farthest to the right, but for what scrolls or is cut off in a frame of its own.
const WIDEST: &str = "
    const isFramed = (element) => {
        for (let it = element.parentElement; it !== document.body; it = it.parentElement)
            if (getComputedStyle(it).overflowX !== 'visible') return true;
        return false;
    };
    const all = [...document.querySelectorAll('body *')].filter((element) => !isFramed(element));
    const right = (element) => element.getBoundingClientRect().right;
    all.sort((a, b) => right(b) - right(a));
    return all.slice(0, 5).map((it) => `${it.tagName}.${it.getAttribute('class')} ${right(it)}`);
";

/// All texts that can be seen, fields included, with their sizes in pixels.
const TEXTS: &str = "
    const texts = [];
    const add = (element, text) => {
        const box = element.getBoundingClientRect();
        const isHere = element.checkVisibility({ visibilityProperty: true, opacityProperty: true })
            && box.width > 1 && box.height > 1;
        if (isHere && text.trim() !== '')
            texts.push({ text: text.trim(), px: parseFloat(getComputedStyle(element).fontSize) });
    };
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (walker.nextNode())
        add(walker.currentNode.parentElement, walker.currentNode.data);
    for (const field of document.querySelectorAll('input, select, textarea'))
        add(field, field.value);
    return texts;
";
