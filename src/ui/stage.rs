//! The stage: brokers as columns, partitions as rows, records as cells, messages in between.

use leptos::html::{Canvas, Main};
use leptos::prelude::*;

use crate::platform::browser;
use crate::ui::painter::board;
use crate::ui::session::SessionHandle;
use crate::view::picture::height;

/// Below the lowest part.
const BELOW: i32 = 4;

/// The stage. Messages are drawn on `canvas`.
#[component]
pub fn Stage(session: SessionHandle, canvas: NodeRef<Canvas>) -> impl IntoView {
    let shown = session.shown();
    let frame = NodeRef::<Main>::new();
    Effect::new(move |_| {
        if let Some(element) = frame.get() {
            browser::watch_size(&element, move |size| session.resize(size));
        }
    });
    let size = move || {
        let layout = shown.layout.read();
        let drawn = height(&shown.stage.read(), BELOW);
        let height = drawn.max(layout.content_height);
        format!("width:{}px;height:{height}px", layout.content_width)
    };
    let tweens = move || {
        if shown.playing.read().has_tweens {
            "on"
        } else {
            "off"
        }
    };
    let parts = board(session, shown.stage, "stage__parts", "the cluster");
    view! {
        <main class="stage" node_ref=frame data-tweens=tweens>
            <div class="stage__content" style=size>
                {parts}
                <canvas class="stage__canvas" node_ref=canvas aria-hidden="true"></canvas>
            </div>
        </main>
    }
}
