//! The play head's own controls.

use leptos::prelude::*;

use crate::player::Speed;
use crate::ui::session::SessionHandle;

/// Buttons, clock, slider and speed.
#[component]
pub fn Transport(session: SessionHandle) -> impl IntoView {
    let shown = session.shown();
    let (head, playing) = (shown.head, shown.playing);
    let is_playing = move || playing.read().is_playing;
    let known = move || head.read().known_steps.max(head.read().step);
    let words = move || {
        let head = head.read();
        format!(
            "step {} of {}, {}",
            head.step,
            head.known_steps.max(head.step),
            head.clock
        )
    };
    let toggle_name = move || if is_playing() { "Pause" } else { "Play" };
    let seek = move |event| {
        if let Ok(position) = event_target_value(&event).parse() {
            session.seek(position);
        }
    };
    let set_speed = move |event| {
        if let Ok(index) = event_target_value(&event).parse() {
            session.set_speed(index);
        }
    };
    let speeds = (0..Speed::ALL.len()).map(|index| {
        let speed = Speed::at(index);
        let is_chosen = move || playing.read().speed == index;
        view! {
            <option value=index.to_string() prop:selected=is_chosen>
                {format!("{speed}: {}", speed.words())}
            </option>
        }
    });
    view! {
        <section class="transport" aria-label="time">
            <div class="transport__buttons">
                <button aria-label="To the start" title="To the start" on:click=move |_| session.seek(0)>
                    <svg viewBox="0 0 20 20" aria-hidden="true"><path d="M4 4h2v12H4zM16 4v12L7 10z" /></svg>
                </button>
                <button
                    aria-label="One step back"
                    title="One step back: ←"
                    on:click=move |_| session.step_back()
                >
                    <svg viewBox="0 0 20 20" aria-hidden="true"><path d="M14 4v12L5 10z" /></svg>
                </button>
                <button
                    class="transport__play"
                    aria-label=toggle_name
                    title="Play or pause: Space"
                    on:click=move |_| session.toggle()
                >
                    <svg viewBox="0 0 20 20" aria-hidden="true">
                        <path d=move || {
                            if is_playing() { "M5 4h3.5v12H5zM11.5 4H15v12h-3.500z" } else { "M6 3.500v13L17 10z" }
                        } />
                    </svg>
                </button>
                <button aria-label="One step" title="One step: →" on:click=move |_| session.step()>
                    <svg viewBox="0 0 20 20" aria-hidden="true"><path d="M6 4v12l9-6z" /></svg>
                </button>
            </div>
            <div class="transport__clock">
                <strong>{move || head.read().clock.clone()}</strong>
                <span>{move || format!("step {} of {}", head.read().step, known())}</span>
            </div>
            <input
                class="transport__slider"
                type="range"
                min="0"
                max=move || known().to_string()
                prop:value=move || head.read().step.to_string()
                aria-label="play head"
                aria-valuetext=words
                on:input=seek
            />
            <label class="transport__speed">
                <span class="hidden">"speed"</span>
                <select on:change=set_speed>{speeds.collect_view()}</select>
            </label>
        </section>
    }
}
