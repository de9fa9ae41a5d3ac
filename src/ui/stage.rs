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
/// The height of a picture's caption.
const CAPTION: i32 = 24;

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
    let tweens = move || shown.playing.read().tweens;
    let arrangement = move || shown.layout.read().name();
    let captions = shown.captions;
    let before = board(session, shown.before, STAGE, "the cluster before");
    let parts = board(session, shown.stage, STAGE, "the cluster");
    view! {
        <main
            class="stage"
            node_ref=frame
            data-tweens=tweens
            data-level=arrangement
            on:scroll=scroll
        >
            <div
                class="stage__before"
                inert
                data-caption=move || captions.read()[0].clone()
                hidden=move || shown.before.read().is_empty()
            >
                {before}
            </div>
            <div
                class="stage__content"
                data-caption=move || captions.read()[1].clone()
                node_ref=content
            >
                {parts}
                <canvas class="stage__canvas" node_ref=canvas aria-hidden="true"></canvas>
            </div>
        </main>
    }
}

/// Gives the content the room that its parts take, and the picture before as much. Of two pictures one
/// below the other, only the second tells what stands above the replicas: there it can be chosen.
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
                let head = layout.inside.flag.y - CAPTION;
                let style = HtmlElement::style(&frame);
                for (name, size) in [("--picture-height", height), ("--picture-head", head)] {
                    // The properties are well-formed.
                    let _ = style.set_property(name, &format!("{size}px"));
                }
            }
        }
        size
    });
}
