//! A broker's files, taken away from the page.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use highwater_browser_tests::page::Page;
use highwater_browser_tests::play::play;
use highwater_browser_tests::webdriver::key;
use serde_json::json;

use crate::person::choose;

/// A folder of this test's own, empty, into which the browser saves.
async fn saves_into(page: &Page, name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    if folder.exists() {
        fs::remove_dir_all(&folder).expect("the test's own folder can be removed");
    }
    fs::create_dir_all(&folder).expect("the test's own folder can be made");
    let behavior = json!({ "behavior": "allow", "downloadPath": folder });
    page.devtools("Browser.setDownloadBehavior", behavior).await;
    folder
}

async fn saved(page: &Page, file: PathBuf) -> PathBuf {
    page.wait_for("the file is there", async || file.exists().then_some(()))
        .await;
    file
}

#[test]
fn a_brokers_data_directory_is_saved_as_an_archive_that_tar_opens() {
    play(async |page: &Page| {
        let folder = saves_into(page, "directory").await;
        page.run_to_step(480).await;
        page.click("//main//button[starts-with(@aria-label, 'broker 2')]")
            .await;
        choose(page, "Save its data directory").await;
        let file = saved(page, folder.join("broker-2.tar")).await;
        let listed = Command::new("tar").arg("-tf").arg(file).output();
        let listed = listed.expect("every system has tar");
        assert!(listed.status.success());
        let names = String::from_utf8_lossy(&listed.stdout).into_owned();
        for name in [
            "replication-offset-checkpoint\n",
            "orders-1/00000000000000000000.log\n",
            "orders-1/leader-epoch-checkpoint\n",
        ] {
            assert!(names.contains(name), "{names}");
        }
    });
}

#[test]
fn the_segment_of_a_batch_is_saved_with_the_keyboard_and_has_its_bytes() {
    play(async |page: &Page| {
        let folder = saves_into(page, "segment").await;
        page.run_to_step(480).await;
        page.click("//main//button[contains(@aria-label, 'offset 2')]")
            .await;
        choose(page, "See its bytes").await;
        page.text("//dialog[@open]//h2[contains(., 'offset 2')]")
            .await;
        page.tab_to("button", "Save this segment").await;
        page.press(key::ENTER).await;
        let file = saved(page, folder.join("00000000000000000000.log")).await;
        let shown =
            "return document.querySelector('.anatomy__bytes').textContent.replace(/\\s/g, '')";
        let shown = page.eval(shown).await;
        let shown = shown.as_str().expect("digits").to_owned();
        let bytes = fs::read(file).expect("it was saved");
        let digits: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        assert!(digits.contains(&shown), "{shown} in {digits}");
    });
}
