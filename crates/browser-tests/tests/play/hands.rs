//! One story of a person, played three times: by mouse, by touch on a phone, by keyboard alone.

use highwater_browser_tests::page::{Page, button};
use highwater_browser_tests::play::play;
use highwater_browser_tests::webdriver::{Pointer, key};
use serde_json::{Value, json};

use crate::person::{
    CATCH_FILE, CAUSES, MENU, await_other_leader, leader, records_of_key, scenario, step,
};

/// The partition of the story: on the phone it is the one that is open.
const PARTITION: usize = 1;
/// Tab stops so many times at most, on any screen.
const TABS_MAX: usize = 200;
/// Turning points until somebody else leads.
const TURNS_MAX: usize = 4;

#[test]
fn a_mouse_is_enough_for_everything() {
    story(Hand::Mouse);
}

#[test]
fn a_finger_is_enough_for_everything() {
    story(Hand::Finger);
}

#[test]
fn a_keyboard_is_enough_for_everything() {
    story(Hand::Keyboard);
}

/// What a person uses the page with.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Hand {
    Mouse,
    Finger,
    Keyboard,
}

impl Hand {
    /// Uses what is at an XPath.
    async fn take(self, page: &Page, path: &str) {
        match self {
            Hand::Mouse => page.point(Pointer::Mouse, path, 0).await,
            Hand::Finger => page.point(Pointer::Finger, path, 0).await,
            Hand::Keyboard => {
                walk_to(page, path).await;
                page.press(key::ENTER).await;
            }
        }
    }

    async fn take_button(self, page: &Page, name: &str) {
        // On the phone some of them stand in a menu.
        if self == Hand::Finger && page.texts(&button(name)).await.is_empty() {
            self.take(page, &button("menu")).await;
        }
        self.take(page, &button(name)).await;
    }

    /// Chooses an entry of the open menu.
    async fn choose(self, page: &Page, entry: &str) {
        let path = format!("{MENU}//button[starts-with(normalize-space(.), '{entry}')]");
        self.take(page, &path).await;
    }

    /// Writes into a field.
    async fn fill(self, page: &Page, name: &str, text: &str) {
        let field = format!("//dialog[@open]//*[@name='{name}']");
        match self {
            Hand::Keyboard => walk_to(page, &field).await,
            _ => self.take(page, &field).await,
        }
        page.type_over("").await;
        page.devtools("Input.insertText", json!({ "text": text }))
            .await;
    }
}

/// Goes on with Tab, in a menu with the arrow, until the focus is on what is at an XPath.
async fn walk_to(page: &Page, path: &str) {
    page.text(path).await;
    let is_there = "
        const found = document.evaluate(arguments[0], document, null, XPathResult.ORDERED_NODE_SNAPSHOT_TYPE, null);
        return Array.from({ length: found.snapshotLength }, (_, at) => found.snapshotItem(at))
            .includes(document.activeElement);";
    let mut passed = Vec::new();
    for _ in 0..TABS_MAX {
        if page.eval_with(is_there, vec![json!(path)]).await == true {
            return;
        }
        passed.push(page.focus().await.1);
        let is_menu = !page.texts(MENU).await.is_empty();
        page.press(if is_menu { key::DOWN } else { key::TAB }).await;
    }
    panic!("the keyboard does not lead to {path}, only to {passed:?}");
}

fn story(hand: Hand) {
    play(async |page: &Page| {
        if hand == Hand::Finger {
            page.set_size(390, 844).await;
            page.feel_fingers().await;
        }
        hand.take_button(page, "Pause").await;
        page.text(&button("Play")).await;
        produces(page, hand, "abc").await;
        let former = kills_the_leader(page, hand).await;
        asks_why(page, hand, former).await;
        goes_back_and_does_otherwise(page, hand).await;
        asks_kafka_for_what_it_refuses(page, hand).await;
        cuts_a_link(page, hand).await;
        let text = saves(page, hand).await;
        comes_back(page).await;
        opens(page, hand, &text).await;
    });
}

async fn produces(page: &Page, hand: Hand, record_key: &str) {
    hand.take_button(page, "Produce a record").await;
    hand.fill(page, "key", record_key).await;
    hand.take(page, "//dialog[@open]//button[normalize-space()='Send']")
        .await;
    page.wait_for_scene("the record is in a log", |scene| {
        !records_of_key(scene, record_key).is_empty()
    })
    .await;
    if hand == Hand::Finger {
        sees_where_it_went(page, hand, record_key).await;
    }
}

/// On the phone the record's partition opens; then the person goes back to that of the story, and stays.
async fn sees_where_it_went(page: &Page, hand: Hand, record_key: &str) {
    let (number, _) = records_of_key(&page.scene().await, record_key)[0];
    let opened = |number: usize| {
        format!(
            "//main//button[contains(@class, 'choice')][@data-state='open'][starts-with(@aria-label, 'p{number} ')]"
        )
    };
    page.text(&opened(number)).await;
    let yours = format!(
        "//main//button[contains(@aria-label, 'key {record_key}')][contains(@aria-label, 'yours')]"
    );
    page.text(&yours).await;
    let row = format!(
        "//main//button[contains(@class, 'choice')][starts-with(@aria-label, 'p{PARTITION} ')]"
    );
    hand.take(page, &row).await;
    page.text(&opened(PARTITION)).await;
}

/// Who led before.
async fn kills_the_leader(page: &Page, hand: Hand) -> u64 {
    let former = leader(&page.scene().await, PARTITION).expect("it is led");
    hand.take_button(page, "Stop a broker").await;
    hand.choose(page, &format!("Crash broker {former}")).await;
    page.wait_for_scene("it is down", |scene| status(scene, former) == "down")
        .await;
    for _ in 0..TURNS_MAX {
        if leader(&page.scene().await, PARTITION).is_some_and(|it| it != former) {
            break;
        }
        hand.take_button(page, "To the next turning point").await;
    }
    await_other_leader(page, PARTITION, former).await;
    former
}

/// And goes to the last of the causes: the kill.
async fn asks_why(page: &Page, hand: Hand, former: u64) {
    hand.take(
        page,
        &format!("//main//button[starts-with(@aria-label, 'leader of p{PARTITION}')]"),
    )
    .await;
    hand.choose(page, "Why does it lead?").await;
    let killed = format!("{CAUSES}[contains(., 'you killed broker {former}')]");
    hand.take(page, &killed).await;
    page.wait_for_scene("the moment of the kill", |scene| {
        status(scene, former) == "down" && leader(scene, PARTITION).is_none()
    })
    .await;
}

async fn goes_back_and_does_otherwise(page: &Page, hand: Hand) {
    let killed = page.scene().await;
    hand.take_button(page, "One step back").await;
    page.wait_for_step("a step earlier", step(&killed) - 1)
        .await;
    hand.take_button(page, "Close").await;
    produces(page, hand, "a-little-bit-long-string").await;
    let branches = page.scene().await["branches"].clone();
    assert_eq!(branches.as_array().map(Vec::len), Some(2), "{branches}");
    assert_eq!(branches[1]["is_current"], true);
    let brokers = page.scene().await["brokers"].clone();
    let all = brokers.as_array().expect("a list");
    assert!(all.iter().all(|it| it["status"] == "up"), "{brokers}");
}

async fn asks_kafka_for_what_it_refuses(page: &Page, hand: Hand) {
    let path = format!(
        "//main//button[contains(@aria-label, 'high watermark')][contains(@aria-label, 'p{PARTITION}')]"
    );
    hand.take(page, &path).await;
    hand.choose(page, "Change a setting of orders").await;
    hand.fill(page, "segment.bytes", "100").await;
    hand.take(page, "//dialog[@open]//button[normalize-space()='Change']")
        .await;
    let words = page
        .text("//dialog[@open]//strong[@role='alert'][normalize-space()]")
        .await;
    let refused =
        "Invalid value 100 for configuration segment.bytes: Value must be at least 1048576";
    assert_eq!(words, refused);
    hand.take(page, "//dialog[@open]//button[normalize-space()='Cancel']")
        .await;
}

async fn cuts_a_link(page: &Page, hand: Hand) {
    if hand == Hand::Finger {
        // On the phone brokers have no heads, but each replica says what it is.
        hand.take(page, "//main//*[contains(@class, 'role')][.='follower']")
            .await;
    } else {
        hand.take(page, "//main//button[starts-with(@aria-label, 'broker 1')]")
            .await;
        hand.choose(page, "Its links").await;
        hand.choose(page, "To broker 2").await;
    }
    hand.choose(page, "Cut the link").await;
    page.wait_for("the link is cut", async || {
        let commands = scenario(page).await["commands"].clone();
        let last = commands.as_array()?.last()?.clone();
        last["do"].get("cut_link").map(|_| ())
    })
    .await;
}

/// The run as text, out of the file that the page offers.
async fn saves(page: &Page, hand: Hand) -> String {
    hand.take_button(page, "Pause").await;
    page.text(&button("Play")).await;
    page.eval(CATCH_FILE).await;
    hand.take_button(page, "Your cluster").await;
    hand.choose(page, "Save this run").await;
    page.wait_for("a file is offered", async || {
        let saved = page.eval("return window.saved").await;
        saved.as_str().map(str::to_owned)
    })
    .await
}

async fn comes_back(page: &Page) {
    let (at, run) = (page.step().await, scenario(page).await);
    page.reload().await;
    assert_eq!((page.step().await, scenario(page).await), (at, run));
}

async fn opens(page: &Page, hand: Hand, text: &str) {
    hand.take_button(page, "Your cluster").await;
    hand.choose(page, "Start over").await;
    hand.take_button(page, "Your cluster").await;
    hand.choose(page, "Open a saved run").await;
    hand.fill(page, "scenario", text).await;
    hand.take(page, "//dialog[@open]//button[normalize-space()='Open']")
        .await;
    let run: Value = serde_json::from_str(text).expect("a scenario is JSON");
    page.wait_for("the run is back", async || {
        (scenario(page).await["commands"] == run["commands"]).then_some(())
    })
    .await;
}

fn status(scene: &Value, broker: u64) -> &Value {
    &scene["brokers"][broker as usize - 1]["status"]
}
