//! The screens, each with the way to it.

use highwater_browser_tests::page::Page;

use super::{ALL_SIZES, audit};
use crate::person::open_panel;

/// A moment of the first view with messages in flight and a record that is not committed.
pub(super) const FIRST_MOMENT: u64 = 480;

#[test]
fn first_sight() {
    audit(&ALL_SIZES, async |page: &Page| {
        page.run_to_step(FIRST_MOMENT).await;
    });
}

#[test]
fn the_panel() {
    audit(&ALL_SIZES, async |page: &Page| {
        page.run_to_step(FIRST_MOMENT).await;
        open_panel(page).await;
    });
}

#[test]
fn the_dialog_of_a_record() {
    audit(&ALL_SIZES, async |page: &Page| {
        dialog(page, "Produce a record").await;
    });
}

#[test]
fn the_dialog_of_brokers() {
    audit(&ALL_SIZES, async |page: &Page| {
        dialog(page, "Stop a broker").await;
    });
}

#[test]
fn the_dialog_of_a_consumer() {
    audit(&ALL_SIZES, async |page: &Page| {
        dialog(page, "Add a consumer").await;
    });
}

async fn dialog(page: &Page, name: &str) {
    page.run_to_step(FIRST_MOMENT).await;
    page.click_button(name).await;
    page.text("//dialog[@open]").await;
}
