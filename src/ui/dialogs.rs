//! The one window in which forms are filled in.

use js_sys::Reflect;
use leptos::ev::{Event, KeyboardEvent, SubmitEvent};
use leptos::html::{Dialog, Form};
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::{
    Element, FormData, HtmlDialogElement, HtmlElement, HtmlFormElement, HtmlInputElement,
    MouseEvent,
};

use crate::platform::files;
use crate::ui::session::SessionHandle;

/// The form that is open. It is closed while it has no markup.
#[component]
pub fn FormBox(session: SessionHandle) -> impl IntoView {
    let markup = session.shown().form;
    let (dialog, form) = (NodeRef::<Dialog>::new(), NodeRef::<Form>::new());
    Effect::new(move |_| {
        let markup = markup.read();
        if let (Some(dialog), Some(form)) = (dialog.get(), form.get()) {
            show(&dialog, &form, &markup);
        }
    });
    Effect::new(move |_| show_preview(session, form));
    let send = move |event: SubmitEvent| {
        event.prevent_default();
        let target = event.target().and_then(|it| it.dyn_into().ok());
        let data = target.and_then(|form: HtmlFormElement| FormData::new_with_form(&form).ok());
        if let Some(data) = data {
            session.send_form(&|name| data.get(name).as_string().unwrap_or_default());
        }
    };
    let hurry = move |event: KeyboardEvent| {
        let is_quick = event.ctrl_key() || event.meta_key() || sends_at_once(&event);
        if event.key() == "Enter"
            && is_quick
            && let Some(form) = form.get_untracked()
        {
            event.prevent_default();
            // A form on the page can always be sent.
            let _ = form.request_submit();
        }
    };
    let cancel = move |event: MouseEvent| {
        if is_on(&event, "button[data-save]") {
            session.save_shown();
        } else if is_on(&event, "button[type=button]") {
            session.close_form();
        }
        choose_piece(form, &event);
    };
    view! {
        <dialog
            class="dialog dialog--form"
            node_ref=dialog
            aria-labelledby="form-title"
            on:close=move |_| session.close_form()
        >
            <form
                node_ref=form
                novalidate
                on:submit=send
                on:keydown=hurry
                on:click=cancel
                on:change=move |event| on_change(session, form, &event)
                on:input=move |event| on_input(session, form, &event)
            ></form>
        </dialog>
    }
}

/// Shows what follows from the fields.
fn show_preview(session: SessionHandle, form: NodeRef<Form>) {
    let preview = session.shown().preview;
    let preview = preview.read();
    if let Some(form) = form.get()
        && let Ok(Some(output)) = form.query_selector(".preview")
    {
        output.set_inner_html(&preview);
    }
}

/// Not every browser says of a choice that it is input.
fn on_change(session: SessionHandle, form: NodeRef<Form>, event: &Event) {
    read_chosen_file(form, event);
    if let Some(form) = form.get_untracked()
        && is_on(event, "select")
    {
        follow(session, &form, event);
    }
}

fn on_input(session: SessionHandle, form: NodeRef<Form>, event: &Event) {
    look_for(form, event);
    if let Some(form) = form.get_untracked() {
        link_bytes(&form);
        follow(session, &form, event);
    }
}

/// Brings the window to a form's markup.
fn show(dialog: &HtmlDialogElement, form: &HtmlFormElement, markup: &str) {
    if markup.is_empty() {
        dialog.close();
        return;
    }
    if dialog.open() && bring_to(form, markup) {
        return;
    }
    form.set_inner_html(markup);
    if !dialog.open() {
        // It refuses only while it is open already.
        let _ = dialog.show_modal();
    }
    let first = form.query_selector("[autofocus]").ok().flatten();
    if let Some(first) = first.and_then(|it| it.dyn_into::<HtmlElement>().ok()) {
        // An element of the page can always be asked to take the focus.
        let _ = first.focus();
        // Who types at once writes anew, not behind what stands there as an example.
        if let Some(field) = first.dyn_ref::<HtmlInputElement>() {
            field.select();
        }
    }
}

/// Changes those parts of an open form that follow time, and says whether it is the same form that
/// is to be shown: focus and scrolling stay.
fn bring_to(form: &HtmlFormElement, markup: &str) -> bool {
    const LIVE: &str = ".dialog:has(.log__picture) [data-live], .next [data-live]";
    let Ok(next) = document().create_element("div") else {
        return false;
    };
    next.set_class_name("next");
    next.set_inner_html(markup);
    let title = |root: &Element| root.query_selector("h2").ok()??.text_content();
    let (Ok(shown), Ok(live)) = (form.query_selector_all(LIVE), next.query_selector_all(LIVE))
    else {
        return false;
    };
    if title(form) != title(&next) || shown.length() != live.length() || shown.length() == 0 {
        return false;
    }
    for index in 0..shown.length() {
        let element = |node: Option<web_sys::Node>| node?.dyn_into::<Element>().ok();
        if let (Some(shown), Some(live)) = (element(shown.item(index)), element(live.item(index))) {
            let html = live.inner_html();
            if shown.inner_html() != html {
                shown.set_inner_html(&html);
            }
        }
    }
    true
}

/// Whether Enter sends the form from here, though it could begin a line: not while Shift is held, and
/// not while letters are still put together.
fn sends_at_once(event: &KeyboardEvent) -> bool {
    !event.shift_key() && !event.is_composing() && is_on(event, "[data-enter]")
}

/// Lets the session know what was changed, and fills in what changes with it.
fn follow(session: SessionHandle, form: &HtmlFormElement, event: &Event) {
    let changed = event
        .target()
        .and_then(|it| it.dyn_into::<Element>().ok())
        .and_then(|field| field.get_attribute("name"));
    let (Some(changed), Ok(data)) = (changed, FormData::new_with_form(form)) else {
        return;
    };
    let read = |name: &str| data.get(name).as_string().unwrap_or_default();
    for (name, value) in session.change_form(&changed, &read) {
        let selector = ["[name='", name, "']"].concat();
        if let Ok(Some(field)) = form.query_selector(&selector) {
            // A field of the page can always be filled.
            let _ = Reflect::set(&field, &"value".into(), &value.into());
        }
    }
}

/// Whether an event happened on an element that `selector` names.
fn is_on(event: &Event, selector: &str) -> bool {
    let target = event.target().and_then(|it| it.dyn_into::<Element>().ok());
    target.is_some_and(|target| target.matches(selector).unwrap_or(false))
}

/// Chooses the field whose bytes were clicked on.
fn choose_piece(form: NodeRef<Form>, event: &MouseEvent) {
    let target = event.target().and_then(|it| it.dyn_into::<Element>().ok());
    let piece = target.and_then(|it| it.closest(".anatomy__bytes [data-piece]").ok().flatten());
    let number = piece.and_then(|piece| piece.get_attribute("data-piece"));
    let (Some(form), Some(number)) = (form.get_untracked(), number) else {
        return;
    };
    let selector = ["[type=radio][value='", &number, "']"].concat();
    let choice = form.query_selector(&selector).ok().flatten();
    if let Some(choice) = choice.and_then(|it| it.dyn_into::<HtmlElement>().ok()) {
        // Not by a click on it, which would come back to here. A choice of the page can always be
        // made, and asked to take the focus.
        let _ = Reflect::set(&choice, &"checked".into(), &true.into());
        let _ = choice.focus();
        link_bytes(&form);
    }
}

/// Marks the bytes of the field that is chosen.
fn link_bytes(form: &HtmlFormElement) {
    let chosen = form.query_selector("[type=radio]:checked").ok().flatten();
    let Some(number) = chosen.and_then(|it| it.get_attribute("value")) else {
        return;
    };
    let selector = [".anatomy__bytes [data-piece='", &number, "']"].concat();
    if let Ok(Some(former)) = form.query_selector(".anatomy__bytes [data-on]") {
        // The name is ours and well-formed, here and below.
        let _ = former.remove_attribute("data-on");
    }
    if let Ok(Some(bytes)) = form.query_selector(&selector) {
        let _ = bytes.set_attribute("data-on", "true");
    }
}

/// Puts the text of a chosen file into the field for text.
fn read_chosen_file(form: NodeRef<Form>, event: &Event) {
    let is_file = is_on(event, "[type=file]");
    let Some(form) = form.get_untracked().filter(|_| is_file) else {
        return;
    };
    let Ok(data) = FormData::new_with_form(&form) else {
        return;
    };
    files::read_file(&data.get("file"), move |text| {
        if let Ok(Some(field)) = form.query_selector("textarea") {
            field.set_text_content(Some(&text));
        }
    });
}

/// Shows only those fields whose words hold what is looked for.
fn look_for(form: NodeRef<Form>, event: &Event) {
    let is_search = is_on(event, "[type=search]");
    let Some(form) = form.get_untracked().filter(|_| is_search) else {
        return;
    };
    let sought = event_target_value(event).to_ascii_lowercase();
    let Ok(fields) = form.query_selector_all(".field") else {
        return;
    };
    for index in 0..fields.length() {
        let field = fields
            .item(index)
            .and_then(|it| it.dyn_into::<HtmlElement>().ok());
        if let Some(field) = field {
            let words = field
                .text_content()
                .unwrap_or_default()
                .to_ascii_lowercase();
            field.set_hidden(!words.contains(&sought));
        }
    }
}
