//! Instances of the component: reused or fresh, side by side, and thrown away when something broke off.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use host_tests::server::{Answer, Server};
use host_tests::stage::{Stage, builder, connector, none, parse};
use stripe_connector_host::contract::Query;
use stripe_connector_host::{CallError, Reuse, SecretBytes, SecretError, Secrets};

#[tokio::test]
async fn fresh_and_reused_instances_answer_alike() {
    let stage = Stage::new().await;
    stage.put_customers(30);
    let url = stage.sandbox.url();
    for reuse in [Reuse::Never, Reuse::Until { calls: 3, memory: usize::MAX }, Reuse::default()] {
        let connector = builder(&[("api_base", &url)]).reuse(reuse).build().expect("a connector");
        for n in 0..10 {
            let id = format!("cus_{n:03}");
            let row = connector.get("Customer", Some(&id), None, false, &none()).await.expect("a row");
            assert_eq!(parse(&row.fields)["Id"], id, "{reuse:?}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn calls_run_side_by_side() {
    let stage = Stage::new().await;
    stage.put_customers(100);
    let url = stage.sandbox.url();
    let connector = builder(&[("api_base", &url)]).max_instances(4).build().expect("a connector");
    let calls = (0..100).map(|n| {
        let connector = connector.clone();
        tokio::spawn(async move {
            let id = format!("cus_{n:03}");
            let row = connector.get("Customer", Some(&id), None, false, &none()).await.expect("a row");
            assert_eq!(parse(&row.fields)["Id"], id);
        })
    });
    for call in calls.collect::<Vec<_>>() {
        call.await.expect("its own row");
    }
    assert_eq!(stage.sent().len(), 100);
}

#[tokio::test]
async fn a_call_that_needs_too_much_memory_costs_itself_only() {
    let stage = Stage::new().await;
    stage.put_customers(3);
    let url = stage.sandbox.url();
    let connector = builder(&[("api_base", &url)]).memory_limit(4 << 20).build().expect("a connector");
    let large = format!("{{\"Name\": \"{}\"}}", "x".repeat(8 << 20));
    let broken = connector.create("Customer", &large, &none()).await.expect_err("no memory");
    assert!(matches!(broken, CallError::Host(_)), "{broken}");
    let page = connector.list(&Query::new("Customer"), &none()).await.expect("a page");
    assert_eq!(page.scanned, 3);
}

#[tokio::test]
async fn a_call_that_nobody_waits_for_leaves_nothing_behind() {
    let server = Server::start(|request| async move {
        if request.line.contains("cus_silent") {
            Answer::Silence
        } else {
            Answer::json(r#"{"id": "cus_1", "object": "customer"}"#)
        }
    })
    .await;
    let connector = connector(&server.url(), &[]);
    for _ in 0..50 {
        let options = none();
        let silent = connector.get("Customer", Some("cus_silent"), None, false, &options);
        tokio::time::timeout(Duration::from_millis(20), silent).await.expect_err("silence");
        let row = connector.get("Customer", Some("cus_1"), None, false, &none()).await.expect("a row");
        assert_eq!(parse(&row.fields)["Id"], "cus_1");
    }
}

/// A key that changes with every look.
#[derive(Clone, Default)]
struct Rotating(Arc<Mutex<u32>>);

#[async_trait]
impl Secrets for Rotating {
    async fn get(&self, name: &str, version: &str) -> Result<SecretBytes, SecretError> {
        assert_eq!((name, version), ("team/key", "7"));
        let mut count = self.0.lock().expect("one at a time");
        *count += 1;
        Ok(SecretBytes::new(format!("sk_test_{count}")))
    }
}

#[tokio::test]
async fn a_rotated_key_is_used_at_once() {
    let server = Server::answering(Answer::json(r#"{"id": "cus_1"}"#)).await;
    let url = server.url();
    let settings =
        [("api_base", url.as_str()), ("api_key_secret", "team/key"), ("api_key_secret_version", "7")];
    let connector = builder(&settings).secrets(Rotating::default()).build().expect("a connector");
    for _ in 0..3 {
        connector.get("Customer", Some("cus_1"), None, false, &none()).await.expect("a row");
    }
    let received = server.received();
    let keys: Vec<_> = received.iter().filter_map(|request| request.header("authorization")).collect();
    assert_eq!(keys, ["Bearer sk_test_1", "Bearer sk_test_2", "Bearer sk_test_3"]);
}
