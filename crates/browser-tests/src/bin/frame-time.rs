//! Measures what a frame of the built page costs its main thread. The goal is a p95 below 4 ms.
//!
//! `cargo run -p highwater-browser-tests --bin frame-time` measures the page as it opens;
//! `… --bin frame-time ×4 panel` at that speed and with the panel open. The browser has no graphics
//! card here; what is painted may cost more than on a visitor's machine.

use std::env;
use std::time::Duration;

use highwater_browser_tests::page::{Page, button};
use highwater_browser_tests::play::play;
use serde_json::json;
use tokio::time::interval;

const WINDOWS: usize = 20;
const WINDOW: Duration = Duration::from_secs(1);

/// The browser's sums of seconds, all tasks first, and what they are called here. A task's
/// duration counts the time in which another process had the core; the thread's time does not.
const SUMS: [(&str, &str); 5] = [
    ("TaskDuration", "main thread, ms per frame"),
    ("ThreadTime", "  of which on a core"),
    ("ScriptDuration", "  of which wasm and scripts"),
    ("RecalcStyleDuration", "  of which styles"),
    ("LayoutDuration", "  of which layout"),
];

fn main() {
    let wishes: Vec<String> = env::args().skip(1).collect();
    play(async |page: &Page| {
        for wish in &wishes {
            match wish.as_str() {
                "panel" => page.click_button("Why and events").await,
                speed => {
                    page.click(&format!("//option[starts-with(., '{speed}:')]"))
                        .await;
                }
            }
        }
        page.text(&button("Pause")).await;
        let windows = measure(page).await;
        let clock = &page.scene().await["head"]["clock"];
        println!("{WINDOWS} windows of 1 s, the clock at the end: {clock}");
        print("frames per second", windows.iter().map(|it| it.per_second));
        for (index, (_, words)) in SUMS.iter().enumerate() {
            print(words, windows.iter().map(|it| it.ms_per_frame[index]));
        }
    });
}

/// What happened between two readings.
struct Window {
    per_second: f64,
    ms_per_frame: [f64; SUMS.len()],
}

/// The browser's counters at one moment.
struct Reading {
    at_seconds: f64,
    frames: f64,
    sums: [f64; SUMS.len()],
}

impl Reading {
    fn since(&self, earlier: &Reading) -> Window {
        let frames = self.frames - earlier.frames;
        let ms = |index: usize| (self.sums[index] - earlier.sums[index]) * 1000.0;
        Window {
            per_second: frames / (self.at_seconds - earlier.at_seconds),
            ms_per_frame: std::array::from_fn(|index| ms(index) / frames),
        }
    }
}

async fn measure(page: &Page) -> Vec<Window> {
    page.devtools("Performance.enable", json!({})).await;
    page.eval(COUNT_FRAMES).await;
    let mut every_window = interval(WINDOW);
    every_window.tick().await;
    let mut windows = Vec::new();
    let mut last = read(page).await;
    while windows.len() < WINDOWS {
        every_window.tick().await;
        let now = read(page).await;
        windows.push(now.since(&last));
        last = now;
    }
    windows
}

async fn read(page: &Page) -> Reading {
    let frames = page.eval("return window.frameCount").await;
    let answer = page.devtools("Performance.getMetrics", json!({})).await;
    let metrics = answer["metrics"].as_array().expect("a list of metrics");
    let metric = |name: &str| {
        let found = metrics.iter().find(|metric| metric["name"] == name);
        let value = found.and_then(|metric| metric["value"].as_f64());
        value.unwrap_or_else(|| panic!("the browser has no metric {name}"))
    };
    Reading {
        at_seconds: metric("Timestamp"),
        frames: frames.as_f64().expect("the page counts its frames"),
        sums: SUMS.map(|(name, _)| metric(name)),
    }
}

/// The mean, and what 19 of 20 windows reach or stay below.
fn print(what: &str, values: impl Iterator<Item = f64>) {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    let mean = values.iter().sum::<f64>() / values.len() as f64;
    let rank = (values.len() * 95).div_ceil(100);
    let [p5, p95] = [values[values.len() - rank], values[rank - 1]];
    println!("{what:<30} mean {mean:6.2}   p5 {p5:6.2}   p95 {p95:6.2}");
}

const COUNT_FRAMES: &str = "
    window.frameCount = 0;
    const count = () => {
        window.frameCount += 1;
        requestAnimationFrame(count);
    };
    requestAnimationFrame(count);
";
