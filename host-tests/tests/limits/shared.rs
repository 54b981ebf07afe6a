//! Two processes, one limit.

use crate::redis_server::RedisServer;
use crate::watch::Watch;
use crate::worker::Worker;
use host_tests::tally::{SECOND, Stripe, assert_after_places, most_in_a_second};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn together_they_keep_it() {
    let (redis, stripe) = (RedisServer::start("shared", &[]), Stripe::start().await);
    let (redis_url, api) = (redis.url(), stripe.url());
    let settings = [
        ("name", "shared"),
        ("api_base", api.as_str()),
        ("throttle_redis_url", redis_url.as_str()),
        ("throttle_ahead_ms", "2000"),
        ("node_config.min_node_count", "2"),
        ("node_config.max_node_count", "2"),
    ];
    let mut workers = [0, 1].map(|_| Worker::start(&settings, 8, 8));
    let watch = Watch::start(redis.url(), "shared");
    Worker::begin(&mut workers);
    let [one, other] = workers;
    let done = [one.done().await, other.done().await];
    let (places, _) = watch.end();

    assert_after_places(&places, &stripe.arrivals());
    assert_eq!(most_in_a_second(&places), 12, "on Redis's clock");
    let whole_seconds = stripe.arrivals().len() / 12;
    assert!(whole_seconds >= 4, "the limit is used: {whole_seconds} seconds' worth");
    for worker in done {
        assert!(worker.answered >= 12, "each gets some of it: {}", worker.answered);
        assert_eq!((worker.failed_otherwise, worker.lines_with("Redis")), (0, 0), "{:?}", worker.log);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn together_they_bring_nodes() {
    let (redis, stripe) = (RedisServer::start("nodes", &[]), Stripe::start().await);
    let (redis_url, api) = (redis.url(), stripe.url());
    let settings = [
        ("name", "nodes"),
        ("api_base", api.as_str()),
        ("throttle_redis_url", redis_url.as_str()),
        ("throttle_ahead_ms", "1000"),
        ("node_config.min_node_count", "1"),
        ("node_config.max_node_count", "3"),
    ];
    let mut workers = [0, 1].map(|_| Worker::start(&settings, 12, 8));
    let watch = Watch::start(redis.url(), "nodes");
    Worker::begin(&mut workers);
    let [one, other] = workers;
    let done = [one.done().await, other.done().await];
    let (places, most_nodes) = watch.end();

    assert_after_places(&places, &stripe.arrivals());
    assert_eq!(most_nodes, 3);
    assert_eq!(most_in_a_second(&places), 18, "on Redis's clock");
    assert!(done.iter().all(|worker| worker.failed_otherwise == 0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_429_of_one_stops_the_other() {
    let (redis, stripe) = (RedisServer::start("pause", &[]), Stripe::refusing(30).await);
    let (redis_url, api) = (redis.url(), stripe.url());
    let settings = [
        ("name", "pause"),
        ("api_base", api.as_str()),
        ("max_retries", "0"),
        ("throttle_redis_url", redis_url.as_str()),
        ("throttle_ahead_ms", "3000"),
        ("node_config.min_node_count", "50"),
        ("node_config.max_node_count", "50"),
    ];
    let mut workers = [0, 1].map(|_| Worker::start(&settings, 1, 8));
    Worker::begin(&mut workers);
    let [one, other] = workers;
    let done = [one.done().await, other.done().await];

    let arrivals = stripe.arrivals();
    let refused = arrivals[30];
    // What the other one had sent, or was about to send, when the answer came.
    let at_once = arrivals.iter().filter(|at| **at > refused && **at < refused + 2 * SECOND).count();
    assert!(at_once <= 8, "{at_once} requests during the pause");
    let quiet = arrivals.windows(2).map(|pair| pair[1] - pair[0]).max().unwrap_or(0);
    println!("{at_once} requests came after the 429, then none for {} ms", quiet / 1000);
    assert!(quiet > 17 * SECOND / 10, "{quiet} us");
    let afterwards = arrivals.iter().filter(|at| **at >= refused + 2 * SECOND).count();
    assert!(afterwards > 10, "it goes on: {afterwards}");
    let failed: usize = done.iter().map(|worker| worker.throttled + worker.failed_otherwise).sum();
    assert!(failed >= 1, "the one call that was answered with 429");
}
