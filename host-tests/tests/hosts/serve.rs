//! `serve` of our own command: Google's own clients, unmodified, judge it.

use std::time::{Duration, Instant};

use host_tests::command::{Call, parse_url, signal};
use host_tests::server::{Answer, Server};
use host_tests::serving::Serving;
use host_tests::stage::{KEY, Stage};
use host_tests::told::told;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::clients;

const TOKEN: &str = "token-filler-of-host-tests";
const LIST: &str = "/v2/projects/p/locations/l/connections/c/entityTypes/Customer/entities";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn google_s_client_for_python_finds_what_it_expects() {
    let stage = Stage::new().await;
    let serving = Serving::start(&stage.sandbox.url(), &[], None).await;
    clients::python(serving.url.clone(), None).await;
    assert!(serving.served().await > 100);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn google_s_client_for_node_finds_what_it_expects() {
    let stage = Stage::new().await;
    let serving = Serving::start(&stage.sandbox.url(), &[], Some(TOKEN)).await;
    clients::node(serving.url.clone(), Some(TOKEN)).await;
    assert!(serving.served().await > 100);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn callers_show_a_token_unless_nobody_else_can_call() {
    let stage = Stage::new().await;
    let status = |answer: String| answer.split(' ').nth(1).expect("a status").to_owned();
    let open = Serving::start(&stage.sandbox.url(), &[], None).await;
    assert_eq!(status(open.get(&format!("{}{LIST}", open.url), "").await), "200");
    let guarded = Serving::start(&stage.sandbox.url(), &[], Some(TOKEN)).await;
    let list = format!("{}{LIST}", guarded.url);
    let shown = |token: &str| format!("authorization: Bearer {token}\r\n");
    assert_eq!(status(guarded.get(&list, "").await), "401");
    assert_eq!(status(guarded.get(&list, &shown("another")).await), "401");
    assert_eq!(status(guarded.get(&list, &shown(KEY)).await), "401");
    assert_eq!(status(guarded.get(&list, &shown(TOKEN)).await), "200");
    assert_eq!(status(guarded.get(&format!("{}/healthz", guarded.url), "").await), "200");

    // Where others can call, it is refused to leave the token out, and without one nothing is answered.
    let everywhere = ["serve", "--listen", "0.0.0.0:0", "--api-base", "http://127.0.0.1:1"];
    let ran = Call::new(everywhere).key(KEY).env("STRIPE_CONNECTOR_SERVICE_AUTH", "none").run().await;
    assert_eq!(ran.code, Some(2));
    assert!(ran.stderr.contains("can be reached from elsewhere"), "{}", ran.stderr);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_a_token_no_page_of_somebody_else_s_comes_in() {
    let stage = Stage::new().await;
    let serving = Serving::start(&stage.sandbox.url(), &[], None).await;
    let (address, _) = parse_url(&serving.url);
    let create = |host: &str, origin: &str| {
        let request = format!(
            "POST {LIST} HTTP/1.1\r\nhost: {host}\r\norigin: {origin}\r\ncontent-length: 2\r\nconnection: close\r\n\r\n{{}}"
        );
        let address = &address;
        async move { told(address, &request).await }
    };
    let own = format!("http://{address}");
    let answer = create(&address, "https://shop.example").await;
    assert!(answer.starts_with("HTTP/1.1 403 ") && answer.contains("`service_auth` = `none`"), "{answer}");
    // A name of somebody else's that leads to this machine.
    let answer = create("shop.example", "http://shop.example").await;
    assert!(answer.starts_with("HTTP/1.1 400 ") && answer.contains("names of this machine"), "{answer}");
    assert_eq!(stage.lines(), [] as [String; 0]);
    let answer = create(&address, &own).await;
    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
    // Balancers ask in the language of 1996.
    let answer = told(&address, "GET /healthz HTTP/1.0\r\n\r\n").await;
    assert!(answer.starts_with("HTTP/1.0 200 "), "{answer}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn it_says_that_it_is_there_while_all_wait_for_stripe() {
    let server = Server::start(|_| std::future::ready(Answer::Silence)).await;
    let serving = Serving::start(&server.url(), &[], None).await;
    let (address, _) = parse_url(&serving.url);
    let request = format!("GET {LIST} HTTP/1.1\r\nhost: {address}\r\n\r\n");
    let mut waiting = Vec::new();
    for _ in 0..50 {
        let mut stream = TcpStream::connect(&address).await.expect("a connection");
        stream.write_all(request.as_bytes()).await.expect("it is sent");
        waiting.push(stream);
    }
    // More do not fit: an instance for each.
    while server.received().len() < 12 {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    for method in ["GET", "HEAD"] {
        let probe = format!("{method} /healthz HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\r\n");
        let answer = tokio::time::timeout(Duration::from_secs(10), told(&address, &probe)).await;
        assert!(answer.expect("an answer in time").starts_with("HTTP/1.1 200 "), "{method}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_without_the_token_is_waited_for() {
    let stage = Stage::new().await;
    let serving = Serving::start(&stage.sandbox.url(), &[], Some(TOKEN)).await;
    let (address, _) = parse_url(&serving.url);
    let mut stream = TcpStream::connect(&address).await.expect("a connection");
    // The body that it promises never comes.
    let head = format!("POST {LIST} HTTP/1.1\r\nhost: {address}\r\ncontent-length: 1000\r\n\r\n");
    stream.write_all(head.as_bytes()).await.expect("it is sent");
    let mut start = [0; 13];
    let answered = tokio::time::timeout(Duration::from_secs(20), stream.read_exact(&mut start)).await;
    answered.expect("an answer in time").expect("an answer");
    assert_eq!(&start, b"HTTP/1.1 401 ");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_under_way_comes_to_its_end() {
    let stage = Stage::new().await;
    let faults = "GET /v1/customers* delay-answer=4s";
    stage.sandbox.set_faults(stripe_connector_sandbox::Faults::parse(faults).expect("a rule"));
    let mut serving = Serving::start(&stage.sandbox.url(), &[], None).await;
    let list = format!("{}{LIST}?pageSize=1", serving.url);
    let answer = serving.get(&list, "");
    let ended = async {
        tokio::time::sleep(Duration::from_secs(2)).await;
        signal(&serving.child, "TERM");
    };
    let (answer, ()) = tokio::join!(answer, ended);
    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
    let started = Instant::now();
    let status = loop {
        if let Some(status) = serving.child.try_wait().expect("a status") {
            break status;
        }
        assert!(started.elapsed() < Duration::from_secs(10), "it goes on");
        tokio::time::sleep(Duration::from_millis(20)).await;
    };
    assert_eq!(status.code(), Some(0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_leaves_while_the_answer_is_written_breaks_nothing() {
    let stage = Stage::new().await;
    let serving = Serving::start(&stage.sandbox.url(), &[], None).await;
    // Some megabytes.
    let (address, _) = parse_url(&serving.url);
    let path = "/v2/projects/p/locations/l/connections/c/entityTypes?view=ENTITY_TYPE_VIEW_FULL&pageSize=200";
    let mut stream = TcpStream::connect(&address).await.expect("a connection");
    let request = format!("GET {path} HTTP/1.1\r\nhost: {address}\r\n\r\n");
    stream.write_all(request.as_bytes()).await.expect("it is sent");
    let mut head = [0; 1024];
    stream.read_exact(&mut head).await.expect("the beginning of an answer");
    assert!(head.starts_with(b"HTTP/1.1 200 "));
    drop(stream);
    let started = Instant::now();
    let ended = loop {
        let metrics = serving.get(&serving.metrics, "").await;
        let ended = metrics.lines().find(|line| {
            line.starts_with("stripe_connector_calls_total{") && line.contains("operation=\"serve\"")
        });
        if let Some(ended) = ended {
            break ended.to_owned();
        }
        assert!(started.elapsed() < Duration::from_secs(20), "it goes on: {metrics}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    };
    assert!(ended.contains("outcome=\"ok\""), "{ended}");
}
