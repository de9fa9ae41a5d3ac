//! Measures what a frame of the built page costs its main thread. The goal is a p95 below 4 ms.
//!
//! `cargo run -p highwater-browser-tests --bin frame-time` measures the page as it opens;
//! `… --bin frame-time busy ×4 panel` with a dozen messages on their way at any time, at that speed
//! and with the panel open. Sums of the browser are averages over windows of a second; the last line
//! is about single frames. The browser has no graphics card here; what is painted may cost more
//! than on a visitor's machine.
//!
//! Every frame wakes several threads, and in a virtual machine a core that fell asleep takes long to
//! wake. So the cores are kept awake, by work that gives way to any other.

use std::env;
use std::process::{Child, Command};
use std::thread::available_parallelism;
use std::time::Duration;

use highwater_browser_tests::page::{Page, button};
use highwater_browser_tests::play::play;
use serde_json::{Value, json};
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
    let _awake = Awake::all_cores();
    let wishes: Vec<String> = env::args().skip(1).collect();
    play(async |page: &Page| {
        for wish in &wishes {
            match wish.as_str() {
                "panel" => page.click_button("Why and events").await,
                "busy" => {
                    // Always as fast: the first speed slows down for whatever flies.
                    choose_speed(page, "×1/20").await;
                    page.eval(BUSY).await;
                }
                speed => choose_speed(page, speed).await,
            }
        }
        page.text(&button("Pause")).await;
        if wishes.iter().any(|wish| wish == "busy") {
            let is_busy =
                |scene: &Value| scene["flights"].as_array().is_some_and(|it| it.len() >= 12);
            page.wait_for_scene("a dozen messages are on their way", is_busy)
                .await;
        }
        let windows = measure(page).await;
        let spans = page.eval("return frameSpans").await;
        let spans = spans
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(Value::as_f64);
        let clock = &page.scene().await["head"]["clock"];
        println!("{WINDOWS} windows of 1 s, the clock at the end: {clock}");
        print("frames per second", windows.iter().map(|it| it.per_second));
        print("messages on their way", windows.iter().map(|it| it.flights));
        for (index, (_, words)) in SUMS.iter().enumerate() {
            print(words, windows.iter().map(|it| it.ms_per_frame[index]));
        }
        print("one frame, ms by the clock", spans);
    });
}

/// What keeps the cores awake until it is dropped.
struct Awake(Vec<Child>);

impl Awake {
    fn all_cores() -> Awake {
        let cores = available_parallelism().map_or(1, usize::from);
        let idle = || {
            let mut work = Command::new("chrt");
            work.args(["--idle", "0", "sh", "-c", "while :; do :; done"]);
            work.spawn().expect("Linux comes with chrt")
        };
        Awake((0..cores).map(|_| idle()).collect())
    }
}

impl Drop for Awake {
    fn drop(&mut self) {
        for work in &mut self.0 {
            // It may have been ended from outside.
            let _ = work.kill();
            let _ = work.wait();
        }
    }
}

async fn choose_speed(page: &Page, speed: &str) {
    page.click(&format!("//option[starts-with(., '{speed}:')]"))
        .await;
}

/// What happened between two readings.
struct Window {
    per_second: f64,
    flights: f64,
    ms_per_frame: [f64; SUMS.len()],
}

/// The browser's counters at one moment.
struct Reading {
    at_seconds: f64,
    frames: f64,
    flights: f64,
    sums: [f64; SUMS.len()],
}

impl Reading {
    fn since(&self, earlier: &Reading) -> Window {
        let frames = self.frames - earlier.frames;
        let ms = |index: usize| (self.sums[index] - earlier.sums[index]) * 1000.0;
        Window {
            per_second: frames / (self.at_seconds - earlier.at_seconds),
            flights: self.flights,
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
    let script = "return [frameCount, highwater.scene().flights.length]";
    let counts = page.eval(script).await;
    let [frames, flights] = [0, 1].map(|index| counts[index].as_f64().expect("a number"));
    let answer = page.devtools("Performance.getMetrics", json!({})).await;
    let metrics = answer["metrics"].as_array().expect("a list of metrics");
    let metric = |name: &str| {
        let found = metrics.iter().find(|metric| metric["name"] == name);
        let value = found.and_then(|metric| metric["value"].as_f64());
        value.unwrap_or_else(|| panic!("the browser has no metric {name}"))
    };
    Reading {
        at_seconds: metric("Timestamp"),
        frames,
        flights,
        sums: SUMS.map(|(name, _)| metric(name)),
    }
}

/// The mean, and what 19 of 20 reach or stay below.
fn print(what: &str, values: impl Iterator<Item = f64>) {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    let mean = values.iter().sum::<f64>() / values.len() as f64;
    let rank = (values.len() * 95).div_ceil(100);
    let [p5, p95] = [values[values.len() - rank], values[rank - 1]];
    println!("{what:<30} mean {mean:6.2}   p5 {p5:6.2}   p95 {p95:6.2}");
}

/// Long ways and three producers.
const BUSY: &str = "
    const { apply } = window.highwater;
    const slow = (one, other) => apply({ delay_link: { between: [one, other], extra_ms: 40 } });
    const brokers = [1, 2, 3].map((broker) => ({ broker }));
    brokers.forEach((broker, index) => brokers.slice(index + 1).forEach((it) => slow(broker, it)));
    for (const name of ['checkout', 'consumer-1', 'tills', 'shop']) {
        const client = { client: name };
        const workload = { topic: 'orders', keys: ['alice', 'bob', 'heidi', 'carol'], interval_ms: 40 };
        if (name.length < 6) apply({ add_producer: { name, config: {} } });
        brokers.forEach((broker) => slow(client, broker));
        if (name.length < 6) apply({ start_workload: { producer: name, workload } });
    }
";

/// Counts frames, and takes the time of each from its first callback until its picture is painted: a
/// message that a callback sends is delivered after that.
const COUNT_FRAMES: &str = "
    window.frameCount = 0;
    window.frameSpans = [];
    let began = null;
    const painted = new MessageChannel();
    painted.port1.onmessage = () => {
        window.frameSpans.push(performance.now() - began);
        began = null;
    };
    const request = window.requestAnimationFrame.bind(window);
    window.requestAnimationFrame = (callback) => request((now) => {
        began ??= performance.now();
        callback(now);
    });
    const count = () => {
        window.frameCount += 1;
        painted.port2.postMessage(null);
        window.requestAnimationFrame(count);
    };
    window.requestAnimationFrame(count);
";
