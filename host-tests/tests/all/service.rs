//! The service behind HTTP, as `serve` runs it: Google's own client, unmodified, judges it.

use std::io::{BufRead, BufReader};
use std::process::{Child, Output};
use std::time::{Duration, Instant};

use host_tests::command::{Call, parse_url, signal};
use host_tests::stage::{KEY, Stage};
use host_tests::tools;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

const TOKEN: &str = "token-filler-of-host-tests";
const LIST: &str = "/v2/projects/p/locations/l/connections/c/entityTypes/Customer/entities";

/// `serve` on a free port, which ends with the test.
struct Serving {
    child: Child,
    url: String,
    metrics: String,
}

impl Serving {
    async fn start(stage: &Stage, more: &[&str], token: Option<&str>) -> Self {
        let api_base = stage.sandbox.url();
        let arguments = ["serve", "--json", "--metrics", "127.0.0.1:0", "--api-base", &api_base];
        let listen = if more.contains(&"--listen") { &[][..] } else { &["--listen", "127.0.0.1:0"] };
        let mut call = Call::new(arguments.iter().chain(listen).chain(more).copied()).key(KEY);
        if let Some(token) = token {
            call = call.env("SERVICE_TOKEN", token).env("STRIPE_CONNECTOR_SERVICE_AUTH", "token");
        }
        let mut child = call.spawn();
        let mut stdout = BufReader::new(child.stdout.take().expect("standard output"));
        let read = move || {
            let mut first = String::new();
            stdout.read_line(&mut first).expect("a line");
            first
        };
        let first = tokio::task::spawn_blocking(read).await.expect("a line");
        let urls = host_tests::stage::parse(&first);
        let url = |name: &str| urls[name].as_str().unwrap_or_else(|| panic!("{first}")).to_owned();
        Self { child, url: url("url"), metrics: url("metrics") }
    }

    /// The head and the body of an answer.
    async fn get(&self, url: &str, more: &str) -> String {
        let (address, path) = parse_url(url);
        let mut stream = TcpStream::connect(&address).await.expect("a connection");
        let request = format!("GET {path} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n{more}\r\n");
        stream.write_all(request.as_bytes()).await.expect("it is sent");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.expect("an answer");
        answer
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Google's client, from beginning to end.
async fn walk(url: String, token: Option<&'static str>) -> Output {
    let walk = move || {
        let mut python = tools::google();
        python.arg(tools::script("google/walk.py")).arg(url);
        if let Some(token) = token {
            python.env("SERVICE_TOKEN", token);
        }
        python.output().expect("Python was run")
    };
    tokio::task::spawn_blocking(walk).await.expect("the walk came to its end")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn google_s_client_finds_what_it_expects() {
    let stage = Stage::new().await;
    for token in [None, Some(TOKEN)] {
        let serving = Serving::start(&stage, &[], token).await;
        let ran = walk(serving.url.clone(), token).await;
        let (stdout, stderr) = (String::from_utf8_lossy(&ran.stdout), String::from_utf8_lossy(&ran.stderr));
        assert!(ran.status.success(), "{stdout}{stderr}");
        assert!(stdout.contains("26 methods, 96 answers judged"), "the walk is as long as it was: {stdout}");
        let metrics = serving.get(&serving.metrics, "").await;
        let served = metrics.lines().find_map(|line| {
            line.strip_prefix("stripe_connector_calls_total{")?.split_once("\"serve\",outcome=\"ok\"} ")
        });
        let (_, served) = served.unwrap_or_else(|| panic!("{metrics}"));
        assert!(served.parse::<u32>().is_ok_and(|served| served > 100), "{served}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn callers_show_a_token_unless_nobody_else_can_call() {
    let stage = Stage::new().await;
    let status = |answer: String| answer.split(' ').nth(1).expect("a status").to_owned();
    let open = Serving::start(&stage, &[], None).await;
    assert_eq!(status(open.get(&format!("{}{LIST}", open.url), "").await), "200");
    let guarded = Serving::start(&stage, &[], Some(TOKEN)).await;
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
async fn what_is_under_way_comes_to_its_end() {
    let stage = Stage::new().await;
    let faults = "GET /v1/customers* delay-answer=1500ms";
    stage.sandbox.set_faults(stripe_connector_sandbox::Faults::parse(faults).expect("a rule"));
    let mut serving = Serving::start(&stage, &[], None).await;
    let list = format!("{}{LIST}?pageSize=1", serving.url);
    let answer = serving.get(&list, "");
    let ended = async {
        tokio::time::sleep(Duration::from_millis(500)).await;
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
