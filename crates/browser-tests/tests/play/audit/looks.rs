//! Whether everything fits, and stands out from its ground.

use highwater_browser_tests::page::Page;
use serde_json::{Value, json};

use super::{Complaints, PHONE, Size};

/// Fewer texts than that, and the probe has not seen the page.
const TEXTS_MIN: u64 = 4;

/// Looks at the page in its present theme.
pub async fn look(page: &Page, size: Size, theme: &str, complaints: &mut Complaints) {
    layout(page, size, theme, complaints).await;
    let words = picture(page).await;
    page.eval("probe.hideWords(true)").await;
    let ground = picture(page).await;
    page.eval("probe.hideWords(false)").await;
    let script = "return probe.contrast(arguments[0], arguments[1])";
    let faint = page.eval_with(script, vec![words, ground]).await;
    complaints.add(theme, &faint);
}

/// Looks at the page in the face to which a machine without better ones falls back.
pub async fn look_in_the_widest_face(page: &Page, size: Size, complaints: &mut Complaints) {
    page.eval(WIDEST_FACE).await;
    layout(page, size, "in DejaVu Sans", complaints).await;
    page.eval("document.documentElement.style.removeProperty('--font-words')")
        .await;
}

async fn layout(page: &Page, size: Size, when: &str, complaints: &mut Complaints) {
    let script = "return probe.layout(arguments[0])";
    let seen = page.eval_with(script, vec![json!(size == PHONE)]).await;
    let count = seen["count"].as_u64().expect("a number of texts");
    assert!(count >= TEXTS_MIN, "only {count} texts are seen, {when}");
    complaints.add(when, &seen["complaints"]);
}

/// The window as it is painted, as base64.
async fn picture(page: &Page) -> Value {
    let answer = page
        .devtools("Page.captureScreenshot", json!({ "format": "png" }))
        .await;
    answer["data"].clone()
}

const WIDEST_FACE: &str = "
    const root = document.documentElement.style;
    root.setProperty('--font-words', 'DejaVu Sans');
    root.setProperty('--font-figures', 'DejaVu Sans Mono');
";
