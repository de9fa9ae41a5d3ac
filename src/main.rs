//! The page: shows panics and mounts the app.

use highwater::platform::{broken, browser, parts};

fn main() {
    std::panic::set_hook(Box::new(|info| {
        console_error_panic_hook::hook(info);
        broken::show(info.payload_as_str().unwrap_or_default());
    }));
    broken::watch_errors();
    parts::hand_over();
    browser::reserve_memory();
    let page = browser::standing(".page");
    leptos::mount::mount_to(page, highwater::ui::app::App).forget();
}
