//! What was measured, as Markdown.

use std::fmt::Write;

use host_tests::canned::PAGE;

use crate::clients::Kind;
use crate::work::{Measured, Work};

/// How many calls are made at once, and how many pages the lists have then: what takes a client in Python two seconds
/// would take 64 of them minutes.
pub const LOADS: [(usize, usize); 2] = [(1, 100), (64, 10)];

/// Objects that one call is about.
fn objects(work: Work, callers: usize) -> usize {
    let pages = LOADS.iter().find(|load| load.0 == callers).map_or(0, |load| load.1);
    if work.is_list() { pages * PAGE } else { 1 }
}

/// Of plain hyper's rate: what it is to be, and what it is hoped to become.
const BUDGETS: [(Work, Kind, f64, f64); 5] = [
    (Work::Retrieve, Kind::Reused, 0.75, 0.85),
    (Work::Retrieve, Kind::Fresh, 0.5, 0.6),
    (Work::Create, Kind::Reused, 0.75, 0.85),
    (Work::Create, Kind::Fresh, 0.5, 0.6),
    (Work::List, Kind::Reused, 0.8, f64::INFINITY),
];

/// Times the rate of those that make a connection for each request: what ours is to be over TLS.
const TLS_BUDGET: f64 = 3.0;

/// Each client's work with so many callers, in each round.
#[derive(Default)]
pub struct Report(Vec<(Kind, Work, usize, Vec<Measured>)>);

impl Report {
    pub fn add(&mut self, kind: Kind, work: Work, callers: usize, measured: Measured) {
        match self.0.iter_mut().find(|row| (row.0, row.1, row.2) == (kind, work, callers)) {
            Some(row) => row.3.push(measured),
            None => self.0.push((kind, work, callers, vec![measured])),
        }
    }

    fn rounds(&self, kind: Kind, work: Work, callers: usize) -> &[Measured] {
        let row = self.0.iter().find(|row| (row.0, row.1, row.2) == (kind, work, callers));
        row.map_or(&[], |row| &row.3)
    }

    /// The rate of one over that of another, round by round.
    fn over(&self, ours: Kind, other: Kind, work: Work, callers: usize) -> f64 {
        let pairs = self.rounds(ours, work, callers).iter().zip(self.rounds(other, work, callers));
        median(pairs.map(|(ours, theirs)| rate(ours) / rate(theirs)).collect())
    }

    pub fn table(&self) -> String {
        let mut table =
            "| work | objects | at once | client | p50 ms | p99 ms | per second | CPU us | peak MB |\n"
                .to_owned();
        table.push_str("| --- | ---: | ---: | --- | ---: | ---: | ---: | ---: | ---: |\n");
        for (kind, work, callers, rounds) in &self.0 {
            let median = |of: fn(&Measured) -> f64| median(rounds.iter().map(of).collect());
            let objects = objects(*work, *callers) as f64;
            let rate = self::median(rounds.iter().map(|measured| rate(measured) * objects).collect());
            let cpu = median(|measured| measured.cpu_seconds * 1e6 / measured.calls as f64) / objects;
            let _ = writeln!(
                table,
                "| {} | {objects:.0} | {callers} | {} | {} | {} | {rate:.0} | {cpu:.1} | {:.0} |",
                work.title(),
                kind.title(),
                time(median(|measured| measured.p50_ms)),
                time(median(|measured| measured.p99_ms)),
                median(|measured| measured.peak_kb as f64 / 1024.0),
            );
        }
        table
    }

    /// Ours beside plain hyper, round by round, and beside async-stripe; and what a component has of plain hyper's rate that
    /// does nothing but ask.
    pub fn ratios(&self) -> String {
        let mut table =
            "| work | ours | at once | of plain hyper's rate | budget | met | a plain component's share | of async-stripe's |\n"
                .to_owned();
        table.push_str("| --- | --- | ---: | ---: | ---: | --- | ---: | ---: |\n");
        for (work, kind, budget, ambition) in BUDGETS {
            for (callers, _) in LOADS {
                let [plain, other] =
                    [Kind::Plain, Kind::AsyncStripe].map(|other| self.over(kind, other, work, callers));
                // Of a list the budget says nothing of other clients.
                let is_behind = !work.is_list() && other <= 1.0;
                let met = match plain {
                    _ if plain < budget || is_behind => "no",
                    _ if plain < ambition => "yes",
                    _ => "yes, and the ambition",
                };
                let ours = ours(kind);
                let asking = if kind == Kind::Fresh { Kind::PlainFresh } else { Kind::PlainReused };
                let asking = match asking.does(work) {
                    true => format!("{:.2}", self.over(asking, Kind::Plain, work, callers)),
                    false => String::new(),
                };
                let _ = writeln!(
                    table,
                    "| {} | {ours} | {callers} | {plain:.2} | {budget:.2} | {met} | {asking} | {other:.2} |",
                    work.title()
                );
            }
        }
        table
    }

    /// Ours beside plain hyper, which keeps connections, and beside those that do not, over TLS.
    pub fn tls_ratios(&self) -> String {
        let mut table = "| retrieve over TLS, ours | at once | beside | ratio of rates | budget | met |\n\
                         | --- | ---: | --- | ---: | ---: | --- |\n"
            .to_owned();
        for (kind, others) in [
            (Kind::Reused, [(Kind::AsyncStripe, true), (Kind::Stock, true), (Kind::Plain, false)]),
            (Kind::Fresh, [(Kind::AsyncStripe, false), (Kind::Stock, false), (Kind::Plain, false)]),
        ] {
            for (callers, _) in LOADS {
                for (other, budgeted) in others {
                    let ratio = self.over(kind, other, Work::Retrieve, callers);
                    let (budget, met) = match budgeted {
                        true if ratio >= TLS_BUDGET => (format!("{TLS_BUDGET:.1}"), "yes"),
                        true => (format!("{TLS_BUDGET:.1}"), "no"),
                        false => (String::new(), ""),
                    };
                    let (ours, other) = (ours(kind), other.title());
                    let _ =
                        writeln!(table, "| {ours} | {callers} | {other} | {ratio:.2} | {budget} | {met} |");
                }
            }
        }
        table
    }
}

fn ours(kind: Kind) -> &'static str {
    if kind == Kind::Fresh { "an instance per call" } else { "instances reused" }
}

/// Calls in a second.
pub fn rate(measured: &Measured) -> f64 {
    measured.calls as f64 / measured.seconds
}

/// The one in the middle.
pub fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}

/// In as many digits as say something.
pub fn time(ms: f64) -> String {
    if ms < 10.0 { format!("{ms:.3}") } else { format!("{ms:.0}") }
}
