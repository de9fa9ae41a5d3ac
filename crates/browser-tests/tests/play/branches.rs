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
fn who_does_otherwise_is_answered_the_same_question_as_soon_as_it_comes_up_again() {
    play(async |page: &Page| {
        pause(page).await;
        crash(page, 1).await;
        page.click_button("Let 9 seconds pass").await;
        page.click_button("Why broker 2?").await;
        page.text(&format!("{CAUSES}[contains(., 'you killed broker 1')]"))
            .await;
        page.click_button("Branch: stop it cleanly instead").await;
        page.text(&format!("{CAUSES}[contains(., 'you shut broker 1 down')]"))
            .await;
        let scene = page.scene().await;
        assert_eq!(scene["partitions"][1]["leader"], 2);
        assert_eq!(branches(&scene).len(), 2);
    });
}

#[test]
fn an_election_that_is_waited_for_is_seen_coming_and_leaves_no_future_behind() {
    play(async |page: &Page| {
        crash(page, 1).await;
        page.click_button("Let 9 seconds pass").await;
        await_other_leader(page, 1, 1).await;
        page.text(&button("Pause")).await;
        let scene = page.scene().await;
        assert_eq!(step(&scene), scene["head"]["known_steps"]);
        page.click_button("Restart broker 1").await;
        page.wait_for_scene("it starts", |scene| scene["brokers"][0]["status"] != "down")
            .await;
        assert_eq!(branches(&page.scene().await).len(), 1, "nothing was left");
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
