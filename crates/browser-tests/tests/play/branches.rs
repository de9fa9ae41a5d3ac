//! Another future.

use highwater_browser_tests::page::{Page, button};
use highwater_browser_tests::play::play;
use serde_json::Value;

use crate::person::{
    CAUSES, PANEL, ask_why, await_other_leader, crash, leader, open_panel, pause, records_of_key,
    scenario, set_speed, step,
};

#[test]
fn acting_in_the_past_makes_a_branch_and_the_first_future_stays() {
    play(async |page: &Page| {
        let former = leader(&page.scene().await, 0).expect("it is led");
        open_panel(page).await;
        crash(page, former).await;
        set_speed(page, "×4").await;
        await_other_leader(page, 0, former).await;
        pause(page).await;
        let first = page.scene().await;
        let (first_cluster, first_run) = (page.cluster().await, scenario(page).await);
        assert_eq!(branches(&first).len(), 1);

        go_before_the_kill(page, former).await;
        let past = page.scene().await;
        assert!(step(&past) < step(&first));
        assert_eq!(past["brokers"][former as usize - 1]["status"], "up");
        assert_ne!(page.cluster().await, first_cluster);

        set_speed(page, "×1/5").await;
        produce_instead(page).await;
        pause(page).await;
        let second = page.scene().await;
        assert_ne!(scenario(page).await, first_run);
        let status = &second["brokers"][former as usize - 1]["status"];
        assert_eq!(status, "up", "in this future nobody was killed");
        let both = branches(&second);
        assert_eq!(both.len(), 2, "{both:?}");
        assert_eq!(
            (&both[0]["is_current"], &both[1]["is_current"]),
            (&false.into(), &true.into())
        );
        assert_eq!(both[0]["known_steps"], step(&first));

        let name = both[0]["name"].as_str().expect("a name");
        page.click(&format!("{PANEL}//*[@role='tab'][.='Events']"))
            .await;
        page.click(&format!("{PANEL}//button[*[normalize-space()='{name}']]"))
            .await;
        page.wait_for_scene("the first future is back", |scene| {
            step(scene) == step(&first)
        })
        .await;
        assert_eq!(page.cluster().await, first_cluster);
        assert_eq!(scenario(page).await, first_run);
        let again = page.scene().await;
        assert_eq!(branches(&again)[0]["is_current"], true);
        assert_eq!(branches(&again).len(), 2, "the second one stays too");

        page.click_button("branch 1 of 2").await;
        page.text("//dialog[@open][@aria-label='All branches']")
            .await;
        page.click("//dialog[@open]//button[contains(., 'Go to branch 2: a record sent, from ')]")
            .await;
        page.wait_for_scene("the second future is back", |scene| {
            branches(scene)[1]["is_current"] == true
        })
        .await;
        page.text(&button("branch 2 of 2")).await;
    });
}

#[test]
fn the_tracks_tell_of_what_was_just_done_also_while_the_run_plays() {
    play(async |page: &Page| {
        page.text(&button("Pause")).await;
        crash(page, 2).await;
        page.wait_for_scene("the time bar tells of it", |scene| {
            scene["tracks"].to_string().contains("broker 2 killed")
        })
        .await;
        page.text(&button("Pause")).await;
    });
}

/// From the new leader through the chain of causes to the moment of the kill, and one step back.
async fn go_before_the_kill(page: &Page, broker: u64) {
    ask_why(page, "//button[starts-with(@aria-label, 'leader of p0:')]").await;
    page.click(&format!(
        "{CAUSES}[contains(., 'you killed broker {broker}')]"
    ))
    .await;
    page.wait_for_scene("the moment of the kill", |scene| {
        scene["brokers"][broker as usize - 1]["status"] == "down"
    })
    .await;
    page.click_button("One step back").await;
    page.wait_for_scene("the broker lives again", |scene| {
        scene["brokers"][broker as usize - 1]["status"] == "up"
    })
    .await;
}

async fn produce_instead(page: &Page) {
    page.click_button("Produce a record").await;
    page.text("//dialog[@open]").await;
    page.type_over("abc").await;
    page.click("//dialog[@open]//button[normalize-space()='Send']")
        .await;
    page.wait_for_scene("the record is in a log", |scene| {
        !records_of_key(scene, "abc").is_empty()
    })
    .await;
}

fn branches(scene: &Value) -> Vec<Value> {
    scene["branches"].as_array().cloned().expect("a list")
}
