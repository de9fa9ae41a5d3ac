//! Pictures that stand still, for who asks for less motion.

use highwater_browser_tests::page::{Page, button};
use highwater_browser_tests::play::play;
use highwater_browser_tests::webdriver::key;
use serde_json::Value;

use crate::person::{choose, open_panel, step};

/// What moves, in words.
const MOVES: &str = "//*[@class='moves']/*[@class='words']";

/// When the two pictures are, and where the stage begins.
const LOOK: &str = "
    const captions = [...document.querySelectorAll('[data-caption]')].map((it) => it.dataset.caption);
    const top = document.querySelector('.stage').getBoundingClientRect().top;
    return { captions, top };";

/// What opens the menu of what can be done.
const DEEDS: &str = "What you can do";

/// After how many tenths of the stage the second picture begins, and how high what stands above the stage is.
const BAND: &str = "
    const after = document.querySelector('.stage__content').getBoundingClientRect();
    return [Math.round(10 * after.left / document.querySelector('.stage').clientWidth),
        document.querySelector('.now').getBoundingClientRect().height];";

#[test]
fn a_still_picture_shows_what_a_crash_did_and_waits_for_who_looks() {
    play(async |page: &Page| {
        page.press('m').await;
        page.text("//*[@data-flights='still']").await;
        assert!(!page.texts(MOVES).await.is_empty(), "what led here is told");
        page.text(&button("Play")).await;
        let before = step(&page.scene().await);
        page.click_button(DEEDS).await;
        choose(page, "Stop a broker").await;
        choose(page, "Crash broker 1").await;
        page.text(&format!("{MOVES}[.='broker 1 is killed']")).await;
        page.text(&button("Play")).await;
        let after = step(&page.scene().await);
        let seen = page.eval(LOOK).await;
        let captions = &seen["captions"];
        assert_eq!(when(&captions[0]), before);
        assert_eq!(when(&captions[1]), after, "it is the play head's");
        assert!(after > before);
        page.press(key::RIGHT).await;
        page.text(&format!("{MOVES}[.='broker 1 is fenced']")).await;
        page.press(key::LEFT).await;
        page.text(&format!("{MOVES}[.='broker 1 is killed']")).await;
        assert_eq!(page.eval(LOOK).await, seen, "the same picture as before");
    });
}

#[test]
fn the_stage_stays_where_it_is_from_still_picture_to_still_picture() {
    play(async |page: &Page| {
        page.press('m').await;
        page.text("//*[@data-flights='still']").await;
        let top = page.eval(LOOK).await["top"].clone();
        for _ in 0..6 {
            page.press(key::RIGHT).await;
            assert_eq!(page.eval(LOOK).await["top"], top);
        }
    });
}

#[test]
fn the_two_pictures_stand_side_by_side_also_beside_the_panel_under_a_band_of_the_same_height() {
    play(async |page: &Page| {
        page.set_size(1280, 720).await;
        page.press('m').await;
        page.text("//*[@data-flights='still']").await;
        let band = page.eval(BAND).await;
        open_panel(page).await;
        page.text("//main[@data-level='inside']").await;
        assert_eq!(page.eval(BAND).await, band);
    });
}

#[test]
fn beside_still_pictures_all_can_be_done_that_fits_the_moment() {
    play(async |page: &Page| {
        page.press('m').await;
        page.text("//*[@data-flights='still']").await;
        page.click_button(DEEDS).await;
        choose(page, "Stop a broker").await;
        choose(page, "Crash broker 1").await;
        page.text(&format!("{MOVES}[.='broker 1 is killed']")).await;
        page.click_button(DEEDS).await;
        choose(page, "Restart broker 1").await;
        page.text("//*[@class='done']/span[.='Broker 1 restarted']")
            .await;
    });
}

/// The step of a caption.
fn when(caption: &Value) -> u64 {
    let words = caption.as_str().and_then(|it| it.strip_prefix("step "));
    let number = words.and_then(|it| it.split(',').next());
    number
        .and_then(|it| it.parse().ok())
        .expect("a caption begins with its step")
}
