//! The stage: brokers as columns, partitions as rows, records as cells, messages in between.

use leptos::html::{Canvas, Div, Main};
use leptos::prelude::*;
use web_sys::HtmlElement;

use crate::platform::browser;
use crate::ui::painter::{STAGE, board};
use crate::ui::session::SessionHandle;
use crate::view::picture::height;

/// Below the lowest part.
const BELOW: i32 = 4;
/// The stage. Messages are drawn on `canvas`.
#[component]
pub fn Stage(session: SessionHandle, canvas: NodeRef<Canvas>) -> impl IntoView {
    let shown = session.shown();
    let frame = NodeRef::<Main>::new();
    let content = NodeRef::<Div>::new();
    Effect::new(move |_| {
        if let Some(element) = frame.get() {
            browser::watch_size(&element, move |size| session.resize(size));
        }
    });
    fit(session, frame, content);
    let scroll = move |_| {
        if let Some(element) = frame.get_untracked() {
            session.scroll(element.scroll_top());
        }
    };
    let arrangement = move || shown.layout.read().name();
    let captions = shown.captions;
    let before = board(session, shown.before, STAGE, "the cluster before");
    let parts = board(session, shown.stage, STAGE, "the cluster");
    view! {
        <main
            class="stage"
            node_ref=frame
            data-level=arrangement
            on:scroll=scroll
        >
            <div
                class="stage__before"
                inert
                data-when="before"
                data-caption=move || captions.read()[0].clone()
                hidden=move || shown.before.read().is_empty()
            >
                {before}
            </div>
            <div
                class="stage__content"
                data-when="after"
                data-caption=move || captions.read()[1].clone()
                node_ref=content
            >
                {parts}
                <canvas class="stage__canvas" node_ref=canvas aria-hidden="true"></canvas>
            </div>
        </main>
    }
}

/// Gives the content the room that its parts take, and says where pictures that stand still lie.
fn fit(session: SessionHandle, frame: NodeRef<Main>, content: NodeRef<Div>) {
    let shown = session.shown();
    Effect::new(move |before: Option<String>| {
        let Some(element) = content.get() else {
            return String::new();
        };
        let layout = shown.layout.read();
        let drawn = height(&shown.stage.read(), BELOW);
        let height = drawn.max(layout.content_height);
        let size = format!("width:{}px;height:{height}px", layout.content_width);
        if before.as_ref() != Some(&size) {
            HtmlElement::style(&element).set_css_text(&size);
            if let Some(frame) = frame.get_untracked() {
                let first = layout.inside.stacked();
                let style = HtmlElement::style(&frame);
                for (name, size) in [
                    ("--picture-title", layout.measures.top),
                    ("--picture-top", first.top),
                    ("--picture-cut", first.cut),
                    ("--picture-height", first.height),
                ] {
                    // The properties are well-formed.
                    let _ = style.set_property(name, &format!("{size}px"));
                }
            }
        }
        size
    });
}
