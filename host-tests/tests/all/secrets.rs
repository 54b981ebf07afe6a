//! Keys from mounted files and from commands, under a connector that runs.

use std::os::unix::fs::symlink;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use host_tests::command::Home;
use host_tests::server::{Answer, Server};
use host_tests::stage::{builder, failure, none};
use stripe_connector_host::contract::{Effect, FailureKind};
use stripe_connector_host::{CommandSecrets, Connector, DirSecrets, Secrets};

const CUSTOMER: &str = r#"{"id": "cus_1", "object": "customer"}"#;

async fn stripe() -> Server {
    Server::start(|_| async {
        // So that calls of many are under way when the key changes.
        tokio::time::sleep(Duration::from_millis(5)).await;
        Answer::json(CUSTOMER)
    })
    .await
}

fn connector(server: &Server, secrets: impl Secrets + 'static) -> Connector {
    builder(&[("api_base", &server.url())]).secrets(secrets).build().expect("a connector")
}

async fn get(connector: &Connector, id: &str) {
    connector.get("Customer", Some(id), None, false, &none()).await.expect("a customer");
}

/// The numbers of the keys with which an object was asked for.
fn keys(server: &Server, id: &str) -> Vec<usize> {
    let line = format!("GET /v1/customers/{id} HTTP/1.1");
    let received = server.received();
    let keys = received.iter().filter(|request| request.line == line).map(|request| {
        let key = request.header("authorization").and_then(|value| value.strip_prefix("Bearer sk_test_"));
        key.and_then(|number| number.parse().ok()).expect("a whole key")
    });
    keys.collect()
}

/// Puts a key into a volume as the kubelet does: a directory of its own for each generation, and one link that is
/// renamed in place of the one before.
fn rotate(volume: &Path, number: usize) {
    let generation = format!("..generation_{number}");
    std::fs::create_dir(volume.join(&generation)).expect("a directory");
    let file = volume.join(&generation).join("stripe-api-key");
    std::fs::write(file, format!("sk_test_{number}\n")).expect("a file");
    symlink(&generation, volume.join("..data_tmp")).expect("a link");
    std::fs::rename(volume.join("..data_tmp"), volume.join("..data")).expect("a swap");
    if number > 0 {
        std::fs::remove_dir_all(volume.join(format!("..generation_{}", number - 1))).expect("a directory");
    } else {
        symlink("..data/stripe-api-key", volume.join("stripe-api-key")).expect("a link");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_rotated_file_is_used_by_the_next_call() {
    let (server, volume) = (stripe().await, Home::new("rotated-file"));
    rotate(volume.path(), 0);
    let connector = connector(&server, DirSecrets::new(volume.path()));
    let calls = Arc::new(AtomicUsize::new(0));
    let callers = (0..8).map(|_| {
        let (connector, calls) = (connector.clone(), Arc::clone(&calls));
        tokio::spawn(async move {
            loop {
                get(&connector, "cus_1").await;
                calls.fetch_add(1, Ordering::Relaxed);
            }
        })
    });
    let callers: Vec<_> = callers.collect();
    for number in 1..=20 {
        let before = calls.load(Ordering::Relaxed);
        while calls.load(Ordering::Relaxed) < before + 10 {
            assert!(!callers.iter().any(tokio::task::JoinHandle::is_finished), "a call failed");
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        rotate(volume.path(), number);
        let next = format!("cus_next{number}");
        get(&connector, &next).await;
        assert_eq!(keys(&server, &next), [number]);
    }
    assert!(callers.iter().all(|caller| !caller.is_finished()), "no call failed");
    callers.iter().for_each(tokio::task::JoinHandle::abort);
}

#[tokio::test]
async fn what_a_directory_does_not_give_is_a_failure_that_sent_nothing() {
    let (server, home) = (stripe().await, Home::new("no-secret"));
    std::fs::create_dir(home.path().join("mount")).expect("a directory");
    home.write("outside", "sk_test_canary");
    symlink("../outside", home.path().join("mount/stripe-api-key")).expect("a link");
    for (mount, kind) in [("mount", FailureKind::Unauthenticated), ("not-mounted", FailureKind::Unavailable)]
    {
        let connector = connector(&server, DirSecrets::new(home.path().join(mount)));
        let told = failure(connector.get("Customer", Some("cus_1"), None, false, &none()).await);
        assert_eq!((told.kind, told.effect), (kind, Effect::None), "{}", told.message);
        assert!(!format!("{told:?}").contains("canary"), "{told:?}");
    }
    assert!(server.received().is_empty());
}

#[tokio::test]
async fn a_command_runs_once_for_many_calls_and_again_after_its_time() {
    let (server, home) = (stripe().await, Home::new("secret-command"));
    let runs = home.path().join("runs");
    let script = format!("echo >> {0}; echo sk_test_$(wc -l < {0})", runs.display());
    let command = CommandSecrets::new("sh", ["-c", &script]).keep(Duration::from_secs(3));
    let connector = connector(&server, command);
    let many = (0..40).map(|_| {
        let connector = connector.clone();
        tokio::spawn(async move { get(&connector, "cus_1").await })
    });
    for call in many.collect::<Vec<_>>() {
        call.await.expect("a call");
    }
    assert_eq!(keys(&server, "cus_1"), [1; 40]);
    tokio::time::sleep(Duration::from_millis(3200)).await;
    get(&connector, "cus_later").await;
    assert_eq!(keys(&server, "cus_later"), [2]);
}

#[tokio::test]
async fn a_command_that_fails_is_told_without_its_words() {
    let server = stripe().await;
    for (script, kind) in [
        ("exit 66", FailureKind::Unauthenticated),
        ("exit 77", FailureKind::Unauthenticated),
        ("exit 1", FailureKind::Unavailable),
        ("exec sleep 60", FailureKind::Unavailable),
    ] {
        let script = format!("echo sk_test_canary; echo sk_test_canary >&2; {script}");
        let command = CommandSecrets::new("sh", ["-c", &script]).timeout(Duration::from_millis(500));
        let connector = connector(&server, command);
        let told = failure(connector.create("Customer", "{}", &none()).await);
        assert_eq!((told.kind, told.effect), (kind, Effect::None), "{script}: {}", told.message);
        assert!(!format!("{told:?}").contains("canary"), "{told:?}");
        let status = connector.check_readiness().await.expect("a status");
        assert!(!format!("{status:?}").contains("canary"), "{status:?}");
    }
    assert!(server.received().is_empty());
}
