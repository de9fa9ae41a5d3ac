//! What glides, looked at in the middle of its way: every animation is held at a moment and measured
//! there, so that no test depends on how fast a machine is.

use highwater_browser_tests::page::{Page, button};
use highwater_browser_tests::play::play;
use serde_json::{Value, json};

use crate::audit::screens::FIRST_MOMENT;
use crate::person::{await_other_leader, crash};

/// What the scripts below share: holds every animation at a moment, and looks at the parts of the stage.
const HOLD: &str = "
    const stage = document.querySelector('.stage__content .stage__parts');
    const frame = () => new Promise((go) => requestAnimationFrame(go));
    const all = (kinds) => [...stage.querySelectorAll(`:scope > :not(.stage__leaving) > :is(${kinds})`)];
    const box = (it) => it.getBoundingClientRect();
    const sight = (it) => Number(getComputedStyle(it).opacity);
    const hold = (moment) => document.getAnimations().forEach((it) => {
        it.pause();
        it.currentTime = moment;
    });
    // What stands in one row from left to right, each after the last.
    const runOver = (parts) => {
        const rows = Map.groupBy(parts, (it) => Math.round(box(it).y));
        return [...rows.values()].flatMap((row) => row
            .toSorted((one, other) => box(one).x - box(other).x)
            .filter((it, at) => at > 0 && box(row[at - 1]).right > box(it).x + 2)
            .map((it) => it.ariaLabel ?? it.innerText));
    };
";

/// Chooses what `arguments[0]` names, with the focus on it as a person has it, and looks at each tenth of the
/// way: how thick a rail is, how far records of a log stand from where they go, which words are
/// read too early, whether there is anything to see.
const GLIDE: &str = "
    const chosen = [...document.querySelectorAll('main button')]
        .find((it) => (it.ariaLabel ?? it.innerText) === arguments[0]);
    chosen.focus();
    chosen.click();
    // To lay out another arrangement takes long on a slow machine.
    const end = performance.now() + 700;
    await frame();
    while (performance.now() < end);
    await frame();
    await frame();
    const seen = { moments: [], tweens: stage.dataset.tweens };
    const logs = () => Map.groupBy(all('.cell'), (it) => it.parentElement);
    for (const moment of [0, 40, 80, 120, 160, 200, 240, 280, 320, 360, 399]) {
        hold(moment);
        seen.moments.push({
            moment,
            thickest: Math.max(...all('.rail').map((it) => Math.min(box(it).width, box(it).height))),
            early: all('.isr, .role, .fact, .words, .heading, .room, .frame-head').filter((it) => sight(it) > 0).length,
            old: [...stage.querySelectorAll('.stage__leaving')].map(sight)[0] ?? 0,
            ground: Math.max(...all('.water').map(sight)),
            cells: all('.cell').filter((it) => sight(it) > 0.5).length,
            overrun: runOver(all('.offset').filter((it) => sight(it) > 0)),
            cut: all('.flag').filter((it) => it.scrollWidth > it.clientWidth + 1).map((it) => it.innerText),
            places: all('.cell').map((it) => [it.ariaLabel, box(it).y]),
        });
    }
    document.getAnimations().forEach((it) => it.finish());
    seen.ends = all('.cell').map((it) => [it.ariaLabel, box(it).y]);
    return seen;
";

async fn glide(page: &Page, chosen: &str) -> Value {
    let script = format!("{HOLD}{GLIDE}");
    let seen = page.eval_with(&script, vec![json!(chosen)]).await;
    assert_eq!(seen["tweens"], "scene", "{chosen}");
    seen
}

/// How far the records of the opened partition still have to go, by the log's broker.
fn distances(seen: &Value, moment: &Value) -> Vec<(String, i64)> {
    let list = |it: &Value| it.as_array().cloned().unwrap_or_default();
    let places = list(&moment["places"]).into_iter().zip(list(&seen["ends"]));
    let opened = places.filter(|(it, _)| it[0].as_str().is_some_and(|it| it.contains("p1, ")));
    let distances = opened.map(|(place, end)| {
        assert_eq!(place[0], end[0]);
        let name = place[0].as_str().unwrap_or_default();
        let broker = name.split(", ").find(|it| it.starts_with("broker"));
        let y = |it: &Value| it[1].as_f64().unwrap_or_default();
        let distance = (y(&place) - y(&end)).round() as i64;
        (broker.unwrap_or(name).to_owned(), distance)
    });
    distances.collect()
}

fn assert_is_calm(seen: &Value) {
    let moments = seen["moments"].as_array().expect("a list");
    let mut is_on_its_way = false;
    for moment in moments {
        let number = |name: &str| moment[name].as_f64().unwrap_or_default();
        let case = &moment["moment"];
        assert!(number("thickest") <= 4.0, "a rail swells: {moment}");
        assert_eq!(moment["early"], 0, "words come before the logs: {moment}");
        assert_eq!(moment["overrun"], json!([]), "at {case}");
        assert_eq!(moment["cut"], json!([]), "at {case}");
        let is_seen = number("old") > 0.0 || number("ground") > 0.0;
        assert!(is_seen || number("cells") > 5.0, "all is blank: {moment}");
        let mut distances = distances(seen, moment);
        distances.dedup();
        let mut logs: Vec<_> = distances.iter().map(|(log, _)| log).collect();
        logs.dedup();
        assert_eq!(
            logs.len(),
            distances.len(),
            "a log comes apart at {case}: {distances:?}"
        );
        is_on_its_way |= distances.iter().any(|(_, distance)| distance.abs() > 20);
    }
    let begins = &moments[0];
    assert_eq!(begins["old"], 1.0, "what was there goes at once: {begins}");
    assert!(is_on_its_way, "nothing glides");
}

#[test]
fn from_the_cluster_into_a_partition_and_back_logs_glide_and_nothing_else() {
    for (width, height) in [(1280, 720), (1920, 1080)] {
        for moment in [FIRST_MOMENT, LONG_LOGS] {
            play(async |page: &Page| {
                page.set_size(width, height).await;
                page.run_to_step(moment).await;
                assert_is_calm(&glide(page, "open p1").await);
                page.text(&button("Back to the cluster")).await;
                page.eval(SETTLED).await;
                assert_is_calm(&glide(page, "Back to the cluster").await);
                page.text("//main//*[normalize-space()='producers']").await;
                // What was in the other arrangement is gone for good, too.
                page.wait_for("it is gone", async || {
                    let left = page.eval("return document.querySelector('.stage__leaving')");
                    left.await.is_null().then_some(())
                })
                .await;
            });
        }
    }
}

/// A moment at which logs are folded.
const LONG_LOGS: u64 = 700;

/// Until nothing glides any more, and the page has heard of it.
const SETTLED: &str = "
    do {
        await new Promise((go) => requestAnimationFrame(go));
    } while (document.querySelector('.stage__leaving'));
";

/// Waits until a log that is shown moves for a new record, holds it on its way, and says what does not
/// move as one, or runs over something else.
const FOLD: &str = "
    const moves = () => document.getAnimations().filter((it) => it.transitionProperty === 'translate'
        && it.effect.target.matches('.cell') && it.playState === 'running');
    const end = performance.now() + 20000;
    while (moves().length < 3) {
        if (performance.now() > end) return null;
        await frame();
    }
    const seen = [];
    for (const moment of [0, 30, 60, 120, 180]) {
        hold(moment);
        const logBars = Map.groupBy(all('.log-bar'), (it) => Math.round(box(it).y + box(it).height / 2));
        for (const pieces of logBars.values()) {
            const of = (state) => pieces.find((it) => it.dataset.state.includes(state));
            const [water, edge] = [of('water'), of('edge')];
            if (water && edge && Math.abs(box(water).right - box(edge).right) > 3)
                seen.push(`${moment}: a bar apart from its water`);
        }
        for (const bar of all('.bar')) {
            const waters = all('.water').filter((it) => it.parentElement === bar.parentElement);
            const distance = Math.min(...waters.map((it) => Math.abs(box(it).right - box(bar).right)));
            if (distance > 4) seen.push(`${moment}: a bar ${distance} pixels from its water`);
        }
        for (const it of runOver(all('.cell'))) seen.push(`${moment}: ${it} runs over another record`);
        for (const it of runOver(all('.offset'))) seen.push(`${moment}: offset ${it} runs over another`);
        const words = all('.fact, .heading').filter((it) => sight(it) > 0 && it.innerText);
        for (const it of runOver(words)) seen.push(`${moment}: ${it} runs over other words`);
        for (const flag of all('.flag')) {
            for (const it of words.filter((it) => Math.abs(box(it).y - box(flag).y) < 12)) {
                const isApart = box(it).right <= box(flag).x + 2 || box(flag).right <= box(it).x + 2;
                if (!isApart) seen.push(`${moment}: the flag covers ${it.innerText}`);
            }
        }
    }
    document.getAnimations().forEach((it) => it.finish());
    return seen;
";

#[test]
fn a_log_that_moves_for_a_new_record_moves_as_a_whole() {
    for (width, height) in [(390, 844), (1280, 720)] {
        play(async |page: &Page| {
            page.set_size(width, height).await;
            page.run_to_step(LONG_LOGS - 140).await;
            page.press(' ').await;
            for _ in 0..4 {
                let seen = page.eval(&format!("{HOLD}{FOLD}")).await;
                assert_eq!(seen, json!([]), "{width}");
            }
        });
    }
}

#[test]
fn who_asks_for_less_motion_sees_nothing_glide() {
    play(async |page: &Page| {
        let less = json!({ "features": [{ "name": "prefers-reduced-motion", "value": "reduce" }] });
        page.devtools("Emulation.setEmulatedMedia", less).await;
        page.set_size(390, 844).await;
        page.run_to_step(FIRST_MOMENT).await;
        page.text("//*[@data-flights='still']").await;
        let script = format!(
            "{HOLD}
            document.querySelector('.stage__content button[aria-label^=\"p2 \"]').click();
            await frame();
            await frame();
            return [document.getAnimations().length, stage.querySelectorAll('.stage__leaving').length];"
        );
        assert_eq!(page.eval(&script).await, json!([0, 0]));
    });
}

/// Notes how parts get to their places from now on.
const TWEENS: &str = "
    const stage = document.querySelector('.stage__content .stage__parts');
    window.tweens = [];
    new MutationObserver(() => window.tweens.push(stage.dataset.tweens))
        .observe(stage, { attributeFilter: ['data-tweens'] });";

/// Notes what changes in time from now on, and what of it.
const GLIDED: &str = "
    window.glided = new Set();
    document.addEventListener('transitionrun', (event) => window.glided.add(`${event.target.className} ${event.propertyName}`));";

#[test]
fn replicas_trade_places_on_a_telephone_as_from_one_arrangement_to_the_other() {
    play(async |page: &Page| {
        page.set_size(390, 844).await;
        crash(page, 1).await;
        page.text("//main//*[contains(., 'until fenced')]").await;
        page.eval(TWEENS).await;
        page.eval(GLIDED).await;
        page.click_button("Let 9 seconds pass").await;
        await_other_leader(page, 1, 1).await;
        page.wait_for("their names go along with them", async || {
            let glided = page.eval("return [...window.glided]").await;
            glided
                .as_array()?
                .contains(&json!("heading translate"))
                .then_some(())
        })
        .await;
        page.wait_for("they trade places", async || {
            let seen = page.eval("return window.tweens").await;
            seen.as_array()?.contains(&json!("scene")).then_some(())
        })
        .await;
        page.text(&button("leader of p1: broker 2")).await;
    });
}
