//! `stripe-connector sandbox`: its life, the data it begins with, and what it is told to do wrong.

use std::io::Read;

use host_tests::command::{Call, File, Serving, json, signal};
use serde_json::json;

#[tokio::test]
async fn it_runs_until_it_is_interrupted() {
    let mut running = Serving::start(&[]);
    let url = running.url.clone();
    let ran = json(&url, &["create", "Customer", r#"{"Name": "Jenny"}"#]).await;
    assert!(ran.stderr.contains("on this machine"), "{}", ran.stderr);
    let customer = ran.done()["Id"].as_str().expect("an id").to_owned();
    // It remembers, other than the embedded one.
    assert_eq!(json(&url, &["get", "Customer", &customer]).await.done()["Name"], "Jenny");
    let taken = Call::new(["sandbox", "--listen", url.trim_start_matches("http://")]).run().await;
    assert_eq!((taken.code, taken.stdout.as_str()), (Some(2), ""));

    signal(&running.child, "INT");
    assert_eq!(running.child.wait().expect("its end").code(), Some(0));
    let mut rest = String::new();
    running.stdout.read_to_string(&mut rest).expect("nothing");
    assert_eq!(rest, "");
}

#[tokio::test]
async fn seed_data_is_the_same_each_time() {
    let list = ["list", "Customer", "--all", "--columns", "Id,Email,Created"];
    let mut seen = Vec::new();
    for _ in 0..2 {
        let running = Serving::start(&["--seed-data", "130"]);
        let rows = json(&running.url, &list).await.done();
        assert_eq!(rows.as_array().map(Vec::len), Some(130));
        seen.push(rows);
    }
    assert_eq!(seen[0], seen[1]);
}

#[tokio::test]
async fn faults_happen_as_told() {
    // One more than are tried again by themselves.
    let rules = File::new("faults", "POST /v1/customers times=3 reset=after\n# the rest is fine\n");
    let running = Serving::start(&["--faults", &format!("@{}", rules.path())]);
    let create = ["create", "Customer", r#"{"Name": "Jenny"}"#, "--idempotency-key", "of-this-test"];
    let failed = json(&running.url, &create).await.failed();
    assert_eq!((&failed["effect"], &failed["idempotencyKey"]), (&json!("unknown"), &json!("of-this-test")));
    // What took effect takes no effect again.
    let created = json(&running.url, &create).await.done();
    let listed = json(&running.url, &["list", "Customer", "--all"]).await.done();
    assert_eq!(listed.as_array().map(Vec::len), Some(1));
    assert_eq!(listed[0]["Id"], created["Id"]);
}

#[tokio::test]
async fn rules_that_are_wrong_are_told() {
    for (spec, expected) in [("GET /v1/customers statsu=500", "statsu"), ("@/no/such/file", "/no/such/file")]
    {
        let ran = Call::new(["sandbox", "--listen", "127.0.0.1:0", "--faults", spec]).run().await;
        assert_eq!((ran.code, ran.stdout.as_str()), (Some(2), ""), "{spec}");
        assert!(ran.stderr.contains(expected), "{}", ran.stderr);
    }
}
