//! The record editor: kinds of keys and values, headers, Avro, and two schemas side by side.

use highwater_browser_tests::page::{Page, button};
use highwater_browser_tests::play::play;
use highwater_browser_tests::webdriver::key;

use crate::person::{choose, pause, records_of_key, unfold};

const PREVIEW: &str = "//dialog[@open]//output";
const AVRO_FETCHED: &str = "return performance.getEntriesByType('resource')
    .some(it => /avro-[0-9a-f]+\\.js/.test(it.name))";

async fn open_form(page: &Page) {
    page.click_button("Produce a record").await;
    page.text("//dialog[@open]//input[@name='key']").await;
}

/// Waits until the preview says `words`.
async fn preview_says(page: &Page, words: &str) {
    page.wait_for(&format!("the preview says {words}"), async || {
        page.texts(PREVIEW)
            .await
            .first()?
            .contains(words)
            .then_some(())
    })
    .await;
}

async fn await_closed(page: &Page) {
    page.wait_for("the dialog is closed", async || {
        page.texts("//dialog[@open]").await.is_empty().then_some(())
    })
    .await;
}

/// Opens the bytes of the newest record of a key, once every replica has it.
async fn see_bytes(page: &Page, key: &str) {
    let scene = page
        .wait_for_scene("the record is in a log", |scene| {
            !records_of_key(scene, key).is_empty()
        })
        .await;
    let (partition, offset) = records_of_key(&scene, key)[0];
    let name = format!("p{partition}, offset {offset}, key {key},");
    let record = format!(
        "//main//button[contains(@aria-label, '{name}') and contains(@aria-label, ', committed')]"
    );
    page.text(&record).await;
    pause(page).await;
    page.click(&record).await;
    choose(page, "See its bytes").await;
    page.text("//dialog[@open]//*[@class='anatomy__record']")
        .await;
}

#[test]
fn an_integer_is_typed_with_the_keyboard_alone_and_read_back_out_of_the_log() {
    play(async |page: &Page| {
        page.tab_to("button", "Produce a record").await;
        page.press(key::ENTER).await;
        page.text("//dialog[@open]").await;
        page.type_over("mike").await;
        page.press(key::TAB).await;
        assert!(page.focus().await.1.starts_with("Value"), "one key further");
        page.type_over("1062").await;
        page.tab_to("DisclosureTriangle", "More, also acks").await;
        page.press(key::ENTER).await;
        page.tab_to("combobox", "Value as").await;
        page.write("int").await;
        preview_says(page, "4 bytes 00 00 04 26").await;
        page.tab_to("button", "Send").await;
        page.press(key::ENTER).await;
        await_closed(page).await;
        see_bytes(page, "mike").await;
        page.text("//*[@class='anatomy__record'][contains(., 'key mike: 1062')]")
            .await;
    });
}

#[test]
fn a_tombstone_with_headers_is_put_together_with_the_mouse() {
    play(async |page: &Page| {
        open_form(page).await;
        page.type_over("nora").await;
        unfold(page).await;
        page.click("//option[.='no value: a tombstone']").await;
        page.click("//textarea[@name='headers']").await;
        page.write("trace=7\ntrace=8\nnone").await;
        preview_says(page, "null: a tombstone").await;
        preview_says(page, "header none").await;
        page.click_button("Send").await;
        await_closed(page).await;
        see_bytes(page, "nora").await;
        let words = "✝ tombstone; headers trace = 7, trace = 8, none = null";
        page.text(&format!(
            "//*[@class='anatomy__record'][contains(., '{words}')]"
        ))
        .await;
    });
}

#[test]
fn a_mistake_in_json_is_said_with_its_place_before_and_after_sending() {
    play(async |page: &Page| {
        open_form(page).await;
        unfold(page).await;
        page.click("//option[.='JSON']").await;
        page.click("//textarea[@name='value']").await;
        page.type_over("{\"order\" 1}").await;
        let words = "This is no JSON: expected `:` at line 1 column 10";
        preview_says(page, words).await;
        page.press(key::ENTER).await;
        page.text(&format!("//*[@role='alert'][contains(., '{words}')]"))
            .await;
        page.click("//textarea[@name='value']").await;
        page.type_over("{\"order\": 1}").await;
        page.press(key::ENTER).await;
        await_closed(page).await;
    });
}

#[test]
fn avro_is_fetched_when_it_is_used_and_its_schema_id_is_shown_in_front_of_its_bytes() {
    play(async |page: &Page| {
        open_form(page).await;
        page.type_over("olga").await;
        assert_eq!(page.eval(AVRO_FETCHED).await, false);
        unfold(page).await;
        page.click("//option[.='Avro, by a schema']").await;
        preview_says(page, "00 00 00 00 01 ca 10 0c 63 6f 66 66 65 65 80 05").await;
        page.click("//textarea[@name='value']").await;
        page.type_over("{ \"id\": 1061, \"item\": \"tea\" }").await;
        preview_says(page, "cents is nothing, the schema says \"int\"").await;
        page.click_button("Send").await;
        page.text("//*[@role='alert'][contains(., 'cents is nothing')]")
            .await;
        page.click("//textarea[@name='value']").await;
        page.type_over("{ \"id\": 1061, \"item\": \"tea\", \"cents\": 1 }")
            .await;
        page.press(key::ENTER).await;
        await_closed(page).await;
        see_bytes(page, "olga").await;
        page.text("//*[@class='anatomy__record'][contains(., 'schema id 1, then 7 bytes')]")
            .await;
        let dotted = "return [...document.querySelectorAll('.anatomy__bytes u')]
            .map(it => it.textContent.trim()).join(' ')";
        assert_eq!(page.eval(dotted).await, "00 00 00 00 01");
    });
}

#[test]
fn two_schemas_are_judged_on_real_bytes() {
    play(async |page: &Page| {
        if page.texts(&button("Your cluster")).await.is_empty() {
            page.click_button("menu").await;
        }
        page.click_button("Your cluster").await;
        choose(page, "Compare two Avro schemas").await;
        preview_says(page, "full ✓").await;
        preview_says(page, "\"note\":\"\"").await;
        page.click("//option[.='a field is added, without a default']")
            .await;
        preview_says(page, "backward ✗").await;
        preview_says(page, "no matching field for default-less Order.note").await;
        preview_says(page, "forward ✓").await;
        page.click("//textarea[@name='after']").await;
        page.type_over("{").await;
        preview_says(page, "New schema: ").await;
        page.press(key::ESCAPE).await;
        await_closed(page).await;
    });
}
