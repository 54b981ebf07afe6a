//! Stripe's Python SDK, unmodified, against the sandbox: a client that others wrote judges the double.

use host_tests::stage::{KEY, loopback};
use host_tests::tools;
use stripe_connector_sandbox::{Faults, Sandbox};

/// A key that may read customers and nothing else.
const READER: &str = "rk_test_filler_of_a_reader";

/// A sandbox as `tools/sdk_walk` expects it.
async fn sandbox() -> Sandbox {
    let sandbox = Sandbox::start(loopback()).await.expect("a free port");
    sandbox.restrict(READER, &["customer_read"]);
    let faults = include_str!("../../tools/sdk_walk/faults.txt");
    sandbox.set_faults(Faults::parse(faults).expect("the rules are right"));
    sandbox
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn stripes_python_sdk_finds_what_it_expects() {
    let sandbox = sandbox().await;
    let url = sandbox.url();
    let walk = move || {
        let mut python = tools::python();
        python.arg(tools::script("sdk_walk"));
        python.env("STRIPE_API_BASE", url).env("STRIPE_API_KEY", KEY).env("STRIPE_READER_KEY", READER);
        python.env("SDK_WALK_FAULTS", "1");
        python.output().expect("Python was run")
    };
    // The sandbox answers meanwhile.
    let ran = tokio::task::spawn_blocking(walk).await.expect("the walk came to its end");
    let (stdout, stderr) = (String::from_utf8_lossy(&ran.stdout), String::from_utf8_lossy(&ran.stderr));
    println!("{stdout}");
    assert!(ran.status.success(), "{stderr}");
    assert!(!stdout.contains("skipped"), "a check lacks what it needs");
    assert!(stdout.contains("39 checks, 0 failed"), "the walk is as long as it was");
}
