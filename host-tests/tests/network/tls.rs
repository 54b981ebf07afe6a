//! TLS: whom the host trusts, and what it speaks inside.

use host_tests::authority::Authority;
use host_tests::stage::{builder, failure, none};
use hyper::Version;
use stripe_connector_host::contract::{Effect, FailureKind};
use stripe_connector_host::{BuildError, Connector};

use crate::api::Api;

fn connector(api: &Api, authority: &Authority) -> Connector {
    let builder = builder(&[("api_base", &api.url()), ("max_retries", "0")]);
    builder.extra_roots(authority.pem()).build().expect("a connector")
}

#[tokio::test]
async fn http2_where_the_server_has_it() {
    let authority = Authority::new();
    let api = Api::start(Some(authority.issue(&["127.0.0.1"]).acceptor(&["h2", "http/1.1"]))).await;
    let connector = connector(&api, &authority);
    connector.create("Customer", r#"{"Name": "Jenny"}"#, &none()).await.expect("a customer");
    let calls = (0..50).map(|_| {
        let connector = connector.clone();
        tokio::spawn(async move {
            connector.get("Customer", Some("cus_1"), None, false, &none()).await.map(|_| ())
        })
    });
    for call in calls.collect::<Vec<_>>() {
        call.await.expect("a task").expect("a customer");
    }
    let asked = api.asked();
    assert!(
        asked.iter().all(|request| request.version == Version::HTTP_2 && request.header("host").is_none())
    );
    assert_eq!((asked.len(), api.connections()), (51, 1));
    assert_eq!((&asked[0].line[..], &asked[0].body[..]), ("POST /v1/customers", &b"name=Jenny"[..]));
}

#[tokio::test]
async fn http1_where_it_has_not() {
    for protocols in [&["http/1.1"][..], &[]] {
        let authority = Authority::new();
        let api = Api::start(Some(authority.issue(&["127.0.0.1"]).acceptor(protocols))).await;
        let connector = connector(&api, &authority);
        for _ in 0..5 {
            connector.get("Customer", Some("cus_1"), None, false, &none()).await.expect("a customer");
        }
        let asked = api.asked();
        let host = api.url().replace("https://", "");
        assert!(asked.iter().all(|request| request.version == Version::HTTP_11));
        assert!(asked.iter().all(|request| request.header("host") == Some(&host)));
        assert_eq!((asked.len(), api.connections()), (5, 1));
    }
}

#[tokio::test]
async fn nothing_is_sent_to_a_server_that_is_not_trusted() {
    let (authority, other) = (Authority::new(), Authority::new());
    for (issued, trusted) in
        [(authority.issue(&["127.0.0.1"]), &other), (authority.issue(&["api.example.com"]), &authority)]
    {
        let api = Api::start(Some(issued.acceptor(&["h2"]))).await;
        let failed = failure(connector(&api, trusted).create("Customer", "{}", &none()).await);
        assert_eq!((failed.kind, failed.effect), (FailureKind::Unavailable, Effect::None), "{failed:?}");
        assert!(failed.message.contains("certificate"), "{}", failed.message);
        assert!(api.asked().is_empty());
    }
}

#[tokio::test]
async fn nothing_is_sent_to_a_server_without_tls() {
    let api = Api::start(None).await;
    let url = api.url().replace("http://", "https://");
    let connector = builder(&[("api_base", &url), ("max_retries", "0")])
        .extra_roots(Authority::new().pem())
        .build()
        .expect("a connector");
    let failed = failure(connector.create("Customer", "{}", &none()).await);
    assert_eq!((failed.kind, failed.effect), (FailureKind::Unavailable, Effect::None), "{failed:?}");
    assert!(failed.message.contains("TLS with 127.0.0.1"), "{}", failed.message);
}

#[tokio::test]
async fn extra_roots_that_are_none_are_refused() {
    let built = builder(&[]).extra_roots("no certificate").build();
    let Err(BuildError::Connection(mistakes)) = built else {
        panic!("it was built");
    };
    assert!(mistakes.iter().any(|mistake| mistake.contains("extra roots")), "{mistakes:?}");
}
