//! How time and memory grow with what is listed, with what of it is found, and with how many calls are made at once: as
//! data, as tables and as a chart in `docs/performance`.

use std::fmt::Write;

use host_tests::canned::PAGE;
use host_tests::tools;
use stripe_connector_host::{COMPONENT, Runtime};

use crate::clients::Kind;
use crate::document;
use crate::report::{median, rate, time};
use crate::run::{Server, kept, measure};
use crate::work::{Measured, Task, Work};

/// Plain hyper shows what of it is the network's and the server's.
const KINDS: [Kind; 2] = [Kind::Reused, Kind::Plain];

/// Customers of the lists that a filter goes through.
const FILTERED: usize = 10_000;

#[derive(Clone, Copy, Debug)]
enum Axis {
    /// Objects of a list that is read whole.
    Objects,
    /// Percent of the objects that a filter finds.
    Found,
    /// Retrieves at once.
    AtOnce,
}

impl Axis {
    const ALL: [Self; 3] = [Self::Objects, Self::Found, Self::AtOnce];

    /// The name of its file.
    fn name(self) -> &'static str {
        match self {
            Self::Objects => "objects",
            Self::Found => "found",
            Self::AtOnce => "at-once",
        }
    }

    fn title(self) -> &'static str {
        match self {
            Self::Objects => "objects listed",
            Self::Found => "% found",
            Self::AtOnce => "retrieves at once",
        }
    }

    fn points(self) -> &'static [usize] {
        match self {
            Self::Objects => &[1_000, 2_000, 5_000, 10_000, 20_000, 50_000, 100_000],
            Self::Found => &[0, 10, 20, 30, 40, 50, 60, 70, 80, 90, 100],
            Self::AtOnce => &[1, 2, 4, 8, 16, 32, 64],
        }
    }

    fn server(self, point: usize) -> Server {
        Server::start(match self {
            Self::Objects => point / PAGE,
            Self::Found => FILTERED / PAGE,
            Self::AtOnce => 1,
        })
    }

    fn task(self, server: &Server, point: usize) -> Task {
        match self {
            Self::Objects => server.task(Work::List, 1),
            Self::Found => {
                let task = server.task(Work::Filter, 1);
                Task { percent: Some(point), found: FILTERED * point / 100, ..task }
            }
            Self::AtOnce => server.task(Work::Retrieve, point),
        }
    }
}

/// Measures all, and writes it into the page and its folder.
pub fn run(rounds: usize) {
    let conditions = document::conditions(rounds);
    // Compiled here, so that no client's peak of memory is that of compiling.
    Runtime::cached(COMPONENT, &kept()).expect("the embedded component is usable");
    std::fs::create_dir_all(document::charts()).expect("the folder is ours");
    for axis in Axis::ALL {
        let measured = measured(axis, rounds);
        let mut data = "point,client,p50_ms,p99_ms,calls_per_second,linear_kib,peak_kib\n".to_owned();
        let mut table = format!(
            "| {} | client | p50 ms | p99 ms | calls per second | linear memory, KiB | peak resident, MiB |\n\
             | ---: | --- | ---: | ---: | ---: | ---: | ---: |\n",
            axis.title()
        );
        for ((point, kind), rounds) in &measured {
            add(&mut data, &mut table, *point, *kind, rounds);
        }
        let file = document::charts().join(axis.name()).with_extension("csv");
        std::fs::write(file, data).expect("the folder is ours");
        document::put(axis.title(), &table);
    }
    document::put("conditions of the chart", &conditions);
    draw();
}

/// Each client at each point, in each round.
fn measured(axis: Axis, rounds: usize) -> Vec<((usize, Kind), Vec<Measured>)> {
    let all = axis.points().iter().flat_map(|point| KINDS.map(|kind| ((*point, kind), Vec::new())));
    let mut measured: Vec<_> = all.collect();
    for round in 1..=rounds {
        for clients in measured.chunks_mut(KINDS.len()) {
            let point = clients[0].0.0;
            let server = axis.server(point);
            let task = axis.task(&server, point);
            for ((_, kind), of_client) in clients {
                of_client.push(measure(*kind, &task));
                eprintln!("round {round} of {rounds}: {}, {point}, {}", axis.title(), kind.title());
            }
        }
    }
    measured
}

/// A line of the data and of the table.
fn add(data: &mut String, table: &mut String, point: usize, kind: Kind, rounds: &[Measured]) {
    let median = |of: fn(&Measured) -> f64| median(rounds.iter().map(of).collect());
    let (p50, p99) = (median(|measured| measured.p50_ms), median(|measured| measured.p99_ms));
    let (rate, peak) = (median(rate), median(|measured| measured.peak_kb as f64));
    let linear = rounds.iter().filter_map(|measured| measured.linear_kb).max();
    let linear = linear.map(|kib| kib.to_string()).unwrap_or_default();
    let _ = writeln!(data, "{point},{},{p50:.4},{p99:.4},{rate:.2},{linear},{peak:.0}", kind.name());
    let (title, p50, p99, peak) = (kind.title(), time(p50), time(p99), peak / 1024.0);
    let _ = writeln!(table, "| {point} | {title} | {p50} | {p99} | {rate:.1} | {linear} | {peak:.0} |");
}

/// Draws what was measured last.
pub fn draw() {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/charts/growth.py");
    let mut python = tools::charts_python();
    python.arg(script).arg(document::charts()).env("MPLCONFIGDIR", kept().join("matplotlib"));
    let drawn = python.status().unwrap_or_else(|error| panic!("{python:?}: {error}"));
    assert!(drawn.success(), "{python:?}: {drawn}");
}
