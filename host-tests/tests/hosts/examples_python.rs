//! `examples/python`, as a user runs it.

use std::process::Command;

use host_tests::command::Home;
use host_tests::tools;
use stripe_connector_host::COMPONENT;

use crate::examples;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn it_does_what_it_says() {
    let home = Home::new("examples-python");
    home.write("stripe_connector.wasm", COMPONENT);
    examples::judge(|| {
        let mut python = tools::example_python();
        // What it compiles is kept at home.
        python.env_clear().env("HOME", home.path());
        python.arg(examples::source("python").join("main.py")).arg(home.path().join("stripe_connector.wasm"));
        python
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn its_types_hold() {
    let mut mypy: Command = tools::example_python();
    mypy.args(["-m", "mypy", "--strict", "--cache-dir", "/dev/null"]).arg(examples::source("python"));
    let ran = examples::run(mypy).await;
    assert!(ran.stdout.contains("no issues found in 3 source files"), "{ran:?}");
}
