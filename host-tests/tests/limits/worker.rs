//! A host in a process of its own: this test's executable, started once more.

use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use host_tests::stage::{KEY, none, parse, runtime};
use serde_json::{Value, json};
use stripe_connector_host::connection::Config;
use stripe_connector_host::throttle::{Admission, Lane};
use stripe_connector_host::{Connector, FixedSecrets, Throttle};

use host_tests::tally::now;

/// What a worker does; without it, this executable is a test.
const TASK: &str = "LIMITS_WORKER";

/// A process with a connector, whose callers ask for a customer again and again.
pub struct Worker(Child);

/// What it did.
pub struct Done {
    /// Its places, in microseconds of this machine's clock.
    pub places: Vec<u64>,
    pub answered: usize,
    /// Calls that failed, by the kind of their failure.
    pub throttled: usize,
    pub failed_otherwise: usize,
    /// Lines of its log.
    pub log: Vec<String>,
}

impl Done {
    pub fn lines_with(&self, text: &str) -> usize {
        self.log.iter().filter(|line| line.contains(text)).count()
    }
}

impl Worker {
    /// Starts the process, which then waits. The settings are those of a connection file.
    pub fn start(settings: &[(&str, &str)], callers: u32, seconds: u32) -> Self {
        let file: String = settings.iter().map(|(name, value)| format!("{name} = '{value}'\n")).collect();
        let task = json!({ "file": file, "callers": callers, "seconds": seconds });
        let mut command = Command::new(std::env::current_exe().expect("this executable"));
        command
            .args(["--exact", "worker::process", "--nocapture"])
            .env(TASK, task.to_string())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        Self(command.spawn().expect("this executable once more"))
    }

    /// Lets the workers begin when all of them are ready.
    pub fn begin(workers: &mut [Self]) {
        for Self(child) in &mut *workers {
            // A byte at a time: what is buffered here would be lost to `done`.
            let (stdout, mut line) = (child.stdout.as_mut().expect("standard output"), Vec::new());
            while !line.ends_with(b"ready\n") {
                let mut byte = [0];
                stdout.read_exact(&mut byte).expect("a worker is ready");
                line.push(byte[0]);
            }
        }
        for Self(child) in workers {
            child.stdin.take().expect("standard input").write_all(b"go\n").expect("a worker that waits");
        }
    }

    /// Waits for its end. The test's own servers answer meanwhile.
    pub async fn done(self) -> Done {
        let Self(child) = self;
        let output = tokio::task::spawn_blocking(move || child.wait_with_output());
        let output = output.await.expect("a thread").expect("the worker's output");
        let log: Vec<_> = String::from_utf8_lossy(&output.stderr).lines().map(str::to_owned).collect();
        assert!(output.status.success(), "{log:#?}");
        let stdout = String::from_utf8_lossy(&output.stdout);
        let line = stdout.lines().find_map(|line| line.strip_prefix("done "));
        let told = parse(line.unwrap_or_else(|| panic!("the worker says what it did, not {stdout}")));
        let count =
            |name: &str| told[name].as_u64().and_then(|count| usize::try_from(count).ok()).expect(name);
        let places = told["places"].as_array().expect("places").iter().filter_map(Value::as_u64).collect();
        Done {
            places,
            answered: count("answered"),
            throttled: count("throttled"),
            failed_otherwise: count("failed_otherwise"),
            log,
        }
    }
}

/// The process. It passes at once where it is taken for a test.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn process() {
    let Ok(task) = std::env::var(TASK) else { return };
    tracing_subscriber::fmt()
        .with_max_level(tracing::Level::WARN)
        .with_ansi(false)
        .with_writer(std::io::stderr)
        .init();
    let task = parse(&task);
    let config = Config::read(task["file"].as_str(), []).expect("right settings");
    let throttle = Recorded { inner: config.throttle().expect("a throttle"), places: Arc::default() };
    let builder = Connector::builder().connection(&config).expect("right settings").runtime(runtime());
    let builder = builder.secrets(FixedSecrets::key(KEY)).throttle(throttle.clone());
    let connector = builder.build().expect("a connector");
    println!("ready");
    let mut go = String::new();
    BufReader::new(std::io::stdin()).read_line(&mut go).expect("the word to begin");

    let end = Instant::now() + Duration::from_secs(task["seconds"].as_u64().expect("seconds"));
    let mut callers = tokio::task::JoinSet::new();
    for _ in 0..task["callers"].as_u64().expect("callers") {
        let connector = connector.clone();
        callers.spawn(async move {
            let mut counts = [0_usize; 3];
            while Instant::now() < end {
                let got = connector.get("Customer", Some("cus_1"), None, false, &none()).await;
                let kind = got.as_ref().err().map(|error| error.failure().map(|failure| failure.kind.name()));
                match kind {
                    None => counts[0] += 1,
                    Some(Some("throttled")) => counts[1] += 1,
                    Some(_) => counts[2] += 1,
                }
                if kind.is_some() {
                    // As callers do who were told to come back later.
                    tokio::time::sleep(Duration::from_millis(100)).await;
                }
            }
            counts
        });
    }
    let counts = callers.join_all().await;
    let count = |at: usize| counts.iter().map(|counts| counts[at]).sum::<usize>();
    let places = throttle.places.lock().expect("places").clone();
    let told = json!({
        "places": places, "answered": count(0), "throttled": count(1), "failed_otherwise": count(2),
    });
    println!("done {told}");
}

/// Writes down which places it gives.
#[derive(Clone)]
struct Recorded {
    inner: Arc<dyn Throttle>,
    places: Arc<std::sync::Mutex<Vec<u64>>>,
}

#[async_trait]
impl Throttle for Recorded {
    async fn admit(&self, lane: &Lane, patience: Duration) -> Admission {
        let admission = self.inner.admit(lane, patience).await;
        if let Admission::After(wait) = admission {
            let wait = u64::try_from(wait.as_micros()).expect("a short time");
            self.places.lock().expect("places").push(now() + wait);
        }
        admission
    }

    async fn observe(&self, lane: &Lane, status: Option<u16>, retry_after: Option<Duration>) {
        self.inner.observe(lane, status, retry_after).await;
    }
}
