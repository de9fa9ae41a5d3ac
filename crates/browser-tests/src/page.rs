//! The page as a person has it: hands that find things by the names a screen reader says, and eyes.
//!
//! Everything waits for its condition, with a deadline; nothing sleeps for a while and hopes.

use std::cell::RefCell;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::{sleep, timeout};

use crate::driver::Browser;
use crate::webdriver::{Pointer, Session, Stroke, key};

/// How long a condition may take to come true, on a busy machine.
const WAIT_MAX: Duration = Duration::from_secs(30);
/// How long a run of some simulated seconds may take, in a page that is built for debugging too.
const RUN_MAX: Duration = Duration::from_secs(120);
/// How often it is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(40);

/// The page in a browser.
pub struct Page {
    browser: Browser,
    /// All lines of the console so far, with their levels.
    console: RefCell<Vec<(String, String)>>,
}

impl Page {
    /// An empty window.
    pub fn new(browser: Browser) -> Page {
        Page {
            browser,
            console: RefCell::default(),
        }
    }

    fn session(&self) -> &Session {
        &self.browser.session
    }

    /// Goes to an address and waits until the page has started there.
    pub async fn open(&self, address: &str) {
        self.set_size(1280, 720).await;
        let opened = self.session().navigate_to(address).await;
        opened.expect("the browser opens the page");
        self.wait_until_started().await;
    }

    /// Waits until the page has started.
    pub async fn wait_until_started(&self) {
        self.wait_for("the page starts", async || {
            let found = self
                .session()
                .execute("return typeof window.highwater", Vec::new());
            // While another page is on its way there is none to ask.
            (found.await.ok()? == "object").then_some(())
        })
        .await;
    }

    /// Loads the page anew.
    pub async fn reload(&self) {
        self.eval("location.reload(); delete window.highwater")
            .await;
        self.wait_until_started().await;
    }

    /// Closes the browser.
    pub async fn close(self) {
        self.browser.stop().await;
    }

    /// Gives the window's inside a size in CSS pixels; also one that no real window has.
    pub async fn set_size(&self, width: u32, height: u32) {
        let metrics = json!({
            "width": width, "height": height, "deviceScaleFactor": 1, "mobile": false,
        });
        self.devtools("Emulation.setDeviceMetricsOverride", metrics)
            .await;
    }

    /// Calls a method of the DevTools protocol.
    pub async fn devtools(&self, method: &str, params: Value) -> Value {
        let result = self.session().devtools(method, params).await;
        result.unwrap_or_else(|error| panic!("{method}: {error}"))
    }

    /// The value of a script's body.
    pub async fn eval(&self, script: &str) -> Value {
        self.eval_with(script, Vec::new()).await
    }

    /// The value of a script's body, which has `arguments`.
    pub async fn eval_with(&self, script: &str, arguments: Vec<Value>) -> Value {
        let result = self.session().execute(script, arguments).await;
        result.unwrap_or_else(|error| panic!("{script}: {error}"))
    }

    /// What `window.highwater.scene()` says.
    pub async fn scene(&self) -> Value {
        self.eval("return window.highwater.scene()").await
    }

    /// The scene without the play head’s own position, the branches and the tracks: equal wherever
    /// the cluster is in the same state.
    pub async fn cluster(&self) -> Value {
        let mut scene = self.scene().await;
        let rows = scene.as_object_mut().expect("a scene is an object");
        for own in ["head", "branches", "tracks"] {
            assert!(rows.remove(own).is_some(), "a scene has no {own}");
        }
        scene
    }

    /// Stands still and goes on, step by step, until a condition on the scene `s` holds.
    ///
    /// So a screen is the same in every run, however fast the machine.
    pub async fn run_until(&self, condition: &str) {
        let script = RUN_UNTIL.replace("CONDITION", condition);
        let ran = timeout(RUN_MAX, async { while self.eval(&script).await != true {} });
        assert!(ran.await.is_ok(), "ran in vain: {condition}");
    }

    /// Stands still at that step, which may lie ahead.
    pub async fn run_to_step(&self, step: u64) {
        self.run_until(&format!("s.head.step >= {step}")).await;
        let seek = "window.highwater.seek(arguments[0])";
        self.eval_with(seek, vec![json!(step)]).await;
    }

    /// How many steps lie before the play head.
    pub async fn step(&self) -> u64 {
        let step = self.scene().await["head"]["step"].as_u64();
        step.expect("a scene has a step")
    }

    /// Waits until `look` sees something.
    pub async fn wait_for<T>(&self, what: &str, look: impl AsyncFn() -> Option<T>) -> T {
        let seen = timeout(WAIT_MAX, async {
            loop {
                if let Some(seen) = look().await {
                    return seen;
                }
                sleep(LOOK_EVERY).await;
            }
        });
        seen.await
            .unwrap_or_else(|_| panic!("waited in vain: {what}"))
    }

    /// Waits until the scene is so.
    pub async fn wait_for_scene(&self, what: &str, is_so: impl Fn(&Value) -> bool) -> Value {
        self.wait_for(what, async || {
            let scene = self.scene().await;
            is_so(&scene).then_some(scene)
        })
        .await
    }

    /// Waits until that many steps lie before the play head, and says how many.
    pub async fn wait_for_step(&self, what: &str, step: u64) -> u64 {
        self.wait_for_scene(what, |scene| scene["head"]["step"] == step)
            .await;
        step
    }

    /// The text of the first visible element at an XPath, once there is one.
    pub async fn text(&self, path: &str) -> String {
        self.wait_for(path, async || {
            let texts = self.texts(path).await;
            texts.into_iter().next()
        })
        .await
    }

    /// The texts of all visible elements at an XPath, as they are.
    pub async fn texts(&self, path: &str) -> Vec<String> {
        let found = self.eval_with(TEXTS_OF_VISIBLE, vec![json!(path)]).await;
        let texts = found.as_array().into_iter().flatten();
        texts
            .filter_map(|text| text.as_str().map(str::to_owned))
            .collect()
    }

    /// Clicks on what is at an XPath, once it is there and nothing lies over it.
    pub async fn click(&self, path: &str) {
        let last = RefCell::new("it is not there".to_owned());
        let clicks = async || {
            for element in self.session().find_elements(path).await.ok()? {
                // The page may put another element in its place between finding and clicking.
                match self.session().click(&element).await {
                    Ok(()) => return Some(()),
                    Err(error) => *last.borrow_mut() = error,
                }
            }
            None
        };
        let clicked = timeout(WAIT_MAX, async {
            while clicks().await.is_none() {
                sleep(LOOK_EVERY).await;
            }
        });
        let clicked = clicked.await;
        assert!(clicked.is_ok(), "can't click on {path}: {}", last.borrow());
    }

    /// Presses on the middle of what is at an XPath for so many milliseconds, once it is in sight
    /// and nothing lies over it.
    pub async fn point(&self, pointer: Pointer, path: &str, held_ms: u64) {
        let at = self
            .wait_for(&format!("{path} can be pressed"), async || {
                let place = self.eval_with(MIDDLE, vec![json!(path)]).await;
                Some((place[0].as_i64()?, place[1].as_i64()?))
            })
            .await;
        let pressed = self.session().point(pointer, at, held_ms).await;
        pressed.unwrap_or_else(|error| panic!("can't press on {path}: {error}"));
    }

    /// From now on fingers touch the window, as on a phone.
    pub async fn feel_fingers(&self) {
        let touch = json!({ "enabled": true });
        self.devtools("Emulation.setTouchEmulationEnabled", touch)
            .await;
    }

    /// Clicks on the button of that name.
    pub async fn click_button(&self, name: &str) {
        self.click(&button(name)).await;
    }

    /// Presses one key and lets it go.
    pub async fn press(&self, key: char) {
        self.press_often(key, 1).await;
    }

    /// The same so many times.
    pub async fn press_often(&self, key: char, times: usize) {
        let strokes = [Stroke::Down(key), Stroke::Up(key)].repeat(times);
        self.type_keys(&strokes).await;
    }

    /// Presses one key while another is held down.
    pub async fn press_with(&self, held: char, key: char) {
        let strokes = [
            Stroke::Down(held),
            Stroke::Down(key),
            Stroke::Up(key),
            Stroke::Up(held),
        ];
        self.type_keys(&strokes).await;
    }

    /// Types over all that stands in the field with the focus.
    pub async fn type_over(&self, text: &str) {
        let mut strokes = vec![Stroke::Down(key::CONTROL)];
        strokes.extend([Stroke::Down('a'), Stroke::Up('a')]);
        strokes.push(Stroke::Up(key::CONTROL));
        for key in text.chars() {
            strokes.extend([Stroke::Down(key), Stroke::Up(key)]);
        }
        self.type_keys(&strokes).await;
    }

    /// Types text where the focus is.
    pub async fn write(&self, text: &str) {
        let strokes = text
            .chars()
            .flat_map(|key| [Stroke::Down(key), Stroke::Up(key)]);
        self.type_keys(&strokes.collect::<Vec<_>>()).await;
    }

    async fn type_keys(&self, strokes: &[Stroke]) {
        let typed = self.session().type_keys(strokes).await;
        typed.expect("a keyboard has these keys");
    }

    /// Presses Tab until the focus is on something of that role, with a name that starts so.
    pub async fn tab_to(&self, role: &str, name: &str) {
        let mut passed = Vec::new();
        for _ in 0..TAB_STOPS_MAX {
            self.press(key::TAB).await;
            let (found_role, found_name) = self.focus().await;
            if found_role == role && found_name.starts_with(name) {
                return;
            }
            passed.push(format!("{found_role} {found_name:?}"));
        }
        panic!(
            "Tab does not lead to the {role} {name:?}, only to {}",
            passed.join(", ")
        );
    }

    /// Role and name of what has the focus, as the browser tells them to a screen reader.
    pub async fn focus(&self) -> (String, String) {
        let node = self
            .devtools(
                "Runtime.evaluate",
                json!({ "expression": "document.activeElement" }),
            )
            .await;
        let id = &node["result"]["objectId"];
        let tree = self
            .devtools(
                "Accessibility.getPartialAXTree",
                json!({ "objectId": id, "fetchRelatives": false }),
            )
            .await;
        let text = |part: &str| {
            let value = tree["nodes"][0][part]["value"].as_str();
            value.unwrap_or_default().to_owned()
        };
        (text("role"), text("name"))
    }

    /// Fails if the browser or the page has complained.
    pub async fn assert_no_error(&self) {
        self.read_console().await;
        let console = self.console.borrow();
        let errors = console.iter().filter(|(level, _)| level == "SEVERE");
        let errors: Vec<&str> = errors.map(|(_, words)| words.as_str()).collect();
        assert!(errors.is_empty(), "in the console: {}", errors.join("\n"));
    }

    /// Forgets the complaints so far: a play that provokes a fault expects them.
    pub async fn forgive_errors(&self) {
        self.read_console().await;
        self.console.borrow_mut().clear();
    }

    /// Prints what helps to see why a play failed.
    pub async fn report(&self) {
        self.read_console().await;
        eprintln!("The page's console:");
        for (level, words) in self.console.borrow().iter() {
            eprintln!("  {level}: {words}");
        }
        let sentence = self.texts("//h1").await;
        eprintln!("The page's sentence: {}", sentence.join(" "));
    }

    async fn read_console(&self) {
        let Ok(lines) = self.session().console().await else {
            eprintln!("The console can't be read any more.");
            return;
        };
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let lines = lines.as_array().into_iter().flatten();
        let lines = lines.map(|line| (text(&line["level"]), text(&line["message"])));
        self.console.borrow_mut().extend(lines);
    }
}

/// More than the page has places where Tab stops before a person has done anything.
const TAB_STOPS_MAX: usize = 200;

/// For some time, so that a long run does not block the page.
const RUN_UNTIL: &str = "
    const { scene, seek, step } = window.highwater;
    const end = performance.now() + 500;
    while (performance.now() < end) {
        const s = scene();
        if (CONDITION) {
            // Time may run still, if it holds from the beginning.
            seek(s.head.step);
            return true;
        }
        step();
    }
    return false;
";

/// The middle of the first element that is seen there and gets what is pressed.
const MIDDLE: &str = "
    const found = document.evaluate(arguments[0], document, null,
        XPathResult.ORDERED_NODE_SNAPSHOT_TYPE, null);
    for (let at = 0; at < found.snapshotLength; at += 1) {
        const element = found.snapshotItem(at);
        if (!element.checkVisibility({ visibilityProperty: true })) continue;
        element.scrollIntoView({ block: 'nearest', inline: 'nearest' });
        const box = element.getBoundingClientRect();
        const [x, y] = [box.x + box.width / 2, box.y + box.height / 2].map(Math.round);
        if (element.contains(document.elementFromPoint(x, y))) return [x, y];
    }
    return null;
";

const TEXTS_OF_VISIBLE: &str = "
    const found = document.evaluate(arguments[0], document, null,
        XPathResult.ORDERED_NODE_SNAPSHOT_TYPE, null);
    return Array.from({ length: found.snapshotLength }, (_, index) => found.snapshotItem(index))
        .filter((element) => element.checkVisibility({ visibilityProperty: true }))
        .map((element) => element.innerText.replace(/\\s+/g, ' ').trim());
";

/// The XPath of all buttons of a name.
pub fn button(name: &str) -> String {
    format!("//button[@aria-label='{name}' or (not(@aria-label) and normalize-space()='{name}')]")
}
