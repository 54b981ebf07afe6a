//! Five hundred callers at once for half a minute, on a Stripe that fails now and then: no call is lost, nothing is done
//! twice, and memory stays as it is.
//!
//! The sandbox is a process of its own, so that what it stores is not counted as this host's memory.

use std::collections::HashMap;
use std::io::Write;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use host_tests::command::Serving;
use host_tests::stage::{builder, none, rows};
use stripe_connector_host::contract::{CallOptions, Query};
use stripe_connector_host::throttle::{Admission, Lane};
use stripe_connector_host::{Connector, Runtime, Throttle};
use tokio::time::{sleep_until, timeout};

const CALLERS: usize = 500;

const TIME: Duration = Duration::from_secs(30);

/// By then every instance has served some calls, and the pool has all the memory that it needs.
const SETTLED: Duration = Duration::from_secs(10);

/// Two of a hundred requests, in five ways. Three attempts hardly ever meet one each, so that one key of 256 has it worse:
/// these are the changes that fail, and are repeated.
const FAULTS: &str = "POST * when-header=Idempotency-Key:00* 35% reset=after; \
                      POST * when-header=Idempotency-Key:00* 50% cut=20; \
                      * * 0.4% reset=before; * * 0.4% reset=after; * * 0.4% status=503; \
                      * * 0.4% rate-limited=global-rate; * * 0.4% cut=20";

/// What an instance may have grown to: beyond it, it is not used again.
const MAX_INSTANCE: usize = 4 << 20;

/// What the host may grow by after it settled: less than a quarter of a kilobyte for each of the calls of twenty seconds,
/// and the two megabytes by which the allocator goes up and down.
const MAX_GROWTH: u64 = 8 << 20;

/// Calls and what became of them, counted without growing.
struct Count {
    /// By a tenth of a millisecond, up to ten seconds.
    latencies: Vec<AtomicU64>,
    failures: AtomicU64,
    repeated: AtomicU64,
    retries: AtomicU64,
}

impl Default for Count {
    fn default() -> Self {
        let latencies = (0..100_000).map(|_| AtomicU64::new(0)).collect();
        Self {
            latencies,
            failures: AtomicU64::new(0),
            repeated: AtomicU64::new(0),
            retries: AtomicU64::new(0),
        }
    }
}

impl Count {
    fn ended(&self, started: Instant) {
        let tenths = usize::try_from(started.elapsed().as_micros() / 100).unwrap_or(usize::MAX);
        self.latencies[tenths.min(self.latencies.len() - 1)].fetch_add(1, Ordering::Relaxed);
    }

    fn calls(&self) -> u64 {
        self.latencies.iter().map(|count| count.load(Ordering::Relaxed)).sum()
    }

    /// In milliseconds.
    fn percentile(&self, percent: u64) -> f64 {
        let rank = self.calls() * percent / 100;
        let mut seen = 0;
        let at = self.latencies.iter().position(|count| {
            seen += count.load(Ordering::Relaxed);
            seen > rank
        });
        at.unwrap_or_default() as f64 / 10.0
    }
}

/// Lets everything pass and counts what is asked for again.
struct Retries(Arc<Count>);

#[async_trait]
impl Throttle for Retries {
    async fn admit(&self, lane: &Lane, _patience: Duration) -> Admission {
        self.0.retries.fetch_add(u64::from(lane.attempt > 1), Ordering::Relaxed);
        Admission::After(Duration::ZERO)
    }
}

pub async fn run(runtime: Runtime) {
    let seed = std::env::var("FAULT_SEED").unwrap_or_else(|_| "1".to_owned());
    let sandbox = Serving::start(&["--faults", &format!("seed={seed}; {FAULTS}")]);
    let count = Arc::<Count>::default();
    let connector = builder(&[("api_base", &sandbox.url), ("max_scan", "10000000")])
        .runtime(runtime)
        .throttle(Retries(count.clone()))
        .max_instances(CALLERS)
        .build()
        .expect("a connector");

    let started = Instant::now();
    let end = started + TIME;
    let callers: Vec<_> = (0..CALLERS)
        .map(|caller| {
            tokio::spawn(Caller { caller, connector: connector.clone(), count: count.clone(), end }.run())
        })
        .collect();
    sleep_until((started + SETTLED).into()).await;
    let settled = (resident("self"), resident(&sandbox.child.id().to_string()));
    sleep_until(end.into()).await;
    let grown = (resident("self"), resident(&sandbox.child.id().to_string()));
    let (calls, elapsed) = (count.calls(), started.elapsed());
    let mut created = Vec::with_capacity(CALLERS);
    for caller in callers {
        // The longest that a call may take, and then some.
        let caller = timeout(Duration::from_secs(150), caller).await.expect("every call ends");
        created.push(caller.expect("no caller breaks off"));
    }

    let creates: usize = created.iter().sum();
    say!("\nload: {CALLERS} callers for {} s, faults in 2 % of the requests, seed {seed}", TIME.as_secs());
    say!("  {calls} calls, {:.0} in a second", calls as f64 / elapsed.as_secs_f64());
    say!(
        "  p50 {:.1} ms, p99 {:.1} ms, waits of retries included",
        count.percentile(50),
        count.percentile(99)
    );
    say!(
        "  {} retries, {} failures, {} changes repeated with their key",
        count.retries.load(Ordering::Relaxed),
        count.failures.load(Ordering::Relaxed),
        count.repeated.load(Ordering::Relaxed)
    );
    say!("  the largest instance: {} KiB", connector.memory() >> 10);
    if let (Some(before), Some(after)) = (settled.0, grown.0) {
        say!(
            "  this host: {} MiB after {} s, {} MiB at the end",
            before >> 20,
            SETTLED.as_secs(),
            after >> 20
        );
        assert!(after <= before + MAX_GROWTH, "the host grew from {before} to {after} bytes");
    }
    if let (Some(before), Some(after)) = (settled.1, grown.1) {
        say!("  the sandbox, which stores it all: {} MiB, then {} MiB", before >> 20, after >> 20);
    }
    let made = customers(&connector).await;
    for (caller, created) in created.iter().enumerate() {
        for n in 0..*created {
            let times = made.get(&name(caller, n)).copied().unwrap_or(0);
            assert_eq!(times, 1, "customer {n} of caller {caller}, seed {seed}");
        }
    }
    assert_eq!(made.len(), creates, "customers that nobody asked for, seed {seed}");
    say!("  {creates} customers created, each exactly once");
    assert!(connector.memory() <= MAX_INSTANCE, "an instance has {} bytes", connector.memory());
    assert!(count.repeated.load(Ordering::Relaxed) > 0, "no change failed");
}

struct Caller {
    caller: usize,
    connector: Connector,
    count: Arc<Count>,
    end: Instant,
}

impl Caller {
    /// Calls until the time is over; the answer is how many customers it created.
    async fn run(self) -> usize {
        let mut created = 0;
        let mut last = None;
        for step in self.caller.. {
            if Instant::now() >= self.end {
                break;
            }
            match (step % 7, &last) {
                (0 | 3, _) | (_, None) => {
                    last = Some(self.create(&name(self.caller, created)).await);
                    created += 1;
                }
                (6, _) => {
                    let query = Query { page_size: Some(10), ..Query::new("Customer") };
                    self.read(self.connector.list(&query, &none())).await;
                }
                (_, Some(id)) => {
                    let options = none();
                    self.read(self.connector.get("Customer", Some(id), None, false, &options)).await;
                }
            }
        }
        created
    }

    async fn read<T, E: std::fmt::Debug>(&self, call: impl Future<Output = Result<T, E>>) {
        let started = Instant::now();
        let failed = call.await.is_err();
        self.count.ended(started);
        self.count.failures.fetch_add(u64::from(failed), Ordering::Relaxed);
    }

    /// Creates a customer, as often as it takes; the answer is its id.
    async fn create(&self, name: &str) -> String {
        let fields = format!(r#"{{"Name": "{name}"}}"#);
        let mut options = none();
        loop {
            let started = Instant::now();
            let result = self.connector.create("Customer", &fields, &options).await;
            self.count.ended(started);
            match result {
                Ok(change) => return change.id.expect("an id"),
                Err(error) => {
                    let failure = error.failure().unwrap_or_else(|| panic!("{error}"));
                    self.count.failures.fetch_add(1, Ordering::Relaxed);
                    self.count.repeated.fetch_add(1, Ordering::Relaxed);
                    options = CallOptions { idempotency_key: failure.idempotency_key.clone(), ..none() };
                }
            }
        }
    }
}

fn name(caller: usize, n: usize) -> String {
    format!("{caller}/{n}")
}

/// How often each name stands in the sandbox.
async fn customers(connector: &Connector) -> HashMap<String, usize> {
    let mut found = HashMap::new();
    let columns = Some(vec!["Id".to_owned(), "Name".to_owned()]);
    let mut query = Query { page_size: Some(200), columns, ..Query::new("Customer") };
    loop {
        let page = connector.list(&query, &none()).await.expect("a page");
        for row in rows(&page) {
            *found.entry(row["Name"].as_str().expect("a name").to_owned()).or_default() += 1;
        }
        query.page_token = page.next_page_token;
        if query.page_token.is_none() {
            return found;
        }
    }
}

/// Bytes that a process has in memory; none where the system does not tell.
pub fn resident(process: &str) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    line.trim().trim_end_matches(" kB").parse::<u64>().ok().map(|kib| kib << 10)
}
