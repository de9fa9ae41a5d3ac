//! Whether everything that can be used has a name and is reached by keyboard.

use highwater_browser_tests::page::Page;
use highwater_browser_tests::webdriver::key;
use serde_json::{Value, json};

use super::Complaints;

/// So many times Tab is pressed between two looks.
const TABS: usize = 20;
/// More than any screen needs.
const ROUNDS_MAX: usize = 20;

/// What takes the focus and has no name for a screen reader.
pub async fn names(page: &Page, complaints: &mut Complaints) {
    page.devtools("Accessibility.enable", json!({})).await;
    let tree = page
        .devtools("Accessibility.getFullAXTree", json!({}))
        .await;
    page.devtools("Accessibility.disable", json!({})).await;
    let nodes = tree["nodes"].as_array().expect("a list of nodes");
    let mut named = 0;
    let mut nameless = Vec::new();
    for node in nodes.iter().filter(|node| is_focusable(node)) {
        let (role, name) = (&node["role"]["value"], node["name"]["value"].as_str());
        if name.is_some_and(|name| !name.trim().is_empty()) {
            named += 1;
        } else if role != "RootWebArea" && role != "generic" {
            nameless.push(json!(format!("a {role} has no name")));
        }
    }
    assert!(named > 0, "the screen reader sees nothing to use");
    complaints.add("for a screen reader", &Value::Array(nameless));
}

fn is_focusable(node: &Value) -> bool {
    let properties = node["properties"].as_array().into_iter().flatten();
    let mut focusable = properties.filter(|property| property["name"] == "focusable");
    node["ignored"] != true && focusable.any(|property| property["value"]["value"] == true)
}

/// What neither Tab nor the arrows lead to, and where one does not see where one is.
pub async fn by_keyboard(page: &Page, complaints: &mut Complaints) {
    page.eval("probe.watchFocus()").await;
    if page.eval("return probe.isMenu()").await == true {
        // In a menu the arrows lead from one entry to the next; Tab may leave it.
        page.press(key::DOWN).await;
        page.press(key::UP).await;
        let unreached = page.eval("return probe.unreached()").await;
        complaints.add("by keyboard", &unreached);
        return;
    }
    let count = async || page.eval("return probe.stopCount()").await;
    let mut last = json!(0);
    for _ in 0..ROUNDS_MAX {
        page.press_often(key::TAB, TABS).await;
        let now = count().await;
        if now == last {
            break;
        }
        last = now;
    }
    assert_ne!(last, json!(0), "Tab leads nowhere");
    let unreached = page.eval("return probe.unreached()").await;
    complaints.add("by keyboard", &unreached);
}
