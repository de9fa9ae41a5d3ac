//! The play head's own controls.

use leptos::ev::{KeyboardEvent, MouseEvent};
use leptos::html::{Canvas, Input};
use leptos::prelude::*;
use web_sys::HtmlInputElement;

use crate::player::Speed;
use crate::ui::painter::board;
use crate::ui::session::SessionHandle;
use crate::ui::time_bar::Pointed;
use crate::view::lists::progress;
use crate::view::time_bar::TimeScale;

/// How fine the slider is, in microseconds.
const SLIDER_STEP_US: u64 = 1000;

/// Said while the run can't keep up.
const LATE: &str = "This machine can’t keep up with the chosen speed: time goes slower.";
/// The same in place of the speed.
const LATE_SHORT: &str = "slower than chosen";

/// Buttons, clock, tracks and speed. The tracks are drawn on `canvas`.
#[component]
pub fn Transport(session: SessionHandle, canvas: NodeRef<Canvas>) -> impl IntoView {
    let shown = session.shown();
    let head = shown.head;
    let playing = move || {
        if shown.playing.read().is_playing {
            "on"
        } else {
            "off"
        }
    };
    let clock = move || head.read().clock.clone();
    let place = board(session, shown.place, "place", "branch and present");
    view! {
        <section class="transport" aria-label="time" data-playing=playing>
            <div class="transport__buttons">
                {button("Before the last turning point", ": Shift ←", "start", move || {
                    session.skip_back();
                })}
                {button("One step back", ": ←", "back", move || session.step_back())}
                {play_button(session)}
                {button("One step", ": →", "step", move || session.step())}
                {button("To the next turning point", ": Shift →", "next", move || {
                    session.skip_ahead();
                })}
            </div>
            <div class="transport__clock">
                <strong>{clock}</strong>
                {speeds(session)}
                <span>{move || progress(&head.read())}</span>
                <span class="hidden" role="status">
                    {move || if shown.is_late.get() { LATE } else { "" }}
                </span>
                {place}
            </div>
            <div class="transport__tracks">
                <canvas node_ref=canvas aria-hidden="true"></canvas>
                {slider(session)}
            </div>
        </section>
    }
}

/// A round button; `key` is what does the same, `sign` the class of its picture.
fn button(
    name: &'static str,
    key: &'static str,
    sign: &'static str,
    act: impl Fn() + 'static,
) -> AnyView {
    let (class, title) = (["sign sign--", sign].concat(), [name, key].concat());
    view! { <button class=class aria-label=name title=title on:click=move |_| act()></button> }
        .into_any()
}

fn play_button(session: SessionHandle) -> AnyView {
    let playing = session.shown().playing;
    let name = move || {
        if playing.read().is_playing {
            "Pause"
        } else {
            "Play"
        }
    };
    view! {
        <button
            class="sign sign--play"
            aria-label=name
            title="Play or pause: Space"
            on:click=move |_| session.toggle()
        ></button>
    }
    .into_any()
}

fn steps(session: SessionHandle) -> String {
    let shown = session.shown();
    let head = shown.head.read();
    let known = head.known_steps.max(head.step);
    format!("step {} of {known}", head.step)
}

/// The play head as a slider over all tracks.
fn slider(session: SessionHandle) -> AnyView {
    let shown = session.shown();
    let head = shown.head;
    let scale = move || {
        let head = head.read();
        TimeScale::new(head.known_us, 0).zoomed(shown.zoom.get(), head.now_us)
    };
    let least = move || (scale().from_us / SLIDER_STEP_US).to_string();
    let most = move || ((scale().from_us + scale().span_us) / SLIDER_STEP_US).to_string();
    let value = move || (head.read().now_us / SLIDER_STEP_US).to_string();
    let words = move || format!("{}, {}", head.read().clock, steps(session));
    let seek = move |event| {
        // Wherever it is put: `step=any` lets it stand between two whole numbers. The browser reads
        // the number, which in Rust would take 14 kB.
        let moment = event_target::<HtmlInputElement>(&event).value_as_number();
        let us = (moment * SLIDER_STEP_US as f64) as u64;
        // Read beforehand, as in `steer`.
        let known_us = head.read_untracked().known_us;
        session.seek_to_moment(us.min(known_us));
    };
    let input = NodeRef::<Input>::new();
    view! {
        <input
            node_ref=input
            class="transport__slider"
            type="range"
            min=least
            step="any"
            max=most
            prop:value=value
            aria-label="play head"
            aria-valuetext=words
            on:input=seek
            on:mousedown=move |event| press(session, input, &event)
            on:mousemove=move |event| hover(session, input, &event)
            on:keydown=move |event| steer(session, &event)
        />
    }
    .into_any()
}

/// With the keys it goes step by step: many steps share a moment.
fn steer(session: SessionHandle, event: &KeyboardEvent) {
    if event.shift_key() {
        return;
    }
    match event.key().as_str() {
        "ArrowLeft" | "ArrowDown" => session.step_back(),
        "ArrowRight" | "ArrowUp" => session.step(),
        "Home" => session.seek(0),
        "End" => {
            // Read beforehand: a guard that lived on while the session sets the signal would end
            // all.
            let known_steps = session.shown().head.read_untracked().known_steps;
            session.seek(known_steps);
        }
        _ => return,
    }
    event.prevent_default();
}

fn pointed(session: SessionHandle, input: NodeRef<Input>, event: &MouseEvent) -> Option<Pointed> {
    let input = input.get_untracked()?;
    let size = (input.client_width(), input.client_height());
    session.mark_under((event.offset_x(), event.offset_y()), size)
}

/// A mark under the pointer is gone to; elsewhere the play head is taken along.
fn press(session: SessionHandle, input: NodeRef<Input>, event: &MouseEvent) {
    let Some(pointed) = pointed(session, input, event) else {
        return;
    };
    session.shown().track.set(pointed.track);
    if let Some(branch) = pointed.branch {
        event.prevent_default();
        session.switch_branch(branch);
    }
    if let Some(us) = pointed.at_us {
        event.prevent_default();
        session.seek_to_moment(us);
    }
}

/// What a mark says is its title.
fn hover(session: SessionHandle, input: NodeRef<Input>, event: &MouseEvent) {
    if let (Some(pointed), Some(input)) = (pointed(session, input, event), input.get_untracked()) {
        input.set_title(&pointed.words);
    }
}

/// The speed in words, over which the list of all speeds lies; why time stands still, if it does.
fn speeds(session: SessionHandle) -> AnyView {
    let playing = session.shown().playing;
    let speed = move || playing.read().speed;
    let options: String = (0..Speed::ALL.len())
        .map(|index| {
            let speed = Speed::at(index);
            format!("<option value={index}>{speed}: {}</option>", speed.words())
        })
        .collect();
    let set_speed = move |event| {
        if let Ok(index) = event_target_value(&event).parse() {
            session.set_speed(index);
        }
    };
    let is_late = session.shown().is_late;
    let words = move || {
        let playing = *playing.read();
        match (playing.is_playing, playing.is_stopped) {
            (true, _) if playing.is_still => "a picture each 5 s".to_owned(),
            _ if playing.is_still => "pictures, no motion".to_owned(),
            (true, _) if is_late.get() => LATE_SHORT.to_owned(),
            (true, _) => playing.speed.words(),
            (false, true) => "stopped: a rule broke".to_owned(),
            (false, false) => "paused".to_owned(),
        }
    };
    view! {
        <label class="speed">
            <span class="hidden">"speed"</span>
            <span class="speed__words">{words}</span>
            <span class="speed__factor">{move || speed().to_string()}</span>
            <select
                on:change=set_speed
                inner_html=options
                prop:value=move || speed().index().to_string()
            ></select>
        </label>
    }
    .into_any()
}
