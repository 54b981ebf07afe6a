//! `examples/node`, as a user runs it, in a copy: what it generates is beside its sources.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;

use host_tests::command::Home;
use host_tests::tools;
use stripe_connector_host::COMPONENT;

use crate::examples;

/// The example in a tree that has what it expects around it: the contract, and the component where cargo leaves it.
fn copied(home: &Home) -> PathBuf {
    let example = home.path().join("examples/node");
    copy(&examples::source("node").join("src"), &example.join("src"));
    for file in ["package.json", "package-lock.json", "tsconfig.json"] {
        fs::copy(examples::source("node").join(file), example.join(file)).expect("a copy");
    }
    copy(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../wit"), &home.path().join("wit"));
    let built = home.path().join("target/wasm32-wasip2/release");
    fs::create_dir_all(&built).expect("a directory");
    fs::write(built.join("stripe_connector.wasm"), COMPONENT).expect("a file");
    symlink(tools::example_node_modules(), example.join("node_modules")).expect("a link");
    example
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a directory");
    for entry in fs::read_dir(from).expect("a directory") {
        let (path, to) = entry.map(|entry| (entry.path(), to.join(entry.file_name()))).expect("an entry");
        if path.is_dir() {
            copy(&path, &to);
        } else {
            fs::copy(&path, &to).expect("a copy");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn it_does_what_it_says() {
    let target = tools::target_directory().expect("a target directory");
    let home = Home::below(&target.join("tools"), "examples-node");
    let example = copied(&home);
    let npm = |script: &str| {
        let mut npm = Command::new("npm");
        npm.args(["run", script]).current_dir(&example).env_clear().env("HOME", home.path());
        npm.env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("npm_config_update_notifier", "false");
        npm
    };
    examples::run(npm("transpile")).await;
    examples::run(npm("check")).await;
    examples::judge(|| npm("start")).await;
}
