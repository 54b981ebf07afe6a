//! What the host counts, as Prometheus' own client reads it.

use std::time::Duration;

use host_tests::server::{Answer, Server};
use host_tests::stage::{KEY, builder, failure, loopback, none};
use host_tests::tools;
use serde_json::Value;
use stripe_connector_host::contract::{FailureKind, Query, Selection};
use stripe_connector_host::throttle::{Limits, SlidingWindow};
use stripe_connector_host::{Connector, Metrics};
use stripe_connector_sandbox::{Faults, Sandbox};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::{sleep, timeout};

/// All samples of an endpoint.
struct Samples(Vec<Value>);

impl Samples {
    async fn read(url: String) -> Self {
        let read = move || {
            let mut python = tools::python();
            python.arg(tools::script("read_metrics.py")).arg(url).output().expect("Python was run")
        };
        let ran = tokio::task::spawn_blocking(read).await.expect("it came to its end");
        assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
        Self(serde_json::from_slice(&ran.stdout).expect("JSON"))
    }

    fn find(&self, name: &str, labels: &[(&str, &str)]) -> Option<&Value> {
        self.0.iter().find(|sample| {
            sample["name"].as_str().and_then(|own| own.strip_prefix("stripe_connector_")) == Some(name)
                && labels.iter().all(|(label, value)| sample["labels"][label] == *value)
        })
    }

    fn value(&self, name: &str, labels: &[(&str, &str)]) -> f64 {
        let sample = self.find(name, labels).unwrap_or_else(|| panic!("{name} {labels:?}: {:?}", self.0));
        sample["value"].as_f64().expect("a number")
    }
}

/// Metrics and where they are shown.
async fn endpoint() -> (Metrics, String) {
    let metrics = Metrics::new();
    let listener = TcpListener::bind(loopback()).await.expect("a free port");
    let url = format!("http://{}/metrics", listener.local_addr().expect("an address"));
    tokio::spawn(metrics.serve(listener));
    (metrics, url)
}

fn connector(sandbox: &Sandbox, metrics: &Metrics, name: &str) -> Connector {
    let builder = builder(&[("api_base", &sandbox.url())]);
    builder.throttle(SlidingWindow::new(1)).metrics(metrics, name).build().expect("a connector")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn calls_requests_and_what_there_is_are_counted() {
    let sandbox = Sandbox::start(loopback()).await.expect("a free port");
    let (metrics, url) = endpoint().await;
    let (shop, other) = (connector(&sandbox, &metrics, "shop"), connector(&sandbox, &metrics, "other"));
    sandbox.set_faults(Faults::parse("POST /v1/customers times=1 status=503").expect("a rule"));

    shop.create("Customer", r#"{"Name": "Jenny"}"#, &none()).await.expect("at the second attempt");
    let missing = shop.get("Customer", Some("cus_none"), None, false, &none()).await;
    assert_eq!(failure(missing).kind, FailureKind::NotFound);
    shop.list(&Query::new("Product"), &none()).await.expect("a page");
    shop.list_actions().await.expect("actions");
    other.list(&Query::new("Product"), &none()).await.expect("a page");

    let samples = Samples::read(url).await;
    let calls = |connection, operation, outcome| {
        let labels = [("connection", connection), ("operation", operation), ("outcome", outcome)];
        samples.value("calls_total", &labels)
    };
    assert_eq!(calls("shop", "create", "ok"), 1.0);
    assert_eq!(calls("shop", "get", "not-found"), 1.0);
    assert_eq!(calls("shop", "list", "ok"), 1.0);
    assert_eq!(calls("shop", "list_actions", "ok"), 1.0);
    assert_eq!(calls("other", "list", "ok"), 1.0);
    let shop = ("connection", "shop");
    assert_eq!(samples.value("call_duration_seconds_count", &[shop, ("operation", "create")]), 1.0);
    for (method, status, count) in [("POST", "503", 1.0), ("POST", "200", 1.0), ("GET", "404", 1.0)] {
        let labels = [shop, ("method", method), ("status", status)];
        assert_eq!(samples.value("requests_total", &labels), count, "{method} {status}");
        let request = samples.find("requests_total", &labels).expect("it was found before");
        let id = request["exemplar"]["request_id"].as_str().unwrap_or_default();
        assert!(id.starts_with("req_"), "{request}");
    }
    assert_eq!(samples.value("request_duration_seconds_count", &[shop]), 4.0);
    assert_eq!(samples.value("retries_total", &[shop]), 1.0);
    assert_eq!(samples.value("throttled_total", &[shop]), 0.0);
    assert_eq!(samples.value("throttle_wait_seconds_count", &[shop]), 4.0);
    assert_eq!(samples.value("connections_opened_total", &[shop]), 1.0);
    assert_eq!(samples.value("connections", &[shop]), 1.0);
    assert_eq!(samples.value("nodes", &[shop]), 1.0);
    assert_eq!(samples.value("calls_under_way", &[shop]), 0.0);
    assert_eq!(samples.value("instances", &[shop, ("state", "idle")]), 1.0);
    assert_eq!(samples.value("instances", &[shop, ("state", "busy")]), 0.0);
    assert!(samples.value("instance_memory_bytes", &[shop]) > 65536.0);
    let text = metrics.text();
    assert!(!text.contains(KEY) && !text.contains("cus_none") && !text.contains("Jenny"), "{text}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_waits_and_what_is_refused_is_counted() {
    let sandbox = Sandbox::start(loopback()).await.expect("a free port");
    let (metrics, url) = endpoint().await;
    let limits = Limits { waiting: 2, ..Limits::fixed(1) };
    let builder = builder(&[("api_base", &sandbox.url())]).throttle(SlidingWindow::with_limits(limits));
    let connector = builder.metrics(&metrics, "narrow").build().expect("a connector");
    let calls: Vec<_> = (0..9)
        .map(|_| {
            let connector = connector.clone();
            tokio::spawn(async move { connector.list(&Query::new("Product"), &none()).await.is_ok() })
        })
        .collect();
    sleep(Duration::from_millis(400)).await;

    let during = metrics.text();
    let line = |name: &str| format!("stripe_connector_{name}{{connection=\"narrow\"}}");
    assert!(during.contains(&format!("{} 2\n", line("waiting"))), "{during}");
    assert!(during.contains(&format!("{} 2\n", line("calls_under_way"))), "{during}");
    let mut done = 0;
    for call in calls {
        done += u32::from(call.await.expect("no panic"));
    }
    assert_eq!(done, 8);
    sandbox.set_faults(Faults::parse("GET * rate-limited=global-rate").expect("a rule"));
    let limited = builder_of(&sandbox).metrics(&metrics, "limited").build().expect("a connector");
    failure(limited.get("Customer", Some("cus_1"), None, false, &none()).await);
    sandbox.set_faults(Faults::parse("GET * delay-answer=5s").expect("a rule"));
    let (query, options) = (Query::new("Product"), none());
    let given_up = limited.list(&query, &options);
    assert!(timeout(Duration::from_millis(100), given_up).await.is_err());

    let samples = Samples::read(url).await;
    let narrow = ("connection", "narrow");
    assert_eq!(samples.value("throttled_total", &[narrow]), 1.0);
    assert_eq!(samples.value("calls_total", &[narrow, ("outcome", "throttled")]), 1.0);
    assert_eq!(samples.value("throttle_wait_seconds_count", &[narrow]), 8.0);
    assert_eq!(samples.value("throttle_wait_seconds_bucket", &[narrow, ("le", "0.25")]), 6.0);
    assert_eq!(samples.value("waiting", &[narrow]), 0.0);
    let limited = ("connection", "limited");
    assert_eq!(samples.value("rate_limited_total", &[limited]), 1.0);
    assert_eq!(samples.value("calls_total", &[limited, ("outcome", "abandoned")]), 1.0);
    assert!(samples.find("nodes", &[limited]).is_none(), "this throttle has no nodes");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_gets_no_answer_and_what_is_done_in_part_is_counted() {
    let (sandbox, silent) =
        (Sandbox::start(loopback()).await.expect("a free port"), Server::answering(Answer::Silence).await);
    let (metrics, url) = endpoint().await;
    let settings = [("api_base", silent.url()), ("max_retries", "0".to_owned())];
    let settings = settings.each_ref().map(|(name, value)| (*name, value.as_str()));
    let settings: Vec<_> = settings
        .into_iter()
        .chain([("first_byte_timeout_ms", "200"), ("connect_timeout_ms", "100")])
        .collect();
    let hanging = builder(&settings).metrics(&metrics, "hanging").build().expect("a connector");
    let late = hanging.create("Customer", "{}", &none()).await;
    assert_eq!(failure(late).kind, FailureKind::Timeout);

    let some = builder_of(&sandbox).metrics(&metrics, "some").build().expect("a connector");
    for _ in 0..2 {
        some.create("Coupon", r#"{"PercentOff": 10, "Duration": "once"}"#, &none()).await.expect("a coupon");
    }
    sandbox.set_faults(Faults::parse("DELETE * times=1 status=400").expect("a rule"));
    let filter = "PercentOff = 10".to_owned();
    let all = Selection { entity: "Coupon".to_owned(), filter, dry_run: false };
    let result = some.delete_where(&all, &none()).await.expect("a result");
    assert_eq!((result.matched, result.changed), (2, 1));

    let samples = Samples::read(url).await;
    let hanging = [("connection", "hanging"), ("method", "POST"), ("status", "none")];
    assert_eq!(samples.value("requests_total", &hanging), 1.0);
    let duration = samples.value("request_duration_seconds_sum", &hanging[..1]);
    assert!((0.15..5.0).contains(&duration), "{duration}");
    let partial = [("connection", "some"), ("operation", "delete_where"), ("outcome", "partial")];
    assert_eq!(samples.value("calls_total", &partial), 1.0);
}

/// One that does not try again, with a throttle that lets everything pass.
fn builder_of(sandbox: &Sandbox) -> stripe_connector_host::Builder {
    builder(&[("api_base", &sandbox.url()), ("max_retries", "0")])
}

#[tokio::test]
async fn the_endpoint_has_one_page() {
    let (_metrics, url) = endpoint().await;
    let address = url.trim_start_matches("http://").trim_end_matches("/metrics").to_owned();
    for (line, status) in [("GET /", "404"), ("POST /metrics", "405"), ("HEAD /metrics", "200")] {
        let request = format!("{line} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n");
        let mut stream = TcpStream::connect(&address).await.expect("a connection");
        stream.write_all(request.as_bytes()).await.expect("it is sent");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.expect("an answer");
        assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{line}: {answer}");
    }
}
