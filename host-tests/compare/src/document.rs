//! What was measured, in the page that tells of it.

use std::path::{Path, PathBuf};

fn page() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/performance.md")
}

/// The folder of the page's charts.
pub fn charts() -> PathBuf {
    page().with_extension("")
}

/// Puts it between the page's two lines of that name.
pub fn put(name: &str, text: &str) {
    let page = page();
    let old = std::fs::read_to_string(&page).unwrap_or_else(|error| panic!("{}: {error}", page.display()));
    let (begin, end) = (format!("<!-- begin {name} -->\n"), format!("<!-- end {name} -->"));
    let parts = old.split_once(&begin).and_then(|(head, rest)| Some((head, rest.split_once(&end)?.1)));
    let (head, tail) = parts.unwrap_or_else(|| panic!("{} has no place for {name}", page.display()));
    std::fs::write(&page, format!("{head}{begin}\n{}\n\n{end}{tail}", text.trim_end()))
        .expect("the page is ours");
}

/// What is measured on, and what else that has to do before a run begins.
pub fn conditions(rounds: usize) -> String {
    let told = |file| std::fs::read_to_string(file).unwrap_or_default();
    let processors = told("/proc/cpuinfo");
    let model = processors.lines().find_map(|line| line.strip_prefix("model name")?.split_once(": "));
    let model = model.map_or("a processor that does not say its name", |(_, model)| model);
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let load = told("/proc/loadavg");
    let load = load.split(' ').next().unwrap_or_default();
    let (os, arch) = (std::env::consts::OS, std::env::consts::ARCH);
    let rounds =
        if rounds == 1 { "a single round".to_owned() } else { format!("the median of {rounds} rounds") };
    format!("{model}, {cores} cores, {os} {arch}, {rounds}. Load average before the run: {load}.")
}
