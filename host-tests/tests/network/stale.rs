//! Kept connections that the server closes at the moment when they are used again: a request that may have been read is
//! never sent a second time behind the connector's back.

use std::collections::HashMap;

use host_tests::server::{Answer, Server, message};
use host_tests::stage::{builder, failure, none};
use host_tests::wire::{Step, Wire};
use stripe_connector_host::Connector;
use stripe_connector_host::contract::{CallOptions, Effect, FailureKind};

const CUSTOMER: &[u8] = br#"{"id": "cus_1", "object": "customer"}"#;

/// Nothing says that the connection will end.
fn customer() -> Vec<u8> {
    message("200 OK", &[("Content-Type", "application/json")], CUSTOMER)
}

fn connector(url: &str) -> Connector {
    builder(&[("api_base", url), ("max_retries", "0")]).build().expect("a connector")
}

fn with_key(n: usize) -> CallOptions {
    CallOptions { idempotency_key: Some(format!("key-{n}")), ..none() }
}

/// How often the server read each key.
fn counted(server: &Server) -> HashMap<String, usize> {
    let mut counts = HashMap::new();
    for request in server.received() {
        let key = request.header("idempotency-key").expect("a key").to_owned();
        *counts.entry(key).or_default() += 1;
    }
    counts
}

/// The server hangs up right after each answer, and the next request meets that anywhere: before the host has heard of
/// it, or after.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn hanging_up_after_the_answer_costs_no_repeat() {
    let server = Server::answering(Answer::Cut(customer())).await;
    let connector = connector(&server.url());
    let (mut done, mut unknown) = (0, 0);
    for n in 0..500 {
        match connector.create("Customer", "{}", &with_key(n)).await {
            Ok(_) => done += 1,
            Err(error) => {
                let failed = failure::<()>(Err(error));
                assert_eq!(
                    (failed.kind, failed.effect),
                    (FailureKind::Unavailable, Effect::Unknown),
                    "{failed:?}"
                );
                unknown += 1;
            }
        }
    }
    let counts = counted(&server);
    assert!(counts.values().all(|count| *count == 1), "{counts:?}");
    assert_eq!(counts.len(), done, "every request that was read was answered");
    println!("500 POSTs, each meeting a closed connection: {done} done, {unknown} unknown, none read twice");
}

/// The second request of a connection is read whole, and the server hangs up.
#[tokio::test]
async fn a_request_that_was_read_is_not_repeated() {
    for hangs_up in [Answer::Cut(Vec::new()), Answer::Reset] {
        let server = Server::start(move |request| {
            let first = request.header("idempotency-key").is_some_and(|key| key.ends_with("-0"));
            std::future::ready(if first { Answer::Bytes(customer()) } else { hangs_up.clone() })
        })
        .await;
        let connector = connector(&server.url());
        connector.create("Customer", "{}", &with_key(0)).await.expect("a customer");
        let failed = failure(connector.create("Customer", "{}", &with_key(1)).await);
        assert_eq!((failed.kind, failed.effect), (FailureKind::Unavailable, Effect::Unknown), "{failed:?}");
        assert_eq!((server.connections(), counted(&server)["key-1"]), (1, 1));
    }
}

/// The same after its head alone.
#[tokio::test]
async fn a_request_that_was_read_in_part_is_not_repeated() {
    let wire =
        Wire::start(|_| vec![Step::Read, Step::Write(customer()), Step::ReadPart(0), Step::Reset]).await;
    let connector = connector(&wire.url());
    connector.create("Customer", "{}", &with_key(0)).await.expect("a customer");
    let failed = failure(connector.create("Customer", "{}", &with_key(1)).await);
    assert_eq!((failed.kind, failed.effect), (FailureKind::Unavailable, Effect::Unknown), "{failed:?}");
    assert_eq!(wire.connections().len(), 1);
}

/// What follows an answer unasked, as from a proxy that has lost its place, is not taken for the next one.
#[tokio::test]
async fn words_that_nobody_asked_for_are_no_answer() {
    let unasked = message("200 OK", &[("Content-Type", "application/json")], br#"{"id": "cus_other"}"#);
    let server = Server::answering(Answer::Bytes([customer(), unasked].concat())).await;
    let connector = connector(&server.url());
    for n in 0..100 {
        let created = connector.create("Customer", "{}", &with_key(n)).await.expect("a customer");
        assert_eq!(created.id.as_deref(), Some("cus_1"));
    }
    assert_eq!((server.connections(), server.received().len()), (100, 100));
}

/// A connection that was closed long before is noticed, and costs nothing.
#[tokio::test]
async fn a_connection_that_is_known_to_be_closed_is_not_used() {
    let server = Server::answering(Answer::Cut(customer())).await;
    let connector = connector(&server.url());
    for n in 0..5 {
        connector.create("Customer", "{}", &with_key(n)).await.expect("a customer");
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    assert_eq!(server.connections(), 5);
}
