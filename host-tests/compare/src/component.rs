//! The component by itself: what it weighs, what it takes to start, and what a call computes.

use std::fmt::Write;
use std::path::PathBuf;
use std::process::Command;
use std::time::{Duration, Instant};

use host_tests::bare::{Bare, Call, INSTANCES};
use host_tests::command::Home;
use host_tests::stage::KEY;
use stripe_connector_host::{COMPONENT, Reuse, Runtime};

use crate::clients::ours::Ours;
use crate::drive::{Client, memory_kb};
use crate::report::median;
use crate::run::{build, kept};

const ROUNDS: usize = 500;
const STARTS: usize = 20;

/// KiB of memory that a process has.
const RESIDENT: &str = "VmRSS:";

/// As lines of a table.
pub async fn figures(url: &str) -> String {
    let mut table = Table("| the component | | budget |\n| --- | ---: | ---: |\n".to_owned());
    table.row("size", format!("{} bytes", COMPONENT.len()), "600,000");
    let compiling = once(|| Runtime::new(COMPONENT));
    table.row("compile", format!("{:.0} ms", millis(compiling)), "");
    // Now it is there.
    Runtime::cached(COMPONENT, &kept()).expect("a directory of this user's");
    let loading = (0..STARTS).map(|_| millis(once(|| Runtime::cached(COMPONENT, &kept()))));
    table.row("load precompiled, with an engine", format!("{:.2} ms", median(loading.collect())), "");

    let bare = Bare::new(false).expect("the component is usable");
    let mut starting = Vec::with_capacity(ROUNDS);
    for _ in 0..ROUNDS {
        let begun = Instant::now();
        let instance = bare.instance().await.expect("an instance");
        starting.push(millis(begun.elapsed()) * 1e3);
        drop(instance);
    }
    table.row("instantiate", format!("{:.1} us", median(starting)), "30 us");
    let (each, resident) = together(&bare).await;
    let count = format!("{INSTANCES} instances alive at once, each after a retrieve");
    table.row(&count, format!("{resident} KiB resident each, {:.1} us to start and call each", each), "");

    let ours = Ours::new(COMPONENT, url, None, Reuse::default(), 1);
    ours.retrieve().await;
    table.row("linear memory after a retrieve", format!("{} KiB", ours.0.memory() >> 10), "4,096 KiB");
    ours.list().await;
    table.row("after a list of 10,000", format!("{} KiB", ours.0.memory() >> 10), "4,096 KiB");
    ours.filter().await;
    table.row("after a filter of 10,000", format!("{} KiB", ours.0.memory() >> 10), "4,096 KiB");

    fuel(&mut table).await;
    let command = command();
    let home = Home::new("compare");
    let starts = (0..STARTS + 1).map(|_| start(&command, &home, url)).collect::<Vec<_>>();
    table.row("the command's first start, with its answer", format!("{:.0} ms", starts[0]), "");
    table.row("later starts", format!("{:.1} ms", median(starts[1..].to_vec())), "50 ms");
    for import in bare.imports() {
        table.row("import", format!("`{import}`"), "");
    }
    table.0
}

struct Table(String);

impl Table {
    fn row(&mut self, what: &str, value: String, budget: &str) {
        let _ = writeln!(self.0, "| {what} | {value} | {budget} |");
    }
}

/// How long it takes to have an instance and its answer (us), and what each keeps of memory (KiB).
async fn together(bare: &Bare) -> (f64, u64) {
    let before = memory_kb(RESIDENT);
    let begun = Instant::now();
    let mut alive = Vec::with_capacity(INSTANCES as usize);
    for _ in 0..INSTANCES {
        let mut instance = bare.instance().await.expect("an instance");
        instance.call(Call::Retrieve).await.expect("a row");
        alive.push(instance);
    }
    let each = millis(begun.elapsed()) * 1e3 / f64::from(INSTANCES);
    (each, (memory_kb(RESIDENT) - before) / u64::from(INSTANCES))
}

/// Instructions of each kind of call.
async fn fuel(table: &mut Table) {
    let bare = Bare::new(true).expect("the component is usable");
    for call in Call::ALL {
        let [first, next] = bare.fuel(call).await.expect("an answer");
        table.row(
            &format!("fuel of a call, {}", call.title()),
            format!("{first} in a fresh instance, {next} later"),
            "",
        );
    }
}

/// The command, built as this program is, with the same libraries.
fn command() -> PathBuf {
    build(&["--package", "stripe-connector-host", "--bin", "stripe-connector"], None);
    std::env::current_exe().expect("this program").with_file_name("stripe-connector")
}

/// Milliseconds from its start to its end.
fn start(command: &PathBuf, home: &Home, url: &str) -> f64 {
    let mut command = Command::new(command);
    command.args(["get", "Customer", "cus_1", "--json", "--api-base", url]);
    command.env_clear().env("HOME", home.path()).env("STRIPE_API_KEY", KEY);
    let begun = Instant::now();
    let ran = command.output().expect("the command");
    let elapsed = millis(begun.elapsed());
    assert!(ran.status.success(), "{ran:?}");
    elapsed
}

fn once<T, E: std::fmt::Debug>(work: impl FnOnce() -> Result<T, E>) -> Duration {
    let begun = Instant::now();
    work().expect("it works");
    begun.elapsed()
}

fn millis(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1e3
}
