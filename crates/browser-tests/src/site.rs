//! The built page on an address of this machine, as a plain file server would give it.

use std::cell::RefCell;
use std::convert::Infallible;
use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::header::CONTENT_TYPE;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;
use tokio::task::spawn_local;

/// A running file server. It ends with the runtime.
pub struct Site {
    /// Where the page is: `http://127.0.0.1:4711/highwater/`.
    pub address: String,
    missed: Rc<RefCell<Vec<String>>>,
}

impl Site {
    /// Serves the built page under `prefix`, which starts and ends with a slash; nothing else is
    /// there. To be called inside a `LocalSet`.
    pub async fn serve(prefix: &'static str) -> Site {
        let folder = built_page();
        let listener = TcpListener::bind("127.0.0.1:0")
            .await
            .expect("this machine has a free port");
        let port = listener.local_addr().expect("it is bound").port();
        let missed = Rc::<RefCell<Vec<String>>>::default();
        let site = Site {
            address: format!("http://127.0.0.1:{port}{prefix}"),
            missed: Rc::clone(&missed),
        };
        spawn_local(async move {
            while let Ok((socket, _)) = listener.accept().await {
                let (folder, missed) = (folder.clone(), Rc::clone(&missed));
                let service = service_fn(move |request: Request<Incoming>| {
                    let path = request.uri().path();
                    let response = file(&folder, prefix, path).unwrap_or_else(|| {
                        missed.borrow_mut().push(path.to_owned());
                        not_found()
                    });
                    async { Ok::<_, Infallible>(response) }
                });
                // A browser that goes away breaks its connections: nobody waits for the answer.
                spawn_local(http1::Builder::new().serve_connection(TokioIo::new(socket), service));
            }
        });
        site
    }

    /// The paths that were asked for and are not there.
    pub fn missed(&self) -> Vec<String> {
        self.missed.borrow().clone()
    }
}

/// The folder with the built page.
fn built_page() -> PathBuf {
    let default = concat!(env!("CARGO_MANIFEST_DIR"), "/../../dist");
    let folder = PathBuf::from(env::var_os("HIGHWATER_DIST").unwrap_or_else(|| default.into()));
    assert!(
        folder.join("index.html").is_file(),
        "no built page in {}: run trunk build --release --public-url ./",
        folder.display()
    );
    folder
}

fn file(folder: &Path, prefix: &str, path: &str) -> Option<Response<Full<Bytes>>> {
    let name = match path.strip_prefix(prefix)? {
        "" => "index.html",
        name => name,
    };
    // The page is flat but for folders that trunk may copy: no way leads out of it.
    if name.split('/').any(|part| part.is_empty() || part == "..") {
        return None;
    }
    let body = fs::read(folder.join(name)).ok()?;
    let response = Response::builder().header(CONTENT_TYPE, content_type(name));
    response.body(Full::new(body.into())).ok()
}

/// Browsers run modules and compile wasm only under the right type.
fn content_type(name: &str) -> &'static str {
    match Path::new(name).extension().and_then(|it| it.to_str()) {
        Some("html") => "text/html; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("wasm") => "application/wasm",
        Some("json") => "application/json",
        Some("svg") => "image/svg+xml",
        Some("png") => "image/png",
        Some("webmanifest") => "application/manifest+json",
        Some("woff2") => "font/woff2",
        _ => "application/octet-stream",
    }
}

fn not_found() -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::default());
    *response.status_mut() = StatusCode::NOT_FOUND;
    response
}
