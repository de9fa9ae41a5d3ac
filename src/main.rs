//! The page: shows panics and mounts the app.

use highwater::platform::{broken, browser};

fn main() {
    std::panic::set_hook(Box::new(|info| {
        console_error_panic_hook::hook(info);
        broken::show(&info.to_string());
    }));
    broken::watch_errors();
    browser::reserve_memory();
    leptos::mount::mount_to_body(highwater::ui::app::App);
}
