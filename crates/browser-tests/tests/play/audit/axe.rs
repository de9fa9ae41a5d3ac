//! What axe-core says: <https://github.com/dequelabs/axe-core>. `scripts/test` installs it.

use std::env;
use std::fs;
use std::path::PathBuf;
use std::sync::LazyLock;

use highwater_browser_tests::page::Page;
use serde_json::json;

use super::Complaints;

static AXE: LazyLock<String> = LazyLock::new(|| {
    let path = axe_path();
    fs::read_to_string(&path).unwrap_or_else(|error| {
        panic!(
            "axe-core is not in {}: {error}; ./scripts/test installs it, or HIGHWATER_AXE names it",
            path.display()
        )
    })
});

/// Where the scripts put it, if not elsewhere.
fn axe_path() -> PathBuf {
    if let Some(path) = env::var_os("HIGHWATER_AXE") {
        return path.into();
    }
    let home = env::var_os("CARGO_HOME").map(PathBuf::from);
    let home = home.or_else(|| Some(PathBuf::from(env::var_os("HOME")?).join(".cargo")));
    home.unwrap_or_default()
        .join("lib/node_modules/axe-core/axe.min.js")
}

/// Runs all rules in the light theme; in the others only what a theme can change.
pub async fn run(page: &Page, theme: &str, complaints: &mut Complaints) {
    if page.eval("return typeof window.axe").await != "object" {
        page.eval(&AXE).await;
    }
    let only = if theme == "light" {
        json!([])
    } else {
        json!(["color-contrast"])
    };
    let found = page.eval_with(RUN, vec![only]).await;
    complaints.add(theme, &found);
}

const RUN: &str = "
    const rules = { 'target-size': { enabled: true } };
    const options = arguments[0].length ? { runOnly: arguments[0] } : { rules };
    // What lies behind an open window has its turn on its own screen.
    const front = probe.isModal(probe.front()) ? probe.front() : document;
    const { violations } = await axe.run(front, { resultTypes: ['violations'], ...options });
    return violations.flatMap(({ id, help, nodes }) =>
        nodes.map((node) => `axe, ${id}, ${help}: ${node.html.slice(0, 200)} ${node.failureSummary.replace(/\\s+/g, ' ')}`));
";
