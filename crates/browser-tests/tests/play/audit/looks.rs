//! Whether everything fits, and stands out from its ground.

use highwater_browser_tests::page::Page;
use serde_json::{Value, json};

use super::{Complaints, PHONE, Size};

/// Fewer texts than that, and the probe has not seen the page.
const TEXTS_MIN: u64 = 4;

/// Looks at the page in its present theme.
pub async fn look(page: &Page, size: Size, theme: &str, complaints: &mut Complaints) {
    page.eval(AT_REST).await;
    layout(page, size, theme, complaints).await;
    let faint = page
        .wait_for("the page stands still while it is looked at", async || {
            contrast(page).await
        })
        .await;
    complaints.add(theme, &faint);
}

/// What stands out too little; nothing if the page changed in the meantime.
async fn contrast(page: &Page) -> Option<Value> {
    let words = picture(page).await;
    page.eval("probe.hideWords(true)").await;
    let ground = picture(page).await;
    page.eval("probe.hideWords(false)").await;
    let again = picture(page).await;
    let script = "return probe.contrast(...arguments)";
    let faint = page.eval_with(script, vec![words, ground, again]).await;
    (!faint.is_null()).then_some(faint)
}

/// Looks at the page in the face to which a machine without better ones falls back.
pub async fn look_in_the_widest_face(page: &Page, size: Size, complaints: &mut Complaints) {
    page.eval(WIDEST_FACE).await;
    page.eval(AT_REST).await;
    layout(page, size, "in DejaVu Sans", complaints).await;
    page.eval(OWN_FACE).await;
    page.eval(AT_REST).await;
}

async fn layout(page: &Page, size: Size, when: &str, complaints: &mut Complaints) {
    let script = "return probe.layout(arguments[0])";
    let seen = page.eval_with(script, vec![json!(size == PHONE)]).await;
    let count = seen["count"].as_u64().expect("a number of texts");
    assert!(count >= TEXTS_MIN, "only {count} texts are seen, {when}");
    complaints.add(when, &seen["complaints"]);
}

/// The window as it is painted, as base64, once all that was changed before is painted.
async fn picture(page: &Page) -> Value {
    page.eval(AT_REST).await;
    let answer = page
        .devtools("Page.captureScreenshot", json!({ "format": "png" }))
        .await;
    answer["data"].clone()
}

/// Until the faces are there, nothing glides or fades any more, and what was changed is painted.
const AT_REST: &str = "
    await document.fonts.ready;
    const isMoving = () => document.getAnimations().some((it) => it.playState === 'running');
    do {
        for (let frame = 0; frame < 2; frame += 1)
            await new Promise((go) => requestAnimationFrame(go));
    } while (isMoving());
";

const WIDEST_FACE: &str = "
    const root = document.documentElement.style;
    root.setProperty('--font-words', 'DejaVu Sans');
    root.setProperty('--font-figures', 'DejaVu Sans Mono');
";

const OWN_FACE: &str = "
    const root = document.documentElement.style;
    root.removeProperty('--font-words');
    root.removeProperty('--font-figures');
";
