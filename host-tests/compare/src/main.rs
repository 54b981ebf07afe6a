//! Measures the connector beside other clients of Stripe and prints Markdown: `cargo run --release` here, with
//! `-- --rounds 1` for a quick look, and with `-- --write` to renew the tables of `docs/performance.md`. Every client runs
//! in a process of its own, in front of one server that is as fast as it can be; rounds are interleaved, and what is shown
//! is the median. `-- growth` renews that page's charts: how time and memory grow.

mod clients;
mod component;
mod document;
mod drive;
mod growth;
mod report;
mod run;
mod server;
mod work;

use std::path::Path;

use clients::Kind;
use report::{LOADS, Report};
use run::Server;
use work::{Task, Work};

const ROUNDS: usize = 3;

fn main() {
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    let arguments: Vec<_> = arguments.iter().map(String::as_str).collect();
    match arguments[..] {
        [] => compare(ROUNDS, false),
        ["--write"] => compare(ROUNDS, true),
        ["--rounds", rounds] => compare(number(rounds), false),
        ["--rounds", rounds, "--write"] => compare(number(rounds), true),
        ["growth"] => growth::run(ROUNDS),
        ["growth", "--rounds", rounds] => growth::run(number(rounds)),
        ["draw"] => growth::draw(),
        // What follows is for the processes that this one starts.
        ["server", pages] => serve(pages, None),
        ["server", pages, roots] => serve(pages, Some(Path::new(roots))),
        ["client", name, task] => {
            let task: Task = serde_json::from_str(task).expect("a task");
            let measured = runtime().block_on(clients::run(name, &task));
            println!("{}", serde_json::to_string(&measured).expect("numbers"));
        }
        _ => usage(),
    }
}

fn number(rounds: &str) -> usize {
    rounds.parse().ok().filter(|rounds| *rounds > 0).unwrap_or_else(|| usage())
}

fn usage() -> ! {
    eprintln!("usage: stripe-connector-compare [--rounds N] [--write] | growth [--rounds N] | draw");
    std::process::exit(2)
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Runtime::new().expect("a runtime")
}

fn serve(pages: &str, roots: Option<&Path>) {
    let pages = pages.parse().expect("a number of pages");
    runtime().block_on(server::serve(pages, roots)).expect("a server on loopback");
}

fn compare(rounds: usize, write: bool) {
    let conditions = document::conditions(rounds);
    run::build_plain_component();
    let servers = LOADS.map(|(callers, pages)| (callers, Server::start(pages)));
    let certified = Server::with_tls(1);
    // On one thread: what the component computes does not hang on who is faster.
    let alone = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let figures = alone.block_on(component::figures(&servers[0].1.url));
    let (mut open, mut tls) = (Report::default(), Report::default());
    for round in 1..=rounds {
        for work in Work::ALL {
            for (callers, server) in &servers {
                for kind in Kind::ALL.into_iter().filter(|kind| kind.does(work)) {
                    measure(&mut open, kind, &server.task(work, *callers), round, rounds);
                }
            }
        }
        for (callers, _) in LOADS {
            for kind in Kind::TLS {
                measure(&mut tls, kind, &certified.task(Work::Retrieve, callers), round, rounds);
            }
        }
    }
    for (name, table) in [
        ("clients", open.table()),
        ("ratios", open.ratios()),
        ("clients over TLS", tls.table()),
        ("ratios over TLS", tls.tls_ratios()),
        ("component", figures),
        ("conditions", conditions),
    ] {
        println!("{table}");
        if write {
            document::put(name, &table);
        }
    }
}

fn measure(report: &mut Report, kind: Kind, task: &Task, round: usize, rounds: usize) {
    let measured = run::measure(kind, task);
    let (work, callers) = (task.work.title(), task.callers);
    let tls = if task.roots.is_some() { " over TLS" } else { "" };
    let (client, calls, seconds) = (kind.title(), measured.calls, measured.seconds);
    eprintln!(
        "round {round} of {rounds}: {work}{tls}, {callers} at once, {client}: {calls} calls in {seconds:.1} s"
    );
    report.add(kind, task.work, callers, measured);
}
