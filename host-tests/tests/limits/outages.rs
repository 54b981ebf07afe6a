//! Redis is killed, hangs, comes back, or wants a password.

use std::sync::Arc;
use std::time::{Duration, Instant};

use host_tests::stage::loopback;
use stripe_connector_host::throttle::{
    Admission, Lane, Limits, RedisServer as Server, RedisWindow, Throttle, WhenGone,
};
use stripe_connector_host::{FixedSecrets, Secrets};

use crate::redis_server::RedisServer;
use crate::watch::Watch;
use crate::worker::{Done, Worker};
use host_tests::tally::{SECOND, Stripe, most_in_a_second, now};

const GONE: &str = "which cannot be asked";
const BACK: &str = "answers again";

/// Two workers, whose Redis is away from the second second to the fourth.
struct Outage {
    begun: u64,
    ended: u64,
    arrivals: Vec<u64>,
    /// By Redis's clock.
    places: Vec<u64>,
    workers: [Done; 2],
}

async fn outage(name: &str, when_gone: &str) -> Outage {
    let (mut redis, stripe) = (RedisServer::start(name, &[]), Stripe::start().await);
    let (redis_url, api) = (redis.url(), stripe.url());
    let settings = [
        ("name", name),
        ("api_base", api.as_str()),
        ("throttle_redis_url", redis_url.as_str()),
        ("throttle_redis_gone", when_gone),
        ("throttle_ahead_ms", "1000"),
        ("node_config.min_node_count", "2"),
        ("node_config.max_node_count", "2"),
    ];
    let mut workers = [0, 1].map(|_| Worker::start(&settings, 4, 12));
    let watch = Watch::start(redis.url(), name);
    Worker::begin(&mut workers);
    tokio::time::sleep(Duration::from_secs(4)).await;
    redis.kill();
    let begun = now();
    tokio::time::sleep(Duration::from_secs(3)).await;
    let ended = now();
    redis.start_again();
    let [one, other] = workers;
    let workers = [one.done().await, other.done().await];
    let (arrivals, (places, _)) = (stripe.arrivals(), watch.end());
    println!("{name}: {} requests, {} places in Redis", arrivals.len(), places.len());
    for worker in &workers {
        println!("{} answered, {} throttled", worker.answered, worker.throttled);
        worker.log.iter().filter(|line| line.contains("Redis")).for_each(|line| println!("{line}"));
        assert_eq!((worker.lines_with(GONE), worker.lines_with(BACK)), (1, 1));
        assert_eq!(worker.failed_otherwise, 0);
    }
    Outage { begun, ended, arrivals, places, workers }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_redis_nothing_is_admitted() {
    let Outage { begun, ended, arrivals, places, workers } = outage("refuse", "refuse").await;
    // What had its place before may go until a second later, and a little late.
    let without = arrivals.iter().filter(|at| **at > begun + 3 * SECOND / 2 && **at < ended).count();
    assert_eq!(without, 0);
    assert!(workers.iter().all(|worker| worker.throttled > 10));
    let before = arrivals.iter().filter(|at| **at < begun).count();
    let after = arrivals.iter().filter(|at| **at > ended).count();
    assert!(before >= 12 && after >= 12, "{before} before, {after} after");
    // Redis came back without a memory of its last second, and still gave nothing twice.
    assert!(most_in_a_second(&places) <= 12, "{} in a second", most_in_a_second(&places));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_redis_each_keeps_the_limit_alone_where_that_is_chosen() {
    let Outage { begun, ended, arrivals, workers, .. } = outage("local", "local").await;
    let during = arrivals.iter().filter(|at| **at > begun && **at < ended).count();
    assert!(during > 24, "{during} requests in three seconds");
    for worker in &workers {
        assert!(worker.lines_with("this process keeps the limit alone") == 1);
        // Two seconds of it, which begin and end somewhere in a burst.
        let alone =
            worker.places.iter().filter(|at| **at > begun + SECOND && **at < begun + 3 * SECOND).count();
        assert!((12..=36).contains(&alone), "{alone} places of its own");
    }
}

fn lane() -> Lane {
    Lane { account: None, target: "Customer".to_owned(), write: false, attempt: 1 }
}

fn window(url: &str) -> RedisWindow {
    // A Redis that has just started gives none before twice as much has passed.
    let limits = Limits { ahead: Duration::from_secs(2), ..Limits::fixed(1) };
    RedisWindow::new(Server::parse(url).expect("a URL of a Redis"), "outages", limits)
}

#[tokio::test]
async fn a_redis_that_hangs_costs_half_a_second_once() {
    let listener = tokio::net::TcpListener::bind(loopback()).await.expect("a free port");
    let url = format!("redis://{}", listener.local_addr().expect("an address"));
    let hangs = tokio::spawn(async move {
        let mut open = Vec::new();
        while let Ok((stream, _)) = listener.accept().await {
            open.push(stream);
        }
    });
    let refusing = window(&url);
    let timed = async |patience: u64| {
        let begun = Instant::now();
        let admission = refusing.admit(&lane(), Duration::from_millis(patience)).await;
        assert_eq!(admission, Admission::Refused(Duration::from_secs(1)));
        begun.elapsed().as_millis()
    };
    // A caller without patience finds out nothing.
    let impatient = timed(50).await;
    let (first, second) = (timed(60_000).await, timed(60_000).await);
    assert!(
        (50..450).contains(&impatient) && (500..1500).contains(&first) && second < 450,
        "{impatient}, {first} and {second} ms"
    );
    let local = window(&url).when_gone(WhenGone::Local);
    assert_eq!(local.admit(&lane(), Duration::from_secs(60)).await, Admission::After(Duration::ZERO));
    hangs.abort();
}

#[tokio::test]
async fn the_password_is_a_secret() {
    let redis = RedisServer::start("password", &["--requirepass", "hunter2"]);
    let asked = async |password: Option<&str>| {
        let secrets = FixedSecrets::default();
        let secrets: Arc<dyn Secrets> = match password {
            Some(password) => Arc::new(secrets.with("cache", password)),
            None => Arc::new(secrets),
        };
        let server =
            Server::parse(&redis.url()).expect("a URL of a Redis").password(secrets, "cache", "latest");
        let limits = Limits { ahead: Duration::from_secs(2), ..Limits::fixed(1) };
        let window = RedisWindow::new(server, "password", limits);
        assert!(!format!("{window:?}").contains("hunter2"));
        // It gives none until it knows that those are over which it may have given before it was started.
        for _ in 0..100 {
            if let Admission::After(_) = window.admit(&lane(), Duration::from_secs(60)).await {
                return true;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        false
    };
    assert!(asked(Some("hunter2")).await);
    assert!(!asked(Some("hunter3")).await);
    assert!(!asked(None).await);
}

#[tokio::test]
async fn a_redis_that_was_started_anew_gives_nothing_twice() {
    let mut redis = RedisServer::start("anew", &[]);
    let limits = Limits { ahead: Duration::from_secs(1), ..Limits::fixed(1) };
    let window = RedisWindow::new(Server::parse(&redis.url()).expect("a URL of a Redis"), "anew", limits);
    let place = async || {
        loop {
            if let Admission::After(wait) = window.admit(&lane(), Duration::from_secs(60)).await {
                return now() + u64::try_from(wait.as_micros()).expect("a short time");
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    let mut last = 0;
    for _ in 0..12 {
        last = place().await.max(last);
    }
    redis.kill();
    redis.start_again();
    // Those of the last second are forgotten, and the six that are still to come.
    let next = place().await;
    // By the clock of who asked, places come later by as long as the answer took.
    assert!(next + SECOND / 3 > last + SECOND, "{} us after the last one", next.saturating_sub(last));
}
