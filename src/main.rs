//! The page: shows panics and mounts the app.

use highwater::platform::{broken, browser};

fn main() {
    std::panic::set_hook(Box::new(|info| {
        console_error_panic_hook::hook(info);
        let message = info.payload_as_str().unwrap_or_default();
        let place = info.location().map_or("", |place| place.file());
        // Without the folders of the machine that built it.
        let place = place.rsplit('/').next().unwrap_or(place);
        broken::show(&[message, "\nin ", place].concat());
    }));
    broken::watch_errors();
    browser::reserve_memory();
    let page = browser::standing(".page");
    leptos::mount::mount_to(page, highwater::ui::app::App).forget();
}
