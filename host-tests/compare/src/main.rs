//! Measures the connector beside other clients of Stripe and prints Markdown: `cargo run --release` here, with
//! `-- --rounds 1` for a quick look. Every client runs in a process of its own, in front of one server that is as fast as
//! it can be; rounds are interleaved, and what is shown is the median.

mod clients;
mod component;
mod drive;
mod report;
mod server;
mod work;

use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use clients::Kind;
use host_tests::canned::PAGE;
use host_tests::stage::KEY;
use host_tests::tools::target_directory;
use report::{LOADS, Report};
use work::{Measured, Task, Work};

const ROUNDS: usize = 3;

const WARM_UP: f64 = 0.3;
const SECONDS: f64 = 1.5;

fn main() {
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    let arguments: Vec<_> = arguments.iter().map(String::as_str).collect();
    match arguments[..] {
        [] => compare(ROUNDS),
        ["--rounds", rounds] => match rounds.parse() {
            Ok(rounds) if rounds > 0 => compare(rounds),
            _ => usage(),
        },
        // What follows is for the processes that this one starts.
        ["server", pages] => {
            let pages = pages.parse().expect("a number of pages");
            runtime().block_on(server::serve(pages)).expect("a server on loopback");
        }
        ["client", name, task] => {
            let task: Task = serde_json::from_str(task).expect("a task");
            let measured = runtime().block_on(clients::run(name, &task));
            println!("{}", serde_json::to_string(&measured).expect("numbers"));
        }
        _ => usage(),
    }
}

fn usage() -> ! {
    eprintln!("usage: stripe-connector-compare [--rounds N]");
    std::process::exit(2)
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Runtime::new().expect("a runtime")
}

/// Where the compiled component and the command's files are kept.
fn kept() -> PathBuf {
    target_directory().expect("this program is in a target directory").join("compare")
}

fn compare(rounds: usize) {
    let servers = LOADS.map(|(callers, pages)| (callers, Server::start(pages)));
    // On one thread: what the component computes does not hang on who is faster.
    let alone = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let figures = alone.block_on(component::figures(&servers[0].1.url));
    let mut report = Report::default();
    for round in 1..=rounds {
        for work in Work::ALL {
            for (callers, server) in &servers {
                for kind in Kind::ALL {
                    let measured = measure(kind, &server.url, work, *callers);
                    let (calls, seconds) = (measured.calls, measured.seconds);
                    eprintln!(
                        "round {round} of {rounds}: {}, {callers} at once, {}: {calls} calls in {seconds:.1} s",
                        work.title(),
                        kind.title()
                    );
                    report.add(kind, work, *callers, measured);
                }
            }
        }
    }
    println!("{}\n{}\n{figures}", report.table(), report.ratios());
}

/// Has a client do its work in a process of its own.
fn measure(kind: Kind, url: &str, work: Work, callers: usize) -> Measured {
    let task = Task {
        url: url.to_owned(),
        key: KEY.to_owned(),
        work,
        callers,
        seconds: SECONDS,
        // A call that takes long warms up enough by itself.
        warm_up_callers: if work.is_list() { 1 } else { callers },
        warm_up_seconds: WARM_UP,
        objects: report::objects(work, callers),
        found: report::objects(work, callers) / PAGE,
    };
    let mut command = kind.command();
    command.arg(serde_json::to_string(&task).expect("a task")).stderr(Stdio::inherit());
    let ran = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    assert!(ran.status.success(), "{command:?}: {}", ran.status);
    serde_json::from_slice(&ran.stdout).unwrap_or_else(|error| panic!("{command:?}: {error}"))
}

/// The server that all are measured in front of. It ends with this process.
struct Server {
    child: Child,
    url: String,
}

impl Server {
    fn start(pages: usize) -> Self {
        let mut command = Command::new(std::env::current_exe().expect("this program"));
        let mut child =
            command.args(["server", &pages.to_string()]).stdout(Stdio::piped()).spawn().expect("a server");
        let mut url = String::new();
        let stdout = child.stdout.take().expect("standard output");
        BufReader::new(stdout).read_line(&mut url).expect("a line");
        Self { child, url: url.trim_end().to_owned() }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
