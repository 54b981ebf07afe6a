//! Ctrl-C and SIGTERM: what a command that is ended before its time leaves behind, and what it says of it.

use std::io::Write;
use std::process::Child;
use std::time::{Duration, Instant};

use host_tests::command::{Call, Home, Ran, signal};
use host_tests::server::{Answer, Received, Server};
use host_tests::stage::KEY;
use serde_json::{Value, json};

/// A server that leaves requests unanswered, but for those that `answer` knows an answer to.
async fn server(answer: impl Fn(&str) -> Option<Value> + Clone + Send + 'static) -> Server {
    Server::start(move |request: Received| {
        let answer = answer(&request.line).map(|body| Answer::json(&body.to_string()));
        std::future::ready(answer.unwrap_or(Answer::Silence))
    })
    .await
}

fn start(server: &Server, arguments: &[&str]) -> Child {
    let url = server.url();
    Call::new(arguments.iter().chain(&["--api-base", &url])).key(KEY).spawn()
}

/// Waits until so many requests came.
async fn requests(server: &Server, count: usize) -> Vec<Received> {
    until(|| server.received().len() >= count).await;
    server.received()
}

async fn until(so: impl Fn() -> bool) {
    let started = Instant::now();
    while !so() {
        assert!(started.elapsed() < Duration::from_secs(60), "it does not come to that");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

async fn end(child: Child, name: &str) -> Ran {
    signal(&child, name);
    ended(child).await
}

async fn ended(child: Child) -> Ran {
    tokio::task::spawn_blocking(|| Ran::of(child)).await.expect("its end")
}

#[tokio::test]
async fn a_read_changed_nothing() {
    let server = server(|_| None).await;
    let child = start(&server, &["get", "Customer", "cus_1"]);
    requests(&server, 1).await;
    let ran = end(child, "INT").await;
    let told = "error: interrupted: ended by Ctrl-C\n  effect  none, nothing was changed\n";
    assert_eq!((ran.code, ran.stdout.as_str(), ran.stderr.as_str()), (Some(130), "", told));

    let child = start(&server, &["list", "Customer", "--all", "--json"]);
    requests(&server, 2).await;
    let ran = end(child, "TERM").await;
    assert_eq!((ran.code, ran.stderr.as_str()), (Some(143), ""));
    let told = json!({"kind": "interrupted", "message": "ended by SIGTERM", "effect": "none"});
    assert_eq!(ran.json(), json!({ "error": told }));
}

#[tokio::test]
async fn a_change_names_the_key_that_was_sent() {
    let server = server(|_| None).await;
    let create = ["create", "Customer", "{}"];
    let child = start(&server, &create);
    let sent = requests(&server, 1).await.remove(0);
    let key = sent.header("idempotency-key").expect("a key").to_owned();
    assert_eq!((key.len(), &key[14..15]), (36, "4"), "a UUID of version 4: {key}");
    let ran = end(child, "INT").await;
    assert_eq!((ran.code, ran.stdout.as_str()), (Some(130), ""));
    assert!(ran.stderr.contains("ended by Ctrl-C; 1 change was left open"), "{}", ran.stderr);
    let repeat = format!(
        "repeat the same command with --idempotency-key {key} within 24 hours; nothing is done twice"
    );
    assert!(ran.stderr.contains(&repeat) && ran.stderr.contains("unknown"), "{}", ran.stderr);

    let child = start(&server, &[&create[..], &["--json", "--idempotency-key", "order-1"]].concat());
    requests(&server, 2).await;
    let ran = end(child, "INT").await;
    assert_eq!((ran.code, ran.stderr.as_str()), (Some(130), ""));
    let told = &ran.json()["error"];
    assert_eq!((&told["effect"], &told["idempotencyKey"]), (&json!("unknown"), &json!("order-1")));

    let child = start(&server, &["delete", "Customer", "cus_1"]);
    requests(&server, 3).await;
    let ran = end(child, "INT").await;
    assert!(ran.stderr.contains("what is deleted already stays deleted"), "{}", ran.stderr);
}

#[tokio::test]
async fn many_changes_are_counted() {
    // Ten requests: two are answered, and so many others are under way at once.
    let answer = |line: &str| {
        let objects: Vec<_> =
            (0..12).map(|n| json!({"id": format!("cus_{n:02}"), "object": "customer"})).collect();
        match line.split_whitespace().nth(1).expect("a path") {
            path if path.starts_with("/v1/customers?") => {
                Some(json!({"object": "list", "has_more": false, "data": objects}))
            }
            // Its customers are in no list but their own.
            path if path.starts_with("/v1/test_helpers/test_clocks?") => {
                Some(json!({"object": "list", "has_more": false, "data": []}))
            }
            "/v1/customers/cus_00" | "/v1/customers/cus_01" => Some(objects[0].clone()),
            _ => None,
        }
    };
    let update = ["update", "Customer", "--where", "Livemode IS NULL", r#"{"Name": "John"}"#, "--json"];
    let answering = server(answer).await;
    let child = start(&answering, &update);
    let sent = requests(&answering, 2 + 10).await.remove(11);
    let key = sent
        .header("idempotency-key")
        .and_then(|key| key.split_once(':'))
        .expect("a derived key")
        .0
        .to_owned();
    let ran = end(child, "INT").await;
    assert_eq!(ran.code, Some(130), "{ran:?}");
    let message = "ended by Ctrl-C; 2 changes were answered, 8 were left open";
    let told = json!({"kind": "interrupted", "message": message, "effect": "unknown", "idempotencyKey": key});
    assert_eq!(ran.json()["error"], told);

    // While the objects are still looked for, nothing is open.
    let silent = server(|_| None).await;
    let child = start(&silent, &update);
    requests(&silent, 1).await;
    let ran = end(child, "INT").await;
    let message = "ended by Ctrl-C; no change had been sent";
    let told = json!({"kind": "interrupted", "message": message, "effect": "none"});
    assert_eq!(ran.json()["error"], told);
}

#[tokio::test]
async fn what_is_written_stays_and_says_that_it_is_not_all() {
    let first = |line: &str| {
        let data: Vec<_> = (0..100).map(|n| json!({"id": format!("cus_{n}")})).collect();
        (!line.contains("starting_after")).then(|| json!({"object": "list", "has_more": true, "data": data}))
    };
    let server = server(first).await;
    let child = start(&server, &["list", "Customer", "--all", "--json"]);
    requests(&server, 2).await;
    // The first page is written while the second one is asked for.
    tokio::time::sleep(Duration::from_millis(1_500)).await;
    let ran = end(child, "INT").await;
    assert_eq!(ran.code, Some(130), "{ran:?}");
    assert!(ran.stderr.starts_with("error: interrupted: ended by Ctrl-C\n"), "{}", ran.stderr);
    assert!(ran.stdout.ends_with("}\n"), "{}", ran.stdout);
    let whole: Vec<Value> = serde_json::from_str(&format!("{}]", ran.stdout)).expect("rows, cut");
    assert_eq!(whole.len(), 100);
}

#[tokio::test]
async fn neither_input_nor_output_holds_it() {
    let pages = server(|_| {
        let data: Vec<_> =
            (0..100).map(|n| json!({"id": format!("cus_{n}"), "description": "x".repeat(2_000)})).collect();
        Some(json!({"object": "list", "has_more": true, "data": data}))
    })
    .await;
    // More than a pipe takes, and nobody reads.
    let mut child = start(&pages, &["list", "Customer", "--all", "--json"]);
    requests(&pages, 2).await;
    // Long enough for the progress to want its place on the terminal.
    tokio::time::sleep(Duration::from_millis(1_500)).await;
    let started = Instant::now();
    signal(&child, "INT");
    let ended = tokio::task::spawn_blocking(move || child.wait()).await.expect("its end");
    assert_eq!(ended.expect("a status").code(), Some(130));
    assert!(started.elapsed() < Duration::from_secs(10), "{:?}", started.elapsed());

    // Standard input stays open. More than a pipe takes is written only when it is read.
    let mut child = start(&pages, &["create", "Customer", "-", "--json"]);
    let mut input = child.stdin.take().expect("standard input");
    let write = move || input.write_all(&[b' '; 200_000]).map(|()| input);
    let input = tokio::task::spawn_blocking(write).await.expect("a writer").expect("a reader");
    let ran = end(child, "INT").await;
    drop(input);
    assert_eq!((ran.code, &ran.json()["error"]["effect"]), (Some(130), &json!("none")));
}

/// Stops the demo after its first object, of which `answers_delete` says whether it can be taken away.
async fn demo(answers_delete: bool) -> (Server, Child) {
    let server = server(move |line| match line.split_once(' ').expect("a method") {
        ("GET", path) if path.starts_with("/v1/balance") => {
            Some(json!({"object": "balance", "livemode": false}))
        }
        ("POST", path) if path.starts_with("/v1/customers ") => {
            Some(json!({"id": "cus_1", "object": "customer"}))
        }
        ("DELETE", _) if answers_delete => {
            Some(json!({"id": "cus_1", "object": "customer", "deleted": true}))
        }
        _ => None,
    })
    .await;
    let child = start(&server, &["demo"]);
    requests(&server, 3).await;
    (server, child)
}

#[tokio::test]
async fn the_demo_takes_away_what_it_made() {
    let (server, child) = demo(true).await;
    let ran = end(child, "INT").await;
    assert_eq!(ran.code, Some(130), "{ran:?}");
    assert!(ran.stdout.ends_with('\n') && ran.stderr.contains("interrupted"), "{ran:?}");
    let last = server.received().pop().expect("a request").line;
    assert!(last.starts_with("DELETE /v1/customers/cus_1"), "{last}");

    // A second Ctrl-C does not wait for that.
    let (server, child) = demo(false).await;
    signal(&child, "INT");
    requests(&server, 4).await;
    let started = Instant::now();
    let ran = end(child, "INT").await;
    assert_eq!(ran.code, Some(130), "{ran:?}");
    assert!(started.elapsed() < Duration::from_secs(10), "{:?}", started.elapsed());

    // Before its first step it has nothing to take away.
    let home = Home::new("demo");
    home.write("store", "touch asked\nsleep 60\n");
    let path = std::env::var("PATH").expect("PATH");
    let asks = ["demo", "--secrets", "command:sh store", "--api-base", "http://127.0.0.1:1"];
    let child = Call::new(asks).env("PATH", &path).home(&home).spawn();
    until(|| home.path().join("asked").exists()).await;
    let started = Instant::now();
    assert_eq!(end(child, "INT").await.code, Some(130));
    assert!(started.elapsed() < Duration::from_secs(10), "{:?}", started.elapsed());
}
