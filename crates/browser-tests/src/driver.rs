//! A headless Chromium with its driver: a process of their own for each play.

use std::env;
use std::fs;
use std::process::Stdio;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, BufReader, Lines};
use tokio::process::{Child, ChildStdout, Command};
use tokio::time::timeout;

use crate::webdriver::Session;

/// How often a driver is started that ends before it listens.
const STARTS_MAX: usize = 5;
/// How long the driver and the browser may take to come up, on a busy machine.
const START_MAX: Duration = Duration::from_secs(60);

/// A browser window and the process that drives it.
pub struct Browser {
    /// The window.
    pub session: Session,
    process: Child,
    /// Kept open: a driver that can't write its output would end.
    _output: Lines<BufReader<ChildStdout>>,
}

impl Browser {
    /// Starts `$CHROMEDRIVER`, or the one in the path, on a free port, and a browser with it.
    pub async fn start() -> Browser {
        let mut started = None;
        for _ in 0..STARTS_MAX {
            started = start_driver().await;
            if started.is_some() {
                break;
            }
        }
        let (process, output, port) = started.expect("the driver finds a port of its own");
        let session = timeout(START_MAX, Session::open(port, capabilities())).await;
        let session = session.expect("the driver opens a browser in a minute");
        Browser {
            session: session.unwrap_or_else(|error| panic!("no browser: {error}")),
            process,
            _output: output,
        }
    }

    /// Closes the browser, then its driver.
    pub async fn stop(mut self) {
        // Where the browser has crashed there is nothing to close; the driver ends in any case.
        let _ = self.session.close().await;
        let _ = self.process.kill().await;
    }
}

/// Starts the driver; none if somebody else took its port before it could listen there.
async fn start_driver() -> Option<(Child, Lines<BufReader<ChildStdout>>, u16)> {
    let program = env::var_os("CHROMEDRIVER").unwrap_or_else(|| "chromedriver".into());
    let mut process = Command::new(&program)
        .arg("--port=0")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap_or_else(|error| panic!("{} can't be run: {error}", program.display()));
    let output = process.stdout.take().expect("it is piped");
    let mut output = BufReader::new(output).lines();
    let port = timeout(START_MAX, port(&mut output))
        .await
        .expect("the driver says its port or ends");
    Some((process, output, port?))
}

/// The port that the driver chose: `… was started successfully on port 38921.`
async fn port(output: &mut Lines<BufReader<ChildStdout>>) -> Option<u16> {
    while let Some(line) = output.next_line().await.expect("the driver writes text") {
        if let Some((_, port)) = line.split_once("successfully on port ") {
            let port = port.trim_end_matches('.').parse();
            return Some(port.expect("a port is a number"));
        }
    }
    None
}

/// As in `webdriver.json`, which the unit tests in the browser use too, and with the console.
fn capabilities() -> Value {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../webdriver.json");
    let text = fs::read_to_string(path).expect("webdriver.json is part of the repository");
    let mut all: Value = serde_json::from_str(&text).expect("webdriver.json is an object");
    all["goog:loggingPrefs"] = json!({ "browser": "ALL" });
    all
}
