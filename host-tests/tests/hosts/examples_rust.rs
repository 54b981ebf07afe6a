//! `examples/rust`: a wasmtime host that has nothing of ours but the component.

use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::OnceLock;

use host_tests::command::{Ran, built};
use host_tests::stage::{API_VERSION, KEY, Stage, header, line, parse};
use host_tests::tools;
use serde_json::{Value, json};
use stripe_connector_sandbox::Faults;

/// The example with this key, at that API.
async fn run(api_base: String, key: Option<&'static str>) -> Ran {
    let run = move || {
        static EXAMPLE: OnceLock<PathBuf> = OnceLock::new();
        let mut command = Command::new(EXAMPLE.get_or_init(|| built("stripe-connector-example-rust")));
        command.arg(tools::component()).env_clear().env("STRIPE_API_BASE", api_base);
        command.envs(key.map(|key| ("STRIPE_API_KEY", key)));
        Ran::of(command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the example"))
    };
    tokio::task::spawn_blocking(run).await.expect("the example was run")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn lists_customers_and_makes_a_payment_intent() {
    let stage = Stage::new().await;
    stage.put_customers(60);
    stage.create("Customer", json!({"Email": "jenny@example.org"})).await;
    stage.sent();

    let ran = run(stage.sandbox.url(), Some(KEY)).await;
    assert_eq!((ran.code, ran.stderr.as_str()), (Some(0), ""), "{ran:?}");
    let mut lines: Vec<&str> = ran.stdout.lines().collect();
    let made = lines.pop().and_then(|line| line.strip_suffix(" is made")).expect("the payment intent's id");
    let rows: Vec<Value> = lines.into_iter().map(parse).collect();
    let newest_first = (0..60).rev();
    let expected: Vec<Value> = newest_first
        .map(|n| json!({"Id": format!("cus_{n:03}"), "Email": format!("{}@example.com", n % 10)}))
        .collect();
    assert_eq!(rows, expected, "all of them, of more than one page");

    let intent = stage.sandbox.get(made).expect("a payment intent");
    assert_eq!((&intent["amount"], &intent["currency"]), (&json!(1500), &json!("usd")));
    let sent = stage.sent();
    assert!(
        sent.len() > 1 && sent.iter().all(|request| header(request, "stripe-version") == Some(API_VERSION))
    );
    let posts: Vec<_> = sent.iter().filter(|request| request.method == "POST").collect();
    let [post] = posts.as_slice() else { panic!("{posts:?}") };
    assert_eq!(line(post), "POST /v1/payment_intents");
    assert!(header(post, "idempotency-key").is_some());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tells_what_became_of_a_payment_intent_without_an_answer() {
    let stage = Stage::new().await;
    let faults = "POST /v1/payment_intents close=after";
    stage.sandbox.set_faults(Faults::parse(faults).expect("a rule"));
    let ran = run(stage.sandbox.url(), Some(KEY)).await;
    assert_eq!(ran.code, Some(0), "{ran:?}");
    let keys: Vec<_> = stage
        .sent()
        .iter()
        .filter_map(|request| header(request, "idempotency-key").map(str::to_owned))
        .collect();
    let [key, second, third] = keys.as_slice() else { panic!("{keys:?}") };
    assert!(key == second && key == third, "{keys:?}");
    let told = ran.stdout.lines().last().expect("a line");
    assert!(told.ends_with(&format!("Effect::Unknown, Some({key:?})")), "{told}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_a_key_nothing_is_sent() {
    let stage = Stage::new().await;
    let ran = run(stage.sandbox.url(), None).await;
    assert_eq!((ran.code, ran.stdout.as_str()), (Some(1), ""), "{ran:?}");
    assert!(ran.stderr.contains("no API key") && ran.stderr.contains("effect: Effect::None"), "{ran:?}");
    assert_eq!(stage.lines(), [""; 0]);
}
