//! A record of one's own.

use highwater_browser_tests::page::Page;
use highwater_browser_tests::play::play;
use highwater_browser_tests::webdriver::key;

use crate::person::{PANEL, open_panel, records_of_key};

/// Keys with their hashes, from Kafka's own test.
///
/// Kafka 4.3.1: `UtilsTest#testMurmur2`
const HASHES: [(&str, i32); 2] = [
    ("a-little-bit-long-string", -985_981_536),
    ("abc", 479_470_107),
];

/// Kafka 4.3.1: `BuiltInPartitioner#partitionForKey`
fn partition_of(hash: i32) -> usize {
    ((hash & 0x7fff_ffff) % 3) as usize
}

#[test]
fn a_record_typed_into_the_dialog_lands_where_its_key_says() {
    assert_ne!(partition_of(HASHES[0].1), partition_of(HASHES[1].1));
    play(async |page: &Page| {
        open_panel(page).await;
        page.click(&format!("{PANEL}//*[@role='tab'][.='Events']"))
            .await;
        for (key, hash) in HASHES {
            produce_by_keyboard(page, key, "one coffee").await;
            lands_in(page, key, partition_of(hash)).await;
        }
    });
}

/// The keyboard alone: to the button, through the dialog, and away.
async fn produce_by_keyboard(page: &Page, key: &str, value: &str) {
    if page.focus().await.1 != "Produce a record" {
        page.tab_to("button", "Produce a record").await;
    }
    page.press(key::ENTER).await;
    page.text("//dialog[@open]").await;
    let (role, name) = page.focus().await;
    assert_eq!(role, "textbox");
    assert!(name.starts_with("Key"), "the focus is on {name}");
    page.type_over(key).await;
    page.tab_to("textbox", "Value").await;
    page.type_over(value).await;
    page.press(key::ENTER).await;
    page.wait_for("the dialog is closed", async || {
        page.texts("//dialog[@open]").await.is_empty().then_some(())
    })
    .await;
}

async fn lands_in(page: &Page, key: &str, partition: usize) {
    let scene = page
        .wait_for_scene("the record is in a log", |scene| {
            !records_of_key(scene, key).is_empty()
        })
        .await;
    let records = records_of_key(&scene, key);
    let offsets: Vec<u64> = records.iter().map(|(_, offset)| *offset).collect();
    assert_eq!(records, [(partition, offsets[0])], "where {key} is");

    let offset = offsets[0];
    let name = format!("p{partition}, offset {offset}, key {key}, committed");
    let copies = format!("//main//button[starts-with(@aria-label, '{name}')]");
    page.wait_for(
        "all three replicas show the record as committed",
        async || (page.texts(&copies).await.len() == 3).then_some(()),
    )
    .await;
    let line = format!("{PANEL}//button[contains(., 'key {key}') and contains(., 'p{partition}')]");
    page.text(&line).await;
}
