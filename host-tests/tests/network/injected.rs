//! `authorization = injected`: the host has the key, and the component never sees it.

use host_tests::server::{Answer, Received, Server};
use host_tests::stage::{Counted, KEY, builder, failure, none};
use stripe_connector_host::contract::{Effect, FailureKind};
use stripe_connector_host::{SecretBytes, SecretError};

async fn server() -> Server {
    Server::start(|request: Received| {
        std::future::ready(Answer::json(if request.line.contains("meter_event_session") {
            r#"{"object": "v2.billing.meter_event_session", "authentication_token": "t0ken"}"#
        } else {
            r#"{"id": "cus_1", "object": "customer"}"#
        }))
    })
    .await
}

#[tokio::test]
async fn the_host_adds_the_key_to_each_request() {
    let (server, secrets) = (server().await, Counted::key(KEY));
    let settings = [("authorization", "injected"), ("api_base", &server.url())];
    let connector = builder(&settings).secrets(secrets.clone()).build().expect("a connector");
    connector.create("Customer", "{}", &none()).await.expect("a customer");
    connector.get("Customer", Some("cus_1"), None, false, &none()).await.expect("a customer");
    let keys: Vec<_> =
        server.received().iter().map(|request| request.header("authorization").map(str::to_owned)).collect();
    assert_eq!(keys, vec![Some(format!("Bearer {KEY}")); 2]);
    assert_eq!(secrets.asked(), 2);
}

/// The session is begun with the key; the events carry its token, and never the key.
#[tokio::test]
async fn meter_events_carry_their_token() {
    let (server, secrets) = (server().await, Counted::key(KEY));
    let settings = [("authorization", "injected"), ("api_base", &server.url())];
    let connector = builder(&settings).secrets(secrets.clone()).build().expect("a connector");
    let events = r#"{"Events": [{"event_name": "calls", "payload": {"value": "1"}}]}"#;
    connector.execute("SendV2BillingMeterEventStream", events, &none()).await.expect("events");
    let keys: Vec<_> =
        server.received().iter().map(|request| request.header("authorization").map(str::to_owned)).collect();
    assert_eq!(keys, [Some(format!("Bearer {KEY}")), Some("Bearer t0ken".to_owned())]);
}

#[tokio::test]
async fn without_a_key_nothing_is_sent() {
    let server = server().await;
    let key = |key: &str| Ok(SecretBytes::new(key));
    for (answer, kind) in [
        (Err(SecretError::NotFound), FailureKind::Unauthenticated),
        (Err(SecretError::Denied), FailureKind::Unauthenticated),
        (key(""), FailureKind::Unauthenticated),
        (key("pk_test_filler"), FailureKind::Unauthenticated),
        (Err(SecretError::Unavailable("it is away".to_owned())), FailureKind::Unavailable),
    ] {
        for authorization in ["injected", "key"] {
            let url = server.url();
            let settings = [("authorization", authorization), ("api_base", &url), ("max_retries", "0")];
            let secrets = Counted::answering(answer.clone());
            let connector = builder(&settings).secrets(secrets).build().expect("a connector");
            let failed = failure(connector.create("Customer", "{}", &none()).await);
            assert_eq!((failed.kind, failed.effect), (kind, Effect::None), "{authorization}: {failed:?}");
            assert!(failed.message.contains("the secret `stripe-api-key`"), "{}", failed.message);
        }
    }
    assert!(server.received().is_empty());
}
