//! The frame of every play: a page for one person, and what is looked at when it went wrong.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::thread;
use std::time::Duration;

use tokio::runtime::Builder;
use tokio::sync::Semaphore;
use tokio::task::LocalSet;
use tokio::time::timeout;

use crate::driver::Browser;
use crate::page::Page;
use crate::site::Site;

/// The longest play, on a busy machine.
const PLAY_MAX: Duration = Duration::from_secs(180);
/// Each browser wants a core and some hundred megabytes.
static BROWSERS: Semaphore = Semaphore::const_new(2);

/// Opens the page in a browser of its own and lets `person` act.
///
/// Afterwards nothing may have been missed on the server and no error may stand in the console.
/// Where the play fails, the console is printed, and it has to pass twice in other browsers: one on a
/// busy machine can be late, but what goes wrong now and then is a fault. What an audit complains
/// about is no failure of its play.
pub fn play(person: impl AsyncFnMut(&Page)) {
    play_under("/", person);
}

/// The same with the page in a folder of its server.
pub fn play_under(prefix: &'static str, mut person: impl AsyncFnMut(&Page)) {
    if attempt(prefix, &mut person).is_ok() {
        return;
    }
    eprintln!("This play failed as said above. It has to pass twice now.");
    for _ in 0..2 {
        if let Err(panic) = attempt(prefix, &mut person) {
            resume_unwind(panic);
        }
    }
}

fn attempt(prefix: &'static str, person: &mut impl AsyncFnMut(&Page)) -> thread::Result<()> {
    let runtime = Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("this machine runs a runtime");
    let local = LocalSet::new();
    let _place = runtime
        .block_on(BROWSERS.acquire())
        .expect("nobody closes it");
    let (site, page) = local.block_on(&runtime, async {
        let site = Site::serve(prefix).await;
        let browser = Browser::start().await;
        (site, Page::new(browser))
    });
    let outcome = catch_unwind(AssertUnwindSafe(|| {
        local.block_on(&runtime, async {
            let acts = async {
                page.open(&site.address).await;
                person(&page).await;
            };
            let ended = timeout(PLAY_MAX, acts).await;
            ended.expect("a play ends within three minutes");
            assert_eq!(
                site.missed(),
                [""; 0],
                "the page asks for what is not there"
            );
            page.assert_no_error().await;
        });
    }));
    local.block_on(&runtime, async {
        if outcome.is_err() {
            page.report().await;
        }
        page.close().await;
    });
    outcome
}
