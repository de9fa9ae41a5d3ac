//! A broker dies.

use highwater_browser_tests::page::Page;
use highwater_browser_tests::play::play;

use crate::person::{CAUSES, PANEL, ask_why, await_other_leader, crash, leader, pause, set_speed};

const PARTITION: usize = 1;

#[test]
fn the_partition_of_a_killed_leader_gets_another_one_and_why_leads_back_to_the_click() {
    play(async |page: &Page| {
        let former = leader(&page.scene().await, PARTITION).expect("it is led");
        page.text(&leader_button(former)).await;
        crash(page, former).await;
        page.wait_for_scene("the process is gone", |scene| {
            scene["brokers"][former as usize - 1]["status"] == "down"
        })
        .await;
        set_speed(page, "×4").await;
        let next = await_other_leader(page, PARTITION, former).await;
        pause(page).await;

        ask_why(page, &leader_button(next)).await;
        let causes = page
            .wait_for("a chain of causes", async || {
                let causes = page.texts(CAUSES).await;
                (!causes.is_empty()).then_some(causes)
            })
            .await;
        let fenced = format!("the controller fenced broker {former}");
        assert!(
            causes.iter().any(|cause| cause.contains(&fenced)),
            "{causes:#?}"
        );
        let kill = format!("you killed broker {former}, kill -9");
        assert!(
            causes.iter().any(|cause| cause.contains(&kill)),
            "{causes:#?}"
        );

        let question = page
            .text(&format!("{PANEL}//*[contains(@class, 'question')]"))
            .await;
        let stamps = page
            .texts(&format!("{PANEL}//*[contains(@class, 'stamp')]"))
            .await;
        let root = stamps.last().expect("the kill has a time");
        let waited_ms = clock_ms(&question) - clock_ms(root);
        // broker.session.timeout.ms is 9 s, counted from the last heartbeat, at most 2 s before;
        // the controller looks for stale brokers only now and then.
        assert!(
            (7_000..=10_200).contains(&waited_ms),
            "another leader after {waited_ms} ms: {question}"
        );
    });
}

fn leader_button(broker: u64) -> String {
    format!("//button[@aria-label='leader of p{PARTITION}: broker {broker}']")
}

/// The first clock `00:04.250` in a line, in milliseconds.
fn clock_ms(line: &str) -> i64 {
    let number = |text: &str| text.parse::<i64>().ok();
    let clock = |word: &str| {
        let (minutes, seconds) = word.trim_end_matches(',').split_once(':')?;
        let (seconds, millis) = seconds.split_once('.')?;
        Some((number(minutes)? * 60 + number(seconds)?) * 1000 + number(millis)?)
    };
    let found = line.split_whitespace().find_map(clock);
    found.unwrap_or_else(|| panic!("no clock in {line:?}"))
}
