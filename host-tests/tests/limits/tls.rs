//! A Redis over TLS.

use std::time::Duration;

use host_tests::authority::Authority;
use host_tests::captured::Captured;
use host_tests::command::Home;
use stripe_connector_host::Throttle;
use stripe_connector_host::connection::Config;
use stripe_connector_host::throttle::{Admission, Lane};

use crate::redis_server::RedisServer;

/// A connection file with a Redis and, if they are to be trusted, further roots.
fn file(url: &str, roots: Option<&str>) -> String {
    let roots = roots.map_or(String::new(), |path| format!("extra_roots = '{path}'\n"));
    format!("name = 'tls'\nthrottle_redis_url = '{url}'\nthrottle_ahead_ms = 200\nverbosity = 5\n{roots}")
}

async fn admitted(throttle: &dyn Throttle) -> bool {
    let lane = Lane { account: None, target: "Customer".to_owned(), write: false, attempt: 1 };
    // A Redis that has just started gives none at first.
    for _ in 0..60 {
        if let Admission::After(_) = throttle.admit(&lane, Duration::from_secs(60)).await {
            return true;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    false
}

#[tokio::test]
async fn a_redis_over_tls_shares_the_limit() {
    let (authority, home) = (Authority::new(), Home::new("redis-roots"));
    home.write("roots.pem", authority.pem());
    let roots = home.path().join("roots.pem").display().to_string();
    let redis = RedisServer::with_tls("tls", &authority.issue(&["127.0.0.1"]));
    let (captured, _guard) = Captured::everything();
    let config = Config::read(Some(&file(&redis.tls_url(), Some(&roots))), []).expect("a connection");
    let throttle = config.throttle().expect("a throttle");
    assert!(admitted(throttle.as_ref()).await, "{}", captured.text());
    let keys: Vec<String> = redis::cmd("KEYS").arg("*").query(&mut redis.connect()).expect("keys");
    assert!(keys.iter().any(|key| key == "stripe-connector:{tls}:places"), "{keys:?}");
    let told = captured.text();
    assert!(told.contains("connected to 127.0.0.1 with TLSv1") && told.contains("for Redis"), "{told}");
    assert!(told.contains("certificate 0 of 127.0.0.1, trusted: subject"), "{told}");
}

/// It is as good as gone, which is told once.
#[tokio::test]
async fn a_redis_that_is_not_trusted_admits_nothing() {
    let (authority, home) = (Authority::new(), Home::new("redis-roots"));
    home.write("roots.pem", Authority::new().pem());
    let roots = home.path().join("roots.pem").display().to_string();
    for (names, roots, why) in [
        (&["127.0.0.1"], Some(&*roots), "BadSignature"),
        (&["127.0.0.1"], None, "UnknownIssuer"),
        (&["redis.test"], Some(&*roots), "127.0.0.1"),
    ] {
        let redis = RedisServer::with_tls("untrusted", &authority.issue(names));
        if names == &["redis.test"] {
            home.write("roots.pem", authority.pem());
        }
        let (captured, _guard) = Captured::everything();
        let config = Config::read(Some(&file(&redis.tls_url(), roots)), []).expect("a connection");
        let throttle = config.throttle().expect("a throttle");
        assert!(!admitted(throttle.as_ref()).await);
        let told = captured.text();
        let lines: Vec<_> = told.lines().filter(|line| line.contains("ERROR")).collect();
        assert_eq!(lines.len(), 1, "{lines:?}");
        for word in ["which cannot be asked: the certificate is not trusted", why, "no request is admitted"] {
            assert!(lines[0].contains(word), "{word}: {lines:?}");
        }
        assert!(told.contains("certificate 0 of 127.0.0.1, not trusted: subject"), "{told}");
        let keys: Vec<String> = redis::cmd("KEYS").arg("*").query(&mut redis.connect()).expect("keys");
        assert!(keys.is_empty(), "{keys:?}");
    }
}

/// Where TLS is asked for it is had or nothing is: a Redis without it is as good as gone too.
#[tokio::test]
async fn a_redis_without_tls_is_not_asked_in_the_plain() {
    let redis = RedisServer::start("plain", &[]);
    let (captured, _guard) = Captured::everything();
    let url = redis.url().replace("redis://", "rediss://");
    let config = Config::read(Some(&file(&url, None)), []).expect("a connection");
    assert!(!admitted(config.throttle().expect("a throttle").as_ref()).await);
    // It waits for the end of a command.
    let told = captured.text();
    assert!(told.contains("over TLS, which cannot be asked: it does not answer within 500 ms"), "{told}");
}
