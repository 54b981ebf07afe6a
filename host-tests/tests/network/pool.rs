//! Connections that serve more than one request.

use std::time::Instant;

use host_tests::server::{Answer, Server, message};
use host_tests::stage::{builder, none};
use stripe_connector_host::Connector;

use crate::api::Api;

const CUSTOMER: &str = r#"{"id": "cus_1", "object": "customer"}"#;

/// Calls one after the other, and what one took in microseconds.
async fn calls(connector: &Connector, count: u32) -> u128 {
    let started = Instant::now();
    for _ in 0..count {
        connector.get("Customer", Some("cus_1"), None, false, &none()).await.expect("a customer");
    }
    started.elapsed().as_micros() / u128::from(count)
}

#[tokio::test]
async fn a_thousand_calls_open_one_connection() {
    let server = Server::answering(Answer::json(CUSTOMER)).await;
    let connector = builder(&[("api_base", &server.url())]).build().expect("a connector");
    let kept = calls(&connector, 1000).await;
    assert_eq!((server.connections(), server.received().len()), (1, 1000));

    // The same where the server hangs up after each: what a connection for every request costs.
    let headers = [("Content-Type", "application/json"), ("Connection", "close")];
    let server = Server::answering(Answer::Cut(message("200 OK", &headers, CUSTOMER.as_bytes()))).await;
    let connector = builder(&[("api_base", &server.url())]).build().expect("a connector");
    let opened = calls(&connector, 1000).await;
    assert_eq!((server.connections(), server.received().len()), (1000, 1000));
    println!("1000 calls over 1 connection: {kept} us each; over 1000 connections: {opened} us each");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn calls_side_by_side_share_the_pool() {
    let api = Api::start(None).await;
    let connector = builder(&[("api_base", &api.url())]).build().expect("a connector");
    for _ in 0..10 {
        let calls = (0..16).map(|_| {
            let connector = connector.clone();
            tokio::spawn(async move { calls(&connector, 5).await })
        });
        for call in calls.collect::<Vec<_>>() {
            call.await.expect("a call");
        }
    }
    assert_eq!(api.asked().len(), 800);
    assert!(api.connections() <= 32, "{} connections", api.connections());
}
