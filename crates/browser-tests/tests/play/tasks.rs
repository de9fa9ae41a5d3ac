//! What somebody tries who sees the page for the first time. They know only the names that they
//! see, and read the answers.

use highwater_browser_tests::page::{Page, button};
use highwater_browser_tests::play::play;
use highwater_browser_tests::webdriver::key;

use crate::person::{CAUSES, ask_why, crash, go_to_the_first_run, pause};

/// What was asked, in the panel.
const QUESTION: &str = "//aside[@aria-label='why and events']//*[contains(@class, 'question')]";
/// Its reasons, also those that lead to no other moment.
const LINKS: &str = "//aside[@aria-label='why and events']//*[contains(@class, 'link')]";
/// The sentence about the present.
const SENTENCE: &str = "//h1";

#[test]
fn where_a_record_goes_and_why() {
    play(async |page: &Page| {
        send(page, "abc").await;
        reads(page, SENTENCE, ", by the hash of its key, abc.").await;
        page.text(&mine("p0, ", "abc", "broker 3")).await;
    });
}

#[test]
fn why_a_record_is_not_readable_yet() {
    play(async |page: &Page| {
        pause(page).await;
        crash(page, 2).await;
        reads(page, SENTENCE, "Broker 2 is killed").await;
        send(page, "abc").await;
        ask_why(page, &mine("p0, ", "abc, not yet committed", "broker 3")).await;
        reads(page, QUESTION, "of p0 is not readable yet").await;
        reads(
            page,
            LINKS,
            "because broker 2 is in sync and its last fetch asked from offset 5",
        )
        .await;
        reads(page, LINKS, "It is down: the leader waits until").await;
    });
}

#[test]
fn why_a_record_was_not_readable_at_once_is_answered_where_it_was_not_and_that_is_said() {
    play(async |page: &Page| {
        send(page, "abc").await;
        reads(page, SENTENCE, "Consumers may read your record").await;
        page.click_button("Why not at once?").await;
        reads(page, QUESTION, "is not readable yet").await;
        reads(page, "//*[@class='done']", "Back at 00:0").await;
        page.text(&button("Play")).await;
    });
}

#[test]
fn who_leads_after_the_leader_was_killed_and_why() {
    play(async |page: &Page| {
        pause(page).await;
        page.text(&button("leader of p1: broker 1")).await;
        crash(page, 1).await;
        page.click_button("Let 9 seconds pass").await;
        reads(page, SENTENCE, "broker 2 the leader of p1").await;
        ask_why(page, &button("leader of p1: broker 2")).await;
        reads(page, CAUSES, "the controller fenced broker 1").await;
        reads(page, CAUSES, "you killed broker 1, kill -9").await;
    });
}

#[test]
fn for_whom_acks_all_waits() {
    play(async |page: &Page| {
        pause(page).await;
        crash(page, 2).await;
        send(page, "abc").await;
        page.text(&mine("p0, ", "abc, not yet committed", "broker 3"))
            .await;
        page.click_button("open p0").await;
        reads(page, "//main//*[contains(@class, 'room')]", "acks=all").await;
        reads(
            page,
            "//main//*[contains(@class, 'pending')]",
            "broker 2 at 5, needs",
        )
        .await;
    });
}

#[test]
fn another_way_from_the_past_and_the_first_future_is_still_there() {
    play(async |page: &Page| {
        pause(page).await;
        crash(page, 1).await;
        page.click_button("Let 9 seconds pass").await;
        reads(page, SENTENCE, "broker 2 the leader of p1").await;
        page.click_button("Before the last turning point").await;
        page.click_button("Before the last turning point").await;
        page.text(&button("leader of p1: broker 1")).await;
        crash(page, 3).await;
        reads(page, SENTENCE, "Broker 3 is killed").await;
        go_to_the_first_run(page).await;
        page.text(&button("leader of p1: broker 2")).await;
    });
}

/// Sends a record; what is typed takes the place of the key that stands there.
async fn send(page: &Page, record_key: &str) {
    page.click_button("Produce a record").await;
    page.text("//dialog[@open]//h2[.='Produce a record']").await;
    page.write(record_key).await;
    page.press(key::ENTER).await;
}

/// A record that bears the mark of being one's own.
fn mine(partition: &str, record_key: &str, broker: &str) -> String {
    format!(
        "//main//button[starts-with(@aria-label, '{partition}')][contains(@aria-label, \
         'key {record_key}')][contains(@aria-label, 'yours')][contains(@aria-label, '{broker}')]"
    )
}

/// Waits until one of the texts at an XPath says so.
async fn reads(page: &Page, path: &str, words: &str) {
    page.wait_for(&format!("{words:?} at {path}"), async || {
        let texts = page.texts(path).await;
        texts.iter().any(|text| text.contains(words)).then_some(())
    })
    .await;
}
