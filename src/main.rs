//! The page: hooks panics up and mounts the app.

fn main() {
    console_error_panic_hook::set_once();
    highwater::platform::browser::reserve_memory();
    leptos::mount::mount_to_body(highwater::ui::app::App);
}
