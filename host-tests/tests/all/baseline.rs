//! That the component grows in no direction unnoticed: its size, what it imports, and the fuel of its calls, beside
//! `baseline.toml`, which says what they were. It is measured as it is shipped, since the host's build script makes it
//! in the release profile for tests too.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use host_tests::bare::{Bare, Call};
use serde::Deserialize;
use stripe_connector_host::COMPONENT;

use crate::contract::IMPORTS;

/// The most bytes that the component may ever have.
const MAX_SIZE: u64 = 600_000;

/// Percent over the baseline that are still no reason to fail, and under it that are still none to renew it.
const SLACK: f64 = 3.0;

/// The same where another compiler made the component than the baseline's: the change is not that of this code alone.
const OTHER_COMPILER_SLACK: f64 = 10.0;

const RENEW: &str =
    "UPDATE_BASELINE=1 cargo test --locked --workspace --exclude stripe-connector --test all baseline";

/// What is measured, and what the file has of it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Figures {
    /// The compiler's version.
    rustc: String,
    /// Bytes.
    size: u64,
    imports: Vec<String>,
    fuel: BTreeMap<String, Fuel>,
}

/// Instructions of a call: of the first in an instance, and of one after it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Fuel {
    fresh: u64,
    later: u64,
}

/// What is to be said of the figures.
#[derive(Debug, Default, PartialEq, Eq)]
struct Verdict {
    failures: Vec<String>,
    hints: Vec<String>,
}

#[tokio::test]
async fn the_component_keeps_to_its_baseline() {
    let now = measure().await;
    if std::env::var_os("UPDATE_BASELINE").is_some() {
        std::fs::write(file(), now.text()).expect("the baseline can be written");
    }
    let text = std::fs::read_to_string(file()).unwrap_or_else(|error| panic!("{error}; to make it: {RENEW}"));
    let before = toml::from_str(&text).unwrap_or_else(|error| panic!("{error}; to renew it: {RENEW}"));
    let Verdict { failures, hints } = judge(&now, &before);
    for hint in hints {
        // `println` is not seen where a test passes.
        writeln!(std::io::stdout(), "{hint}").expect("standard output");
    }
    assert!(failures.is_empty(), "{}\nif that is worth it, renew the baseline: {RENEW}", failures.join("\n"));
}

fn file() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("baseline.toml")
}

async fn measure() -> Figures {
    let bare = Bare::new(true).expect("the component is usable");
    let mut imports = bare.imports();
    imports.sort();
    let mut fuel = BTreeMap::new();
    for call in Call::ALL {
        let [fresh, later] = bare.fuel(call).await.expect("an answer");
        fuel.insert(call.title().to_owned(), Fuel { fresh, later });
    }
    Figures { rustc: rustc(), size: COMPONENT.len() as u64, imports, fuel }
}

/// `1.95.0`, of `rustc 1.95.0 (59807616e 2026-04-14)`.
fn rustc() -> String {
    let ran = Command::new("rustc").arg("--version").output().expect("the compiler, which made this too");
    let printed = String::from_utf8_lossy(&ran.stdout).into_owned();
    let version = printed.split(' ').nth(1).unwrap_or_else(|| panic!("no version: {ran:?}"));
    version.trim_end().to_owned()
}

/// What has grown, or shrunk, beyond what may be.
fn judge(now: &Figures, before: &Figures) -> Verdict {
    let mut verdict = Verdict::default();
    if now.size > MAX_SIZE {
        let over = now.size - MAX_SIZE;
        verdict.failures.push(format!("size: {} bytes are {over} over the budget of {MAX_SIZE}", now.size));
    }
    for import in &now.imports {
        if !IMPORTS.contains(&import.as_str()) {
            verdict.failures.push(format!("import {import}: neither the contract nor WASI's http has it"));
        } else if !before.imports.contains(import) {
            verdict.failures.push(format!("import {import}: not in the baseline"));
        }
    }
    for import in before.imports.iter().filter(|import| !now.imports.contains(import)) {
        verdict.hints.push(format!("import {import}: gone. To keep it so: {RENEW}"));
    }
    let same = now.rustc == before.rustc;
    if !same {
        verdict.hints.push(format!(
            "the baseline is of rustc {}, the component of {}: {OTHER_COMPILER_SLACK} % are let pass",
            before.rustc, now.rustc
        ));
    }
    let slack = if same { SLACK } else { OTHER_COMPILER_SLACK };
    verdict.compare("size", "bytes", now.size, before.size, slack);
    for (name, now) in &now.fuel {
        let Some(before) = before.fuel.get(name) else {
            verdict.failures.push(format!("fuel of {name}: not in the baseline"));
            continue;
        };
        let [fresh, later] =
            ["a fresh instance", "one that is reused"].map(|of| format!("fuel of {name} in {of}"));
        verdict.compare(&fresh, "instructions", now.fresh, before.fresh, slack);
        verdict.compare(&later, "instructions", now.later, before.later, slack);
    }
    verdict
}

impl Verdict {
    fn compare(&mut self, what: &str, unit: &str, now: u64, before: u64, slack: f64) {
        let percent = (now as f64 - before as f64) * 100.0 / before as f64;
        if percent > slack {
            self.failures.push(format!("{what}: {now} {unit}, {percent:.1} % over the baseline's {before}"));
        } else if percent < -slack {
            let under = -percent;
            self.hints.push(format!(
                "{what}: {now} {unit}, {under:.1} % under the baseline's {before}. To keep it so: {RENEW}"
            ));
        }
    }
}

impl Figures {
    /// As the file has it.
    fn text(&self) -> String {
        let mut text = format!(
            "# What the component weighs, asks of its host and computes in a call (fuel: instructions, as wasmtime \
             counts them).\n# Size and fuel are the same on every machine that has this compiler and the versions of \
             Cargo.lock. Written by:\n# {RENEW}\n\nrustc = {:?}\nsize = {}\nimports = [\n",
            self.rustc, self.size
        );
        for import in &self.imports {
            let _ = writeln!(text, "    {import:?},");
        }
        text.push_str("]\n");
        for (name, Fuel { fresh, later }) in &self.fuel {
            let _ = write!(text, "\n[fuel.{name:?}]\nfresh = {fresh}\nlater = {later}\n");
        }
        text
    }
}

fn made_up() -> Figures {
    let fuel = BTreeMap::from([("retrieve".to_owned(), Fuel { fresh: 2_000, later: 1_000 })]);
    let imports = IMPORTS.map(str::to_owned).to_vec();
    Figures { rustc: "1.95.0".to_owned(), size: 500_000, imports, fuel }
}

/// What is said of figures that differ from the made up ones in this.
fn judged(change: impl FnOnce(&mut Figures)) -> Verdict {
    let mut now = made_up();
    change(&mut now);
    judge(&now, &made_up())
}

fn set(figures: &mut Figures, fresh: u64, later: u64) {
    figures.fuel.insert("retrieve".to_owned(), Fuel { fresh, later });
}

#[test]
fn a_baseline_is_read_as_it_is_written() {
    assert_eq!(toml::from_str::<Figures>(&made_up().text()).expect("TOML"), made_up());
}

#[test]
fn three_percent_are_let_pass_in_either_direction() {
    assert_eq!(judged(|_| ()), Verdict::default());
    assert_eq!(judged(|now| now.size = 515_000), Verdict::default());
    assert_eq!(judged(|now| now.size = 485_000), Verdict::default());
    assert_eq!(judged(|now| set(now, 2_060, 970)), Verdict::default());
}

#[test]
fn what_grows_fails_by_name_and_share() {
    let size = "size: 520000 bytes, 4.0 % over the baseline's 500000";
    assert_eq!(judged(|now| now.size = 520_000).failures, [size]);
    let fresh = "fuel of retrieve in a fresh instance: 2100 instructions, 5.0 % over the baseline's 2000";
    assert_eq!(judged(|now| set(now, 2_100, 1_000)).failures, [fresh]);
    let later = "fuel of retrieve in one that is reused: 1031 instructions, 3.1 % over the baseline's 1000";
    assert_eq!(judged(|now| set(now, 2_000, 1_031)).failures, [later]);
}

#[test]
fn what_shrinks_is_a_hint() {
    let Verdict { failures, hints } = judged(|now| now.size = 480_000);
    assert_eq!((failures.len(), hints.len()), (0, 1));
    assert!(hints[0].starts_with("size: 480000 bytes, 4.0 % under the baseline's 500000"), "{hints:?}");
    let Verdict { failures, hints } = judged(|now| drop(now.imports.pop()));
    assert_eq!((failures.len(), hints.len()), (0, 1));
    assert!(hints[0].starts_with("import wasi:random/random@0.2.12: gone"), "{hints:?}");
}

#[test]
fn a_budget_holds_whatever_the_baseline_says() {
    let (mut now, mut before) = (made_up(), made_up());
    (now.size, before.size) = (600_001, 600_001);
    now.imports.push("wasi:filesystem/types@0.2.12".to_owned());
    before.imports.clone_from(&now.imports);
    let failures = [
        "size: 600001 bytes are 1 over the budget of 600000",
        "import wasi:filesystem/types@0.2.12: neither the contract nor WASI's http has it",
    ];
    assert_eq!(judge(&now, &before).failures, failures);
}

#[test]
fn what_is_new_has_to_be_written_down() {
    let mut before = made_up();
    before.fuel.clear();
    before.imports.retain(|import| !import.starts_with("wasi:random"));
    let failures =
        ["import wasi:random/random@0.2.12: not in the baseline", "fuel of retrieve: not in the baseline"];
    assert_eq!(judge(&made_up(), &before).failures, failures);
}

#[test]
fn another_compiler_has_more_slack() {
    let with = |size| judged(|now| (now.rustc, now.size) = ("1.96.0".to_owned(), size));
    assert_eq!((with(540_000).failures.len(), with(540_000).hints.len()), (0, 1));
    assert_eq!(with(560_000).failures, ["size: 560000 bytes, 12.0 % over the baseline's 500000"]);
}
