//! What the log tells of connections and certificates, by `verbosity`.

use std::fmt::Write as _;

use host_tests::authority::{AUTHORITY, Authority, Issued};
use host_tests::captured::Captured;
use host_tests::command::{Call, Home, Ran};
use host_tests::stage::{KEY, builder, failure, none};
use sha2::{Digest, Sha256};
use stripe_connector_host::network::{ProxySettings, SslType};

use crate::api::Api;
use crate::squid::{Auth, HIDDEN, Squid};

/// The lines of the host's network, without when and for which call and request they were written.
fn told(log: &str) -> Vec<String> {
    let lines = log.lines().filter(|line| line.contains("DEBUG "));
    let lines = lines.filter_map(|line| line.split_once(" stripe_connector::network: "));
    lines.map(|(_, told)| told.to_owned()).collect()
}

fn fingerprint(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").expect("text");
        text
    })
}

/// Asserts that a whole chain is told, word by word.
fn assert_chain(lines: &[String], issued: &Issued, trusted: &str) {
    assert_eq!(lines.len(), 2, "{lines:?}");
    for (at, (line, certificate)) in lines.iter().zip(issued.chain()).enumerate() {
        let (subject, names) = match at {
            0 => ("rcgen self signed cert", "127.0.0.1 api.stripe.test"),
            _ => (AUTHORITY, "none"),
        };
        let expected = format!(
            "certificate {at} of 127.0.0.1, {trusted}: subject `CN={subject}`, issuer `CN={AUTHORITY}`, valid from \
             1975-01-01T00:00:00Z to 4096-01-01T00:00:00Z, names {names}, SHA-256 {}",
            fingerprint(certificate)
        );
        assert_eq!(*line, expected);
    }
}

#[tokio::test]
async fn each_connection_at_4_and_its_certificates_at_5() {
    let authority = Authority::new();
    let issued = authority.issue(&["127.0.0.1", HIDDEN]);
    for (verbosity, protocol) in [("3", "h2"), ("4", "h2"), ("4", "http/1.1"), ("5", "h2")] {
        let api = Api::start(Some(issued.acceptor(&[protocol]))).await;
        let (captured, _guard) = Captured::everything();
        let connector = builder(&[("api_base", &api.url()), ("verbosity", verbosity)]);
        let connector = connector.extra_roots(authority.pem()).build().expect("a connector");
        for _ in 0..3 {
            connector.get("Customer", Some("cus_1"), None, false, &none()).await.expect("a customer");
        }
        let lines = told(&captured.text());
        if verbosity == "3" {
            assert!(lines.is_empty(), "{lines:?}");
            continue;
        }
        let expected = format!(
            "connected to 127.0.0.1 with TLSv1_3, TLS13_AES_256_GCM_SHA384, ALPN {protocol}, directly"
        );
        assert_eq!(lines[0], expected);
        match verbosity {
            "5" => assert_chain(&lines[1..], &issued, "trusted"),
            _ => assert_eq!(lines.len(), 1, "{lines:?}"),
        }
    }
}

#[tokio::test]
async fn a_chain_that_is_not_trusted_is_shown_too() {
    let authority = Authority::new();
    let issued = authority.issue(&["127.0.0.1", HIDDEN]);
    let api = Api::start(Some(issued.acceptor(&["h2"]))).await;
    for verbosity in ["4", "5"] {
        let (captured, _guard) = Captured::everything();
        let settings = [("api_base", &*api.url()), ("verbosity", verbosity), ("max_retries", "0")];
        let connector = builder(&settings).extra_roots(Authority::new().pem()).build().expect("a connector");
        let failed = failure(connector.create("Customer", "{}", &none()).await);
        assert!(failed.message.contains("certificate"), "{}", failed.message);
        let lines = told(&captured.text());
        match verbosity {
            "5" => assert_chain(&lines, &issued, "not trusted"),
            _ => assert!(lines.is_empty(), "{lines:?}"),
        }
    }
}

#[tokio::test]
async fn the_way_through_a_proxy_is_told() {
    let authority = Authority::new();
    let squid = Squid::start(Auth::None, &authority);
    let api = Api::start(Some(authority.issue(&[HIDDEN]).acceptor(&["h2"]))).await;
    let base = api.url().replace("127.0.0.1", HIDDEN);
    let plain = Api::start(None).await;
    for (base, ssl_type, port, expected) in [
        (
            &*base,
            SslType::Always,
            squid.tls_port,
            &[
                "connected to 127.0.0.1 with TLSv1_3, SUITE, ALPN none, as the proxy PROXY, which tunnels",
                "connected to api.stripe.test with TLSv1_3, SUITE, ALPN h2, through the proxy PROXY",
            ][..],
        ),
        (
            &*plain.url(),
            SslType::Auto,
            squid.port,
            &["connected to the proxy PROXY without TLS, which forwards requests"],
        ),
    ] {
        let (captured, _guard) = Captured::everything();
        let connector = builder(&[("api_base", base), ("verbosity", "4")])
            .proxy(ProxySettings::new("127.0.0.1", port).ssl_type(ssl_type))
            .extra_roots(authority.pem());
        let connector = connector.build().expect("a connector");
        connector.get("Customer", Some("cus_1"), None, false, &none()).await.expect("a customer");
        let scheme = if ssl_type == SslType::Always { "https" } else { "http" };
        let proxy = format!("{scheme}://127.0.0.1:{port}");
        let lines = told(&captured.text());
        let lines: Vec<_> = lines
            .iter()
            .map(|line| line.replace(&proxy, "PROXY").replace("TLS13_AES_256_GCM_SHA384", "SUITE"))
            .collect();
        assert_eq!(lines, expected);
    }
}

/// The command trusts the file that the connection file names, seen from its working directory, and shows whom it met.
#[tokio::test]
async fn the_command_shows_whom_it_met() {
    let (authority, home) = (Authority::new(), Home::new("told"));
    let issued = authority.issue(&["127.0.0.1", HIDDEN]);
    let api = Api::start(Some(issued.acceptor(&["h2"]))).await;
    home.write("roots.pem", authority.pem());
    let base = format!("api_base = '{}'\nverbosity = 5\nmax_retries = 0\n", api.url());
    home.write("connection.toml", format!("{base}extra_roots = 'roots.pem'\n"));
    home.write("none.toml", format!("{base}log_config = {{ enabled = true, level = 'DEBUG' }}\n"));
    let get = async |file: &str, option: &[&str]| -> Ran {
        let call = [&["get", "Customer", "cus_1", "--json", "--connection", file], option].concat();
        Call::new(call).key(KEY).home(&home).run().await
    };
    let ran = get("connection.toml", &["-vv"]).await;
    ran.done();
    let lines = told(&ran.stderr);
    assert!(lines[0].starts_with("connected to 127.0.0.1 with TLSv1_3"), "{lines:?}");
    assert_chain(&lines[1..], &issued, "trusted");
    let quiet = get("connection.toml", &[]).await;
    assert!(quiet.code == Some(0) && quiet.stderr.is_empty(), "{quiet:?}");

    let ran = get("none.toml", &[]).await;
    assert_eq!(ran.failed()["kind"], "unavailable");
    assert_chain(&told(&ran.stderr), &issued, "not trusted");

    home.write("wrong.toml", format!("{base}extra_roots = 'connection.toml'\n").replace("= 5", "= 9"));
    let ran = get("wrong.toml", &[]).await;
    assert_eq!(ran.code, Some(2), "{ran:?}");
    for word in ["wrong.toml:2:13: `verbosity`", "wrong.toml:4:15: `extra_roots` must name a file"] {
        assert!(ran.stderr.contains(word), "{word}: {}", ran.stderr);
    }
}
