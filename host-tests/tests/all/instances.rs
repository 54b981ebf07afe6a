//! Instances of the component: reused or fresh, side by side, and thrown away when something broke off.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use host_tests::server::{Answer, Server};
use host_tests::stage::{Stage, builder, connector, failure, none, parse};
use serde_json::json;
use stripe_connector_host::contract::Query;
use stripe_connector_host::{CallError, Connector, Reuse, SecretBytes, SecretError, Secrets};

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

/// The stack is small, and what is nested too deep is refused before it ends: as deep as may be, and one deeper.
#[tokio::test]
async fn what_may_be_nested_fits_the_stack() {
    let stage = Stage::new().await;
    stage.put_customers(20);
    let listed = async |depth: usize| {
        let filter = format!("{}Email = '7@example.com'{}", "NOT (".repeat(depth), ")".repeat(depth));
        stage.connector.list(&Query { filter: Some(filter), ..Query::new("Customer") }, &none()).await
    };
    assert_eq!(parse(&listed(64).await.expect("a page").rows).as_array().expect("rows").len(), 2);
    let refused = failure(listed(65).await);
    assert!(refused.message.contains("nested over 64 deep"), "{}", refused.message);
    for negated in [false, true] {
        let deep = (0..64 - usize::from(negated))
            .fold("Email = '7@example.com'".to_owned(), |inner, level| {
                format!("Name = 'x' {} ({inner})", if level % 2 == 0 { "OR" } else { "AND" })
            });
        let filter = Some(if negated { format!("NOT ({deep})") } else { deep });
        let query = Query { filter, ..Query::new("Customer") };
        stage.connector.list(&query, &none()).await.expect("a page");
        stage.connector.explain(&query, &none()).await.expect("a plan");
    }
    for depth in [32, 33, 1_000, 100_000] {
        for (open, close) in [("{\"a\":", "}"), ("[", "]")] {
            let fields = format!("{{\"Shipping\": {}1{}}}", open.repeat(depth), close.repeat(depth));
            failure(stage.connector.create("Customer", &fields, &none()).await);
        }
    }
}

/// The same of what Stripe answers, which has no limit: deeper than it ever is, it stays as it is.
#[tokio::test]
async fn what_stripe_nests_fits_the_stack() {
    for depth in [31, 32, 33, 100] {
        let deep = format!("{}1{}", "{\"a\": ".repeat(depth), "}".repeat(depth));
        let body = format!("{{\"id\": \"in_1\", \"object\": \"invoice\", \"nested\": {deep}}}");
        let server = Server::answering(Answer::json(&body)).await;
        let connector = connector(&server.url(), &[]);
        let row = connector.get("Invoice", Some("in_1"), None, false, &none()).await.expect("a row");
        assert_eq!(parse(&row.fields)["Id"], "in_1");
        connector.finalize_invoice("in_1", None, None, &none()).await.expect("an outcome");
    }
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

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn closing_waits_for_the_calls_under_way_and_refuses_others() {
    let server = Server::start(|_| async {
        tokio::time::sleep(Duration::from_millis(300)).await;
        Answer::json(r#"{"id": "cus_1", "object": "customer"}"#)
    })
    .await;
    let connector = builder(&[("api_base", &server.url())]).max_instances(2).build().expect("a connector");
    let call = |connector: Connector| {
        tokio::spawn(async move { connector.get("Customer", Some("cus_1"), None, false, &none()).await })
    };
    // Two are under way and one waits for its turn.
    let calls: Vec<_> = (0..3).map(|_| call(connector.clone())).collect();
    while server.received().len() < 2 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let closing = connector.clone();
    let closing = tokio::spawn(async move { closing.close().await });
    for call in calls {
        call.await.expect("no panic").expect("a row");
    }
    closing.await.expect("no panic");
    let refused = connector.get("Customer", Some("cus_1"), None, false, &none()).await;
    assert!(matches!(refused, Err(CallError::Closed)), "{refused:?}");
    connector.close().await;
    assert_eq!(server.received().len(), 3);
}

#[tokio::test]
async fn a_call_that_computes_too_long_is_stopped() {
    let object =
        |n: usize| json!({"id": format!("cus_{n}"), "object": "customer", "name": "zy".repeat(50_000)});
    let data: Vec<_> = (0..100).map(object).collect();
    let page = json!({"object": "list", "has_more": false, "data": data}).to_string();
    let server = Server::answering(Answer::json(&page)).await;
    let limit = Duration::from_millis(200);
    let connector =
        builder(&[("api_base", &server.url())]).compute_limit(limit).build().expect("a connector");
    // A thousand looks at ten megabytes, none of which finds anything.
    let conditions: Vec<_> = (0..999).map(|n| format!("Name LIKE '%zz%{n}%'")).collect();
    let query = Query { filter: Some(conditions.join(" OR ")), ..Query::new("Customer") };
    let options = none();
    let started = Instant::now();
    let mut turns = 0;
    let others = async {
        loop {
            tokio::time::sleep(Duration::from_millis(10)).await;
            turns += 1;
        }
    };
    let stopped = tokio::select! {
        answer = connector.list(&query, &options) => answer.expect_err("it takes much longer").to_string(),
        () = others => unreachable!("it has no end"),
    };
    assert!(stopped.contains("may compute for 200ms"), "{stopped}");
    assert!(started.elapsed() < Duration::from_secs(10), "{:?}", started.elapsed());
    // On this one thread others had their turn meanwhile.
    assert!(turns > 1, "{turns}");
    let status = connector.check_readiness().await.expect("the next call");
    assert_eq!(status.state.name(), "active");
}

#[tokio::test]
async fn what_waits_for_stripe_does_not_compute() {
    let count = Arc::new(AtomicUsize::new(0));
    let server = Server::start(move |_| {
        let id = count.fetch_add(1, Ordering::Relaxed);
        async move {
            tokio::time::sleep(Duration::from_millis(60)).await;
            let page = json!({"object": "list", "has_more": true, "data": [{"id": format!("cus_{id}")}]});
            Answer::json(&page.to_string())
        }
    })
    .await;
    let settings = [("api_base", server.url()), ("max_scan", "20".to_owned())];
    let settings = settings.each_ref().map(|(name, value)| (*name, value.as_str()));
    let limit = Duration::from_millis(500);
    let connector = builder(&settings).compute_limit(limit).build().expect("a connector");
    let query = Query { page_size: Some(200), ..Query::new("Customer") };
    let page = connector.list(&query, &none()).await.expect("a page");
    assert_eq!((page.scanned, server.received().len() >= 20), (20, true));
}
