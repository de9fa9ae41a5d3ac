//! The page: shows panics and mounts the app.

use highwater::platform::{broken, browser, parts};
use highwater::ui::app::page;
use highwater::ui::session::Opening;

fn main() {
    std::panic::set_hook(Box::new(|info| {
        console_error_panic_hook::hook(info);
        broken::show(info.payload_as_str().unwrap_or_default());
    }));
    broken::watch_errors();
    parts::hand_over();
    browser::reserve_memory();
    browser::in_short_tasks(Opening::begin(), Opening::go_on, |opening| {
        let place = browser::standing(".page");
        leptos::mount::mount_to(place, move || page(opening)).forget();
    });
}
