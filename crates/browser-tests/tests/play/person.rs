//! What a person does more than once, and where they look for it.

use highwater_browser_tests::page::{Page, button};
use serde_json::Value;

/// Lets `window.saved` be the text of the next file that the page offers.
pub const CATCH_FILE: &str = "
    const address = URL.createObjectURL;
    URL.createObjectURL = (blob) => {
        blob.text().then((text) => window.saved = text);
        return address.call(URL, blob);
    };
    HTMLAnchorElement.prototype.click = () => {};";

/// The panel at the side.
pub const PANEL: &str = "//aside[@aria-label='why and events']";
/// The links of the chain of causes in it, nearest cause first.
pub const CAUSES: &str = "//aside[@aria-label='why and events']//button[contains(., 'because ')]";

/// The open menu.
pub const MENU: &str = "//dialog[@open][contains(@class, 'menu')]";

/// Opens the panel with "why", events and branches.
pub async fn open_panel(page: &Page) {
    if page.texts(PANEL).await.is_empty() {
        // On the phone it stands in a menu.
        if page.texts(&button("Why and events")).await.is_empty() {
            page.click_button("menu").await;
        }
        page.click_button("Why and events").await;
        page.text(PANEL).await;
    }
}

/// Chooses an entry of the open menu, by the start of its name.
pub async fn choose(page: &Page, entry: &str) {
    page.click(&format!(
        "{MENU}//button[starts-with(normalize-space(.), '{entry}')]"
    ))
    .await;
}

/// Asks why something is as it is: the first entry of its menu.
pub async fn ask_why(page: &Page, path: &str) {
    page.click(path).await;
    choose(page, "Why ").await;
}

/// Kills a broker.
pub async fn crash(page: &Page, broker: u64) {
    page.click_button("Stop a broker").await;
    choose(page, &format!("Crash broker {broker}")).await;
}

/// Shows the fields of a form that few need.
pub async fn unfold(page: &Page) {
    page.click("//dialog[@open]//summary").await;
}

/// Lets the play head stand still.
pub async fn pause(page: &Page) {
    page.click_button("Pause").await;
    page.text(&button("Play")).await;
}

/// Plays as fast as the option whose name starts so.
pub async fn set_speed(page: &Page, speed: &str) {
    page.click(&format!(
        "//option[starts-with(normalize-space(), '{speed}:')]"
    ))
    .await;
}

/// Waits until another broker than `former` leads a partition, and says which.
pub async fn await_other_leader(page: &Page, partition: usize, former: u64) -> u64 {
    let scene = page
        .wait_for_scene("another broker leads", |scene| {
            leader(scene, partition).is_some_and(|leader| leader != former)
        })
        .await;
    leader(&scene, partition).expect("it was waited for")
}

/// The run up to the end of this branch, written down.
pub async fn scenario(page: &Page) -> Value {
    page.eval("return window.highwater.scenario()").await
}

/// The broker that leads a partition.
pub fn leader(scene: &Value, partition: usize) -> Option<u64> {
    scene["partitions"][partition]["leader"].as_u64()
}

/// How many steps lie before the play head.
pub fn step(scene: &Value) -> u64 {
    scene["head"]["step"].as_u64().expect("a scene has a step")
}

/// The simulated present in microseconds.
pub fn now_us(scene: &Value) -> u64 {
    scene["head"]["now_us"]
        .as_u64()
        .expect("a scene has a time")
}

/// The records of a key in the leader's log: partition and offset.
pub fn records_of_key(scene: &Value, key: &str) -> Vec<(usize, u64)> {
    let partitions = scene["partitions"].as_array().into_iter().flatten();
    let records = partitions.enumerate().flat_map(|(number, partition)| {
        let replicas = partition["replicas"].as_array().into_iter().flatten();
        let leaders = replicas.filter(|replica| replica["broker"] == partition["leader"]);
        let cells = leaders.flat_map(|replica| replica["cells"].as_array().into_iter().flatten());
        let of_key = cells.filter(|cell| cell["key"]["name"] == key);
        of_key.filter_map(move |cell| Some((number, cell["offset"].as_u64()?)))
    });
    records.collect()
}

/// Chooses the first future in the list of branches.
pub async fn go_to_the_first_run(page: &Page) {
    open_panel(page).await;
    page.click(&format!("{PANEL}//*[@role='tab'][.='Events']"))
        .await;
    page.click(&format!(
        "{PANEL}//button[starts-with(normalize-space(.), 'first run')]"
    ))
    .await;
}
