//! As many connections as there may be, and time limits.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use host_tests::server::{Answer, Server};
use host_tests::stage::{builder, failure, none};
use stripe_connector_host::contract::{Effect, FailureKind};

const CUSTOMER: &str = r#"{"id": "cus_1", "object": "customer"}"#;

#[tokio::test]
async fn no_more_connections_than_allowed() {
    let busy = Arc::<(AtomicUsize, AtomicUsize)>::default();
    let counted = Arc::clone(&busy);
    let server = Server::start(move |_| {
        let busy = Arc::clone(&counted);
        async move {
            let now = busy.0.fetch_add(1, Ordering::SeqCst) + 1;
            busy.1.fetch_max(now, Ordering::SeqCst);
            tokio::time::sleep(Duration::from_millis(20)).await;
            busy.0.fetch_sub(1, Ordering::SeqCst);
            Answer::json(CUSTOMER)
        }
    })
    .await;
    let connector = builder(&[("api_base", &server.url())]).max_connections(2).build().expect("a connector");
    let calls = (0..12).map(|_| {
        let connector = connector.clone();
        tokio::spawn(async move {
            connector.get("Customer", Some("cus_1"), None, false, &none()).await.map(|_| ())
        })
    });
    for call in calls.collect::<Vec<_>>() {
        call.await.expect("a task").expect("a customer");
    }
    assert_eq!(busy.1.load(Ordering::SeqCst), 2);
    assert!(server.connections() <= 2, "{} connections", server.connections());
}

#[tokio::test]
async fn a_request_without_a_place_was_not_sent() {
    let server = Server::answering(Answer::Silence).await;
    let settings =
        [("api_base", server.url().as_str()), ("max_retries", "0"), ("connect_timeout_ms", "200")].map(own);
    let connector = builder(&[]).settings(settings).max_connections(1).build().expect("a connector");
    let first = connector.clone();
    let first = tokio::spawn(async move { first.create("Customer", "{}", &none()).await.map(|_| ()) });
    tokio::time::sleep(Duration::from_millis(100)).await;
    let second = failure(connector.create("Customer", "{}", &none()).await);
    assert_eq!((second.kind, second.effect), (FailureKind::Unavailable, Effect::None), "{second:?}");
    assert_eq!(server.received().len(), 1);
    first.abort();
}

fn own((name, value): (&str, &str)) -> (String, String) {
    (name.to_owned(), value.to_owned())
}
