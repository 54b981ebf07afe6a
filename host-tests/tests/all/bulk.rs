//! Changes to every object that a filter finds.

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use host_tests::server::{Answer, Received, Server};
use host_tests::stage::{Stage, connector, failure, header, none};
use serde_json::{Value, json};
use stripe_connector_host::contract::{CallOptions, Selection};
use tokio::sync::Barrier;

fn selection(entity: &str, filter: &str, dry_run: bool) -> Selection {
    Selection { entity: entity.to_owned(), filter: filter.to_owned(), dry_run }
}

#[tokio::test]
async fn a_dry_run_counts_and_changes_nothing() {
    let stage = Stage::new().await;
    stage.put_customers(130);
    let even = selection("Customer", "Name = 'Even'", true);
    let updated = stage.connector.update_where(&even, r#"{"Phone": "1"}"#, &none()).await.expect("a count");
    let deleted = stage.connector.delete_where(&even, &none()).await.expect("a count");
    for result in [updated, deleted] {
        assert_eq!((result.matched, result.changed, result.effect.name()), (65, 0, "none"));
    }
    assert!(stage.sent().iter().all(|request| request.method == "GET"));
}

#[tokio::test]
async fn every_match_is_changed_with_a_key_of_its_own() {
    let stage = Stage::new().await;
    stage.put_customers(130);
    let options = CallOptions { idempotency_key: Some("bulk-1".to_owned()), ..none() };
    let even = selection("Customer", "Name = 'Even'", false);
    let mut keys = Vec::new();
    for _ in 0..2 {
        let result = stage.connector.update_where(&even, r#"{"Phone": "1"}"#, &options).await;
        let result = result.expect("changes");
        assert_eq!((result.matched, result.changed, result.effect.name()), (65, 65, "none"));
        assert!(result.failures.is_empty() && result.not_attempted.is_empty());
        let posts = stage.sent().into_iter().filter(|request| request.method == "POST");
        let of_objects: Vec<(String, String)> = posts
            .map(|post| (post.path.clone(), header(&post, "idempotency-key").expect("a key").to_owned()))
            .collect();
        assert_eq!(of_objects.iter().map(|(_, key)| key).collect::<HashSet<_>>().len(), 65);
        keys.push(of_objects.into_iter().collect::<HashSet<_>>());
    }
    // Repeated with the same key, each object's part has the key it had: nothing is done twice.
    assert_eq!(keys[0], keys[1]);
    for n in 0..130 {
        let phone = stage.sandbox.get(&format!("cus_{n:03}")).expect("a customer")["phone"].clone();
        assert_eq!(phone, if n % 2 == 0 { json!("1") } else { Value::Null }, "{n}");
    }
}

#[tokio::test]
async fn every_match_is_deleted() {
    let stage = Stage::new().await;
    stage.put_customers(130);
    let gold = selection("customers", "Metadata.plan = 'gold'", false);
    let result = stage.connector.delete_where(&gold, &none()).await.expect("changes");
    assert_eq!((result.matched, result.changed), (44, 44));
    assert_eq!(stage.ids("Customer", "Metadata.plan = 'gold'").await.len(), 0);
    assert_eq!(stage.ids("Customer", "Livemode = FALSE").await.len(), 86);
}

#[tokio::test]
async fn what_could_not_be_changed_is_listed() {
    let stage = Stage::new().await;
    let spare = stage.create("Product", json!({"Name": "Spare"})).await;
    let sold = stage.create("Product", json!({"Name": "Sold"})).await;
    stage.create("Price", json!({"Product": sold, "Currency": "usd", "UnitAmount": 100})).await;
    let active = selection("Product", "Active = TRUE", false);
    let result = stage.connector.delete_where(&active, &none()).await.expect("changes");
    assert_eq!((result.matched, result.changed, result.effect.name()), (2, 1, "partial"));
    let failed: Vec<_> =
        result.failures.iter().map(|row| (row.id.as_str(), row.failure.http_status)).collect();
    assert_eq!(failed, [(sold.as_str(), Some(400))]);
    assert_eq!(stage.ids("Product", "Active = TRUE").await, [sold]);
    // Of a deleted product Stripe knows nothing any more.
    let gone = failure(stage.connector.get("Product", Some(&spare), None, false, &none()).await);
    assert_eq!(gone.kind.name(), "not-found");
}

#[tokio::test]
async fn an_empty_filter_never_means_every_row() {
    let stage = Stage::new().await;
    stage.put_customers(3);
    for filter in ["", "  ", "\n"] {
        let all = selection("Customer", filter, false);
        let updated = failure(stage.connector.update_where(&all, r#"{"Phone": "1"}"#, &none()).await);
        let deleted = failure(stage.connector.delete_where(&all, &none()).await);
        for failure in [updated, deleted] {
            assert_eq!((failure.kind.name(), failure.param.as_deref()), ("invalid-input", Some("filter")));
        }
    }
    assert_eq!(stage.lines(), [""; 0]);
}

#[tokio::test]
async fn beyond_max_scan_nothing_is_changed() {
    let stage = Stage::with(&[("max_scan", "100")]).await;
    stage.put_customers(150);
    let even = selection("Customer", "Name = 'Even'", false);
    let refused = failure(stage.connector.delete_where(&even, &none()).await);
    assert_eq!((refused.kind.name(), refused.effect.name()), ("limit-exceeded", "none"));
    assert!(stage.sent().iter().all(|request| request.method == "GET"));
}

/// Answers a POST only when `width` of them are there, and knows how many there were at most.
#[derive(Clone)]
struct Crowd {
    barrier: Arc<Barrier>,
    inside: Arc<AtomicUsize>,
    most: Arc<AtomicUsize>,
}

impl Crowd {
    async fn answer(self, request: Received) -> Answer {
        if request.line.starts_with("GET") {
            let data: Vec<_> = (0..24).map(|n| json!({"id": format!("cus_{n}"), "name": "x"})).collect();
            return Answer::json(&json!({"object": "list", "has_more": false, "data": data}).to_string());
        }
        let inside = self.inside.fetch_add(1, Ordering::SeqCst) + 1;
        self.most.fetch_max(inside, Ordering::SeqCst);
        self.barrier.wait().await;
        self.inside.fetch_sub(1, Ordering::SeqCst);
        Answer::json(r#"{"id": "cus_0", "object": "customer"}"#)
    }
}

#[tokio::test]
async fn changes_are_in_flight_together() {
    for (setting, width) in [(None, 8), (Some("3"), 3)] {
        let most = Arc::<AtomicUsize>::default();
        let barrier = Arc::new(Barrier::new(width));
        let crowd = Crowd { barrier, inside: Arc::default(), most: most.clone() };
        let server = Server::start(move |request| crowd.clone().answer(request)).await;
        let settings: Vec<_> = setting.into_iter().map(|width| ("max_in_flight", width)).collect();
        let connector = connector(&server.url(), &settings);
        // Fewer at a time would never get an answer.
        let options = CallOptions { deadline_ms: Some(20_000), ..none() };
        let all = selection("Customer", "Name = 'x'", false);
        let result = connector.update_where(&all, r#"{"Phone": "1"}"#, &options).await.expect("changes");
        assert_eq!((result.matched, result.changed), (24, 24));
        assert_eq!(most.load(Ordering::SeqCst), width);
    }
}

#[tokio::test]
async fn every_object_that_a_filter_means_is_changed_once_wherever_stripe_lists_it() {
    let stage = Stage::new().await;
    stage.put_customers(230);
    let clock = stage.create("TestClock", json!({"FrozenTime": "2026-01-01"})).await;
    let clocked = stage.create("Customer", json!({"Name": "Even", "TestClock": clock})).await;
    stage.sent();
    // What both alternatives find is one row.
    let filter = "(Email = '2@example.com' OR Created <= '2026-01-01T00:00:09Z' OR Id IS NOT NULL AND TestClock IS NOT NULL) \
                  AND NOT Name = 'Odd'";
    let expected: Vec<_> = (0..230).filter(|n| n % 2 == 0 && (n % 10 == 2 || *n <= 9)).collect();
    let even = selection("Customer", filter, false);
    let result = stage.connector.update_where(&even, r#"{"Phone": "1"}"#, &none()).await.expect("changes");
    assert_eq!((result.matched, result.changed), (expected.len() as u32 + 1, expected.len() as u32 + 1));
    let changed: Vec<_> = stage.sent().into_iter().filter(|request| request.method == "POST").collect();
    assert_eq!(changed.len(), expected.len() + 1);
    for n in 0..230 {
        let phone = &stage.sandbox.get(&format!("cus_{n:03}")).expect("a customer")["phone"];
        assert_eq!(*phone == "1", expected.contains(&n), "cus_{n:03}");
    }
    assert_eq!(stage.row("Customer", &clocked).await["Phone"], "1");
    let gone = stage.connector.delete_where(&even, &none()).await.expect("changes");
    assert_eq!((gone.matched, gone.changed), (result.matched, result.changed));
    assert_eq!(stage.ids("Customer", filter).await, [""; 0]);
}
