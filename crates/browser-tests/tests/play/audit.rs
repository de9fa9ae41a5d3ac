//! Every screen, looked at by a machine: can everything be read, does everything fit, is everything
//! reached by keyboard and named, has axe nothing to say.
//!
//! `probes/` holds what looks at the page from inside. A complaint names the element, the size of
//! the window and the theme.

mod axe;
mod looks;
mod reach;
pub mod screens;
mod windows;

use highwater_browser_tests::page::Page;
use highwater_browser_tests::play::play;
use serde_json::{Value, json};

use crate::person::pause;

/// A window of that size, in CSS pixels.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Size {
    width: u32,
    height: u32,
}

/// A small projector.
pub const PROJECTOR: Size = size(1280, 720);
/// A large screen.
pub const LARGE: Size = size(1920, 1080);
/// A phone.
pub const PHONE: Size = size(390, 844);
/// All sizes that the page is made for.
pub const ALL_SIZES: [Size; 3] = [PROJECTOR, LARGE, PHONE];

/// All themes; `light` comes first, and axe then looks at everything.
pub const THEMES: [&str; 3] = ["light", "dark", "contrast"];

const fn size(width: u32, height: u32) -> Size {
    Size { width, height }
}

/// What is wrong on one screen: each complaint with the circumstances under which it holds.
#[derive(Default)]
struct Complaints(Vec<(String, Vec<String>)>);

impl Complaints {
    /// Notes what a probe found under those circumstances.
    fn add(&mut self, when: &str, found: &Value) {
        let found = found.as_array().expect("a probe answers with a list");
        for words in found.iter().filter_map(Value::as_str) {
            let known = self.0.iter_mut().find(|(known, _)| known == words);
            match known {
                Some((_, whens)) => whens.push(when.to_owned()),
                None => self.0.push((words.to_owned(), vec![when.to_owned()])),
            }
        }
    }
}

/// Opens the page at each of `sizes`, lets `go` bring it to a screen, and audits that in all themes.
pub fn audit(sizes: &[Size], go: impl AsyncFn(&Page)) {
    audit_while(sizes, async |page: &Page, audit: &mut Audit| {
        go(page).await;
        audit.look("", page, &THEMES).await;
    });
}

/// Opens the page at each of `sizes` and lets `go` walk through it and audit what it comes to.
pub fn audit_while(sizes: &[Size], go: impl AsyncFn(&Page, &mut Audit)) {
    let mut found = Vec::new();
    for size in sizes {
        let mut audit = Audit {
            size: *size,
            found: Vec::new(),
        };
        play(async |page: &Page| {
            audit.found.clear();
            page.set_size(size.width, size.height).await;
            pause(page).await;
            for probe in PROBES {
                page.eval(probe).await;
            }
            go(page, &mut audit).await;
        });
        found.extend(audit.found);
    }
    assert!(
        found.is_empty(),
        "{} complaints:\n{}",
        found.len(),
        found.join("\n")
    );
}

/// Puts the stage back where axe found it, which scrolls to what it looks at.
const UNSCROLLED: &str = "
    document.querySelectorAll('.stage, .stage *').forEach((it) => { if (it.scrollTop > 0) it.scrollTop = 0; });
    return new Promise((tell) => requestAnimationFrame(() => requestAnimationFrame(() => tell(null))));";

/// Until nothing is on its way to its place: what is looked at is where things come to stand.
const ARRIVED: &str = "
    const isMoving = () => document.querySelector('.stage__leaving') !== null || document.getAnimations()
        .some((it) => it instanceof CSSTransition && it.playState === 'running');
    while (isMoving()) await new Promise((go) => requestAnimationFrame(go));";

/// A walk through the page in a window of one size, and what is wrong on its way.
pub struct Audit {
    size: Size,
    found: Vec<String>,
}

impl Audit {
    /// Audits what is on the page now.
    pub async fn look(&mut self, name: &str, page: &Page, themes: &[&str]) {
        let mut complaints = Complaints::default();
        page.eval(ARRIVED).await;
        page.eval("probe.keepStill(true)").await;
        for theme in themes {
            let script = "document.documentElement.dataset.theme = arguments[0]";
            page.eval_with(script, vec![json!(theme)]).await;
            page.eval(UNSCROLLED).await;
            looks::look(page, self.size, theme, &mut complaints).await;
            axe::run(page, theme, &mut complaints).await;
        }
        looks::look_in_the_widest_face(page, self.size, &mut complaints).await;
        reach::names(page, &mut complaints).await;
        reach::by_keyboard(page, &mut complaints).await;
        page.eval("probe.keepStill(false)").await;
        let Size { width, height } = self.size;
        self.found
            .extend(complaints.0.into_iter().map(|(words, whens)| {
                format!("{width} x {height}, {}, {name}: {words}", whens.join(", "))
            }));
    }
}

const PROBES: [&str; 4] = [
    include_str!("../../probes/texts.js"),
    include_str!("../../probes/layout.js"),
    include_str!("../../probes/contrast.js"),
    include_str!("../../probes/controls.js"),
];
