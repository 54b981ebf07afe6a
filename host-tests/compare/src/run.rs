//! The processes of a run: clients, and the server that they are measured in front of.

use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use host_tests::canned::PAGE;
use host_tests::stage::KEY;
use host_tests::tools::target_directory;
use stripe_connector_host::Runtime;

use crate::clients::Kind;
use crate::work::{Measured, Task, Work};

const WARM_UP: f64 = 0.3;
const SECONDS: f64 = 1.5;

/// Where the compiled components and the command's files are kept.
pub fn kept() -> PathBuf {
    target_directory().expect("this program is in a target directory").join("compare")
}

/// Builds a package of this workspace's with the libraries that this program is built with, for this machine or another.
pub fn build(package: &[&str], target: Option<&str>) {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut cargo = Command::new(cargo);
    cargo.args(["build", "--quiet", "--locked", "--release"]).args(package);
    cargo.args(["--manifest-path", concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml")]);
    if let Some(target) = target {
        // They would be for this machine.
        cargo.args(["--target", target]).env_remove("RUSTFLAGS");
    }
    let built = cargo.stderr(Stdio::inherit()).status();
    assert!(built.is_ok_and(|status| status.success()), "{package:?} is not built");
}

const WASM: &str = "wasm32-wasip2";

/// Builds the plain component, and compiles it, so that no client is measured while it does that.
pub fn build_plain_component() {
    build(&["--package", "plain-component"], Some(WASM));
    Runtime::cached(&plain_component(), &kept()).expect("it is usable");
}

/// The plain component, which was built.
pub fn plain_component() -> Vec<u8> {
    let target = target_directory().expect("this program is in a target directory");
    let file = target.join(WASM).join("release/plain_component.wasm");
    std::fs::read(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()))
}

/// Has a client do its work in a process of its own.
pub fn measure(kind: Kind, task: &Task) -> Measured {
    let mut command = kind.command(task.roots.as_deref());
    command.arg(serde_json::to_string(task).expect("a task")).stderr(Stdio::inherit());
    let ran = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    assert!(ran.status.success(), "{command:?}: {}", ran.status);
    serde_json::from_slice(&ran.stdout).unwrap_or_else(|error| panic!("{command:?}: {error}"))
}

/// It ends with this process.
pub struct Server {
    child: Child,
    pub url: String,
    pages: usize,
    roots: Option<PathBuf>,
}

impl Server {
    pub fn start(pages: usize) -> Self {
        Self::with(pages, None)
    }

    /// With TLS, by a certificate that its clients have to be told to trust.
    pub fn with_tls(pages: usize) -> Self {
        std::fs::create_dir_all(kept()).expect("a directory of this user's");
        Self::with(pages, Some(kept().join("roots.pem")))
    }

    fn with(pages: usize, roots: Option<PathBuf>) -> Self {
        let mut command = Command::new(std::env::current_exe().expect("this program"));
        command.args(["server", &pages.to_string()]).args(&roots);
        let mut child = command.stdout(Stdio::piped()).spawn().expect("a server");
        let mut url = String::new();
        let stdout = child.stdout.take().expect("standard output");
        BufReader::new(stdout).read_line(&mut url).expect("a line");
        Self { child, url: url.trim_end().to_owned(), pages, roots }
    }

    /// Work for a client of this server's.
    pub fn task(&self, work: Work, callers: usize) -> Task {
        Task {
            url: self.url.clone(),
            key: KEY.to_owned(),
            work,
            callers,
            seconds: SECONDS,
            // A call that takes long warms up enough by itself.
            warm_up_callers: if work.is_list() { 1 } else { callers },
            warm_up_seconds: WARM_UP,
            objects: self.pages * PAGE,
            found: self.pages,
            roots: self.roots.clone(),
            percent: None,
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
