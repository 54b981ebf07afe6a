//! The whole table of `proxy_ssltype` and `proxy_auth_scheme` on squid, and proxies that cannot be used.

use std::time::Duration;

use host_tests::server::{Answer, Server};
use host_tests::stage::{KEY, builder, failure, none, runtime};
use stripe_connector_host::connection::Config;
use stripe_connector_host::contract::{Effect, Failure, FailureKind};
use stripe_connector_host::network::{AuthScheme, ProxySettings, SslType};
use stripe_connector_host::{BuildError, Connector, FixedSecrets};

use crate::api::Api;
use crate::squid::{Auth, HIDDEN, PASSWORD, Squid, USER};
use host_tests::authority::Authority;

/// The secret that holds the password.
const SECRET: &str = "proxy-password";

fn connector(base: &str, proxy: ProxySettings, authority: &Authority) -> Connector {
    with(&[("api_base", base)], proxy, authority, PASSWORD)
}

fn with(settings: &[(&str, &str)], proxy: ProxySettings, authority: &Authority, password: &str) -> Connector {
    builder(&[&[("max_retries", "0")], settings].concat())
        .proxy(proxy)
        .secrets(FixedSecrets::key(KEY).with(SECRET, password))
        .extra_roots(authority.pem())
        .build()
        .expect("a connector")
}

fn at(port: u16) -> ProxySettings {
    ProxySettings::new("127.0.0.1", port)
}

/// A proxy at a port, as who it wants one to be.
fn known(port: u16, auth: Auth) -> ProxySettings {
    match auth {
        Auth::None => at(port),
        Auth::Basic => at(port).login(AuthScheme::Basic, USER, SECRET, "latest"),
        Auth::Digest => at(port).login(AuthScheme::Digest, USER, SECRET, "latest"),
    }
}

/// A change and two reads.
async fn calls(connector: &Connector) {
    connector.create("Customer", r#"{"Name": "Jenny"}"#, &none()).await.expect("a customer");
    for _ in 0..2 {
        connector.get("Customer", Some("cus_1"), None, false, &none()).await.expect("a customer");
    }
}

async fn whole_table(auth: Auth) {
    let authority = Authority::new();
    let squid = Squid::start(auth, &authority);
    let issued = authority.issue(&[HIDDEN]);
    for ssl_type in [SslType::Auto, SslType::Tunnel, SslType::Always] {
        let api = Api::start(Some(issued.acceptor(&["h2", "http/1.1"]))).await;
        let port = if ssl_type == SslType::Always { squid.tls_port } else { squid.port };
        // The proxy alone knows who that is.
        let base = api.url().replace("127.0.0.1", HIDDEN);
        let proxy = known(port, auth).ssl_type(ssl_type);
        calls(&connector(&base, proxy, &authority)).await;
        let asked = api.asked();
        assert_eq!((asked.len(), api.connections()), (3, 1), "{ssl_type:?} {auth:?}");
        assert!(asked.iter().all(|request| request.header("proxy-authorization").is_none()));
    }
    for ssl_type in [SslType::Auto, SslType::Never, SslType::Tunnel, SslType::Always] {
        let api = Api::start(None).await;
        let port = if ssl_type == SslType::Always { squid.tls_port } else { squid.port };
        let proxy = known(port, auth).ssl_type(ssl_type);
        calls(&connector(&api.url(), proxy, &authority)).await;
        let asked = api.asked();
        assert_eq!(asked.len(), 3, "{ssl_type:?} {auth:?}");
        assert_eq!(&asked[0].body[..], b"name=Jenny");
        assert!(asked.iter().all(|request| request.header("proxy-authorization").is_none()));
        // What it reads it signs.
        let forwarded =
            asked.iter().all(|request| request.header("via").is_some_and(|via| via.contains("squid.test")));
        assert_eq!(forwarded, ssl_type != SslType::Tunnel, "{ssl_type:?} {auth:?}");
        if ssl_type == SslType::Tunnel {
            let target = api.url().replace("http://", "CONNECT ");
            wait_for(|| squid.log().contains(&target)).await;
        }
    }
}

async fn wait_for(what: impl Fn() -> bool) {
    for _ in 0..250 {
        if what() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("it does not come");
}

#[tokio::test]
async fn without_credentials() {
    whole_table(Auth::None).await;
}

#[tokio::test]
async fn with_basic() {
    whole_table(Auth::Basic).await;
}

#[tokio::test]
async fn with_digest() {
    whole_table(Auth::Digest).await;
}

/// What a payment through a proxy fails with, of which nothing may have been sent.
async fn refused(connector: &Connector, kind: FailureKind) -> Failure {
    let failed = failure(connector.create("Customer", "{}", &none()).await);
    assert_eq!((failed.kind, failed.effect), (kind, Effect::None), "{failed:?}");
    assert!(failed.message.contains("the proxy http"), "{}", failed.message);
    failed
}

#[tokio::test]
async fn a_wrong_password_is_told_and_not_printed() {
    const WRONG: &str = "none-of-your-business";
    let authority = Authority::new();
    for auth in [Auth::Basic, Auth::Digest] {
        let squid = Squid::start(auth, &authority);
        for tls in [true, false] {
            let acceptor = tls.then(|| authority.issue(&["127.0.0.1"]).acceptor(&[]));
            let api = Api::start(acceptor).await;
            let connector = with(&[("api_base", &api.url())], known(squid.port, auth), &authority, WRONG);
            let failed = refused(&connector, FailureKind::PermissionDenied).await;
            assert!(failed.message.contains("407") && failed.message.contains(USER), "{}", failed.message);
            assert!(!format!("{failed:?}").contains(WRONG));
            assert_eq!(api.connections(), 0);
        }
    }
}

#[tokio::test]
async fn missing_credentials_are_told() {
    let authority = Authority::new();
    let squid = Squid::start(Auth::Digest, &authority);
    let api = Api::start(None).await;
    let anonymous = connector(&api.url(), at(squid.port), &authority);
    let failed = refused(&anonymous, FailureKind::PermissionDenied).await;
    assert!(
        failed.message.contains("DIGEST") && failed.message.contains("proxy_auth_scheme"),
        "{}",
        failed.message
    );
    let other = at(squid.port).login(AuthScheme::Basic, USER, "other", "latest");
    let failed = failure(connector(&api.url(), other, &authority).create("Customer", "{}", &none()).await);
    assert_eq!((failed.kind, failed.effect), (FailureKind::PermissionDenied, Effect::None));
    assert!(failed.message.contains("the secret `other` of `proxy_password`"), "{}", failed.message);
    assert_eq!(api.connections(), 0);
}

#[tokio::test]
async fn there_is_no_way_around_a_proxy_that_fails() {
    let authority = Authority::new();
    let api = Api::start(Some(authority.issue(&["127.0.0.1"]).acceptor(&[]))).await;
    let nobody = tokio::net::TcpSocket::new_v4().expect("a socket");
    nobody.bind(host_tests::stage::loopback()).expect("a free port");
    let port = nobody.local_addr().expect("an address").port();
    let unreachable = connector(&api.url(), at(port), &authority);
    let failed = refused(&unreachable, FailureKind::Unavailable).await;
    assert!(failed.message.contains("cannot be reached: the connection is refused"), "{}", failed.message);

    for (answer, kind, word) in [
        (Answer::Cut(b"SSH-2.0-OpenSSH_9.2\r\n".to_vec()), FailureKind::Unavailable, "no HTTP"),
        (Answer::Cut(b"HTTP/1.1 200".to_vec()), FailureKind::Unavailable, "hung up"),
        (Answer::Reset, FailureKind::Unavailable, "broke off"),
        (
            Answer::http("503 Service Unavailable", &[], ""),
            FailureKind::Unavailable,
            "503 Service Unavailable",
        ),
        (Answer::http("403 Forbidden", &[], "no"), FailureKind::PermissionDenied, "403 Forbidden"),
        (Answer::http("407 Authenticate", &[], ""), FailureKind::PermissionDenied, "407"),
        (Answer::Silence, FailureKind::Timeout, "in time"),
    ] {
        let proxy = Server::answering(answer).await;
        let port = proxy.url().rsplit(':').next().expect("a port").parse().expect("a number");
        let hasty = [("api_base", &*api.url()), ("connect_timeout_ms", "300")];
        let failed = refused(&with(&hasty, at(port), &authority, PASSWORD), kind).await;
        assert!(failed.message.contains(word), "{word}: {}", failed.message);
        let lines: Vec<_> = proxy.received().into_iter().map(|request| request.line).collect();
        assert_eq!(lines, [api.url().replace("https://", "CONNECT ") + " HTTP/1.1"]);
    }
    assert_eq!(api.connections(), 0);
}

/// A proxy that forwards has the request in its hands: what it did with it is not known.
#[tokio::test]
async fn a_forwarding_proxy_that_babbles_leaves_the_effect_open() {
    let authority = Authority::new();
    let proxy = Server::answering(Answer::Cut(b"SSH-2.0-OpenSSH_9.2\r\n".to_vec())).await;
    let port = proxy.url().rsplit(':').next().expect("a port").parse().expect("a number");
    let connector = connector("http://127.0.0.1:9", at(port), &authority);
    let failed = failure(connector.create("Customer", "{}", &none()).await);
    assert_eq!((failed.kind, failed.effect), (FailureKind::Unavailable, Effect::Unknown), "{failed:?}");
    assert!(failed.message.contains("the proxy http"), "{}", failed.message);
    assert_eq!(proxy.received()[0].line, "POST http://127.0.0.1:9/v1/customers HTTP/1.1");
}

#[tokio::test]
async fn a_connection_file_names_the_proxy() {
    let proxy = Server::answering(Answer::json(r#"{"id": "cus_1", "object": "customer"}"#)).await;
    let port = proxy.url().rsplit(':').next().expect("a port").to_owned();
    let file = format!(
        "api_base = 'http://127.0.0.1:9'\nproxy_enabled = true\nproxy_host = '127.0.0.1'\nproxy_port = {port}\n"
    );
    let config = Config::read(Some(&file), []).expect("a connection");
    let builder = Connector::builder().connection(&config).expect("a limit").runtime(runtime());
    let connector = builder.secrets(FixedSecrets::key(KEY)).build().expect("a connector");
    connector.get("Customer", Some("cus_1"), None, false, &none()).await.expect("a row");
    assert_eq!(proxy.received()[0].line, "GET http://127.0.0.1:9/v1/customers/cus_1 HTTP/1.1");
}

#[tokio::test]
async fn what_is_wrong_is_told_at_once() {
    let wrong = ProxySettings::new("http://p", 1).ssl_type(SslType::Never);
    // A proxy among the component's settings would be passed over.
    let built = builder(&[("proxy_enabled", "true")]).proxy(wrong).extra_roots("none").build();
    let Err(BuildError::Connection(mistakes)) = built else {
        panic!("it was built");
    };
    let words = ["`proxy_enabled`", "the extra roots", "`proxy_host`", "`proxy_ssltype`"];
    assert_eq!(mistakes.len(), words.len(), "{mistakes:?}");
    for (mistake, word) in mistakes.iter().zip(words) {
        assert!(mistake.starts_with(word), "{mistake}");
    }
}
