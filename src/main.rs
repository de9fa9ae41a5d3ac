//! The page: hooks panics up and mounts the app.

fn main() {
    console_error_panic_hook::set_once();
    leptos::mount::mount_to_body(highwater::ui::app::App);
}
