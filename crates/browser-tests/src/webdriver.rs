//! As much of WebDriver as a person needs, and two commands that only Chromium's driver knows.
//!
//! Written here because it is little: a command is a request with a JSON body. The names are those
//! of <https://www.w3.org/TR/webdriver2/>.

use http_body_util::{BodyExt, Full};
use hyper::body::Bytes;
use hyper::client::conn::http1;
use hyper::header::{CONTENT_TYPE, HOST};
use hyper::{Method, Request};
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio::task::spawn_local;

/// The key under which an answer names an element.
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";

/// The keys that are no characters.
pub mod key {
    pub const TAB: char = '\u{e004}';
    pub const ENTER: char = '\u{e007}';
    pub const CONTROL: char = '\u{e009}';
    pub const ESCAPE: char = '\u{e00c}';
    pub const END: char = '\u{e010}';
    pub const HOME: char = '\u{e011}';
    pub const LEFT: char = '\u{e012}';
    pub const UP: char = '\u{e013}';
    pub const RIGHT: char = '\u{e014}';
    pub const DOWN: char = '\u{e015}';
    pub const SHIFT: char = '\u{e008}';
}

/// What a finger or a mouse is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pointer {
    /// A mouse; with its left button.
    Mouse,
    /// A mouse; with its right button.
    RightMouse,
    /// A finger.
    Finger,
}

/// A part of a key's stroke.
#[derive(Clone, Copy, Debug)]
pub enum Stroke {
    /// The key goes down.
    Down(char),
    /// The key comes up.
    Up(char),
}

/// An element of the page, for as long as it is in the page.
#[derive(Clone, Debug)]
pub struct Element(String);

/// A browser window. What is refused comes back in the driver's words.
#[derive(Debug)]
pub struct Session {
    port: u16,
    path: String,
}

impl Session {
    /// Opens a window through the driver on a port of this machine.
    pub async fn open(port: u16, capabilities: Value) -> Result<Session, String> {
        let wishes = json!({ "capabilities": { "alwaysMatch": capabilities } });
        let answer = call(port, Method::POST, "/session", &wishes).await?;
        let id = answer["sessionId"].as_str();
        let id = id.ok_or_else(|| format!("no session: {answer}"))?;
        Ok(Session {
            port,
            path: format!("/session/{id}"),
        })
    }

    /// Closes the window and ends its browser.
    pub async fn close(&self) -> Result<(), String> {
        call(self.port, Method::DELETE, &self.path, &json!({})).await?;
        Ok(())
    }

    /// Goes to an address and waits until it is loaded.
    pub async fn navigate_to(&self, address: &str) -> Result<(), String> {
        self.post("url", json!({ "url": address })).await?;
        Ok(())
    }

    /// Runs a function's body.
    pub async fn execute(&self, script: &str, arguments: Vec<Value>) -> Result<Value, String> {
        let body = json!({ "script": script, "args": arguments });
        self.post("execute/sync", body).await
    }

    /// All elements at an XPath, in the order of the document.
    pub async fn find_elements(&self, path: &str) -> Result<Vec<Element>, String> {
        let body = json!({ "using": "xpath", "value": path });
        let found = self.post("elements", body).await?;
        let ids = found.as_array().into_iter().flatten();
        let ids = ids.filter_map(|element| element[ELEMENT].as_str());
        Ok(ids.map(|id| Element(id.to_owned())).collect())
    }

    /// Scrolls to an element and clicks on its middle, if nothing lies over it.
    pub async fn click(&self, element: &Element) -> Result<(), String> {
        let path = format!("element/{}/click", element.0);
        self.post(&path, json!({})).await?;
        Ok(())
    }

    /// Uses the keyboard.
    pub async fn type_keys(&self, strokes: &[Stroke]) -> Result<(), String> {
        let actions = strokes.iter().map(|stroke| match stroke {
            Stroke::Down(key) => json!({ "type": "keyDown", "value": key }),
            Stroke::Up(key) => json!({ "type": "keyUp", "value": key }),
        });
        let actions: Vec<Value> = actions.collect();
        let keyboard = json!({ "type": "key", "id": "keyboard", "actions": actions });
        self.post("actions", json!({ "actions": [keyboard] }))
            .await?;
        Ok(())
    }

    /// Presses at a point of the window for so many milliseconds.
    pub async fn point(
        &self,
        pointer: Pointer,
        (x, y): (i64, i64),
        held_ms: u64,
    ) -> Result<(), String> {
        let (kind, button) = match pointer {
            Pointer::Mouse => ("mouse", 0),
            Pointer::RightMouse => ("mouse", 2),
            Pointer::Finger => ("touch", 0),
        };
        let actions = json!([
            { "type": "pointerMove", "x": x, "y": y },
            { "type": "pointerDown", "button": button },
            { "type": "pause", "duration": held_ms },
            { "type": "pointerUp", "button": button },
        ]);
        let source = json!({
            "type": "pointer", "id": kind,
            "parameters": { "pointerType": kind }, "actions": actions,
        });
        self.post("actions", json!({ "actions": [source] })).await?;
        Ok(())
    }

    /// Calls a method of the DevTools protocol. Chromium's driver only.
    pub async fn devtools(&self, method: &str, params: Value) -> Result<Value, String> {
        let body = json!({ "cmd": method, "params": params });
        self.post("goog/cdp/execute", body).await
    }

    /// The lines of the console since the last time. Chromium's driver only.
    pub async fn console(&self) -> Result<Value, String> {
        self.post("se/log", json!({ "type": "browser" })).await
    }

    async fn post(&self, command: &str, body: Value) -> Result<Value, String> {
        let path = format!("{}/{command}", self.path);
        call(self.port, Method::POST, &path, &body).await
    }
}

async fn call(port: u16, method: Method, path: &str, body: &Value) -> Result<Value, String> {
    let (is_done, answer) = exchange(port, method, path, body)
        .await
        .map_err(|error| format!("{path}: {error}"))?;
    let value = answer["value"].clone();
    if is_done {
        Ok(value)
    } else {
        let text = |part: &str| value[part].as_str().unwrap_or_default().to_owned();
        Err(format!("{}: {}", text("error"), text("message")))
    }
}

/// Sends one request on a connection of its own; whether it succeeded, and the answer.
async fn exchange(
    port: u16,
    method: Method,
    path: &str,
    body: &Value,
) -> Result<(bool, Value), Box<dyn std::error::Error>> {
    let socket = TcpStream::connect(("127.0.0.1", port)).await?;
    let (mut sender, connection) = http1::handshake(TokioIo::new(socket)).await?;
    // What goes wrong on the connection, the sender hears too.
    spawn_local(connection);
    let request = Request::builder()
        .method(method)
        .uri(path)
        .header(HOST, format!("127.0.0.1:{port}"))
        .header(CONTENT_TYPE, "application/json")
        .body(Full::new(Bytes::from(body.to_string())))?;
    let response = sender.send_request(request).await?;
    let is_done = response.status().is_success();
    let bytes = response.into_body().collect().await?.to_bytes();
    Ok((is_done, serde_json::from_slice(&bytes)?))
}
