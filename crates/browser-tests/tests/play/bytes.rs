//! The bytes of a batch: fields and bytes point at each other, and a bit that is flipped is noticed.

use highwater_browser_tests::page::Page;
use highwater_browser_tests::play::play;
use highwater_browser_tests::webdriver::key;

use crate::person::choose;

const RECORD: &str = "//main//button[contains(@aria-label, 'offset 2')]";
const MARKED: &str =
    "return document.querySelector('.anatomy__bytes [data-on]')?.textContent.trim()";
const CHOSEN: &str = "return document.querySelector('.anatomy :checked').parentElement.innerText";

#[test]
fn a_field_points_at_its_bytes_and_a_flipped_bit_is_refused_as_kafka_does() {
    play(async |page: &Page| {
        page.run_to_step(480).await;
        page.click(RECORD).await;
        choose(page, "See its bytes").await;
        page.text("//dialog[@open]//h2[contains(., 'offset 2')]")
            .await;
        assert_eq!(
            page.eval("return document.activeElement.value").await,
            "4",
            "the crc"
        );
        page.press(key::DOWN).await;
        assert_eq!(page.eval(MARKED).await, "00 00", "the attributes");
        page.click("//*[@class='anatomy__bytes']/span[4]").await;
        let chosen = page.eval(CHOSEN).await;
        assert!(
            chosen.as_str().is_some_and(|words| words.contains("magic")),
            "{chosen}"
        );
        page.click("//*[@class='anatomy__bytes']/span[14]").await;
        page.click_button("Try it: flip a bit of this copy").await;
        page.text("//*[@role='alert'][contains(., 'Record is corrupt (stored crc = ')]")
            .await;
        page.click_button("Try it: flip a bit of this copy").await;
        page.text("//*[@role='alert'][contains(., 'The checksum is right')]")
            .await;
    });
}
