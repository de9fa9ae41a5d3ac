//! Screens smaller than those of the audit: a page at twice its size, and the narrowest.

use highwater_browser_tests::page::Page;
use highwater_browser_tests::play::play;
use serde_json::{Value, json};

use crate::person::open_panel;

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
