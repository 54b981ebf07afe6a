//! Two processes of `serve` behind Debian's HAProxy, with one limit through Redis.

use std::net::SocketAddr;
use std::process::Command;
use std::time::{Duration, Instant};

use host_tests::command::{Home, parse_url};
use host_tests::program::Program;
use host_tests::serving::Serving;
use host_tests::stage::free_address;
use host_tests::tally::{Stripe, assert_kept, now};
use host_tests::told::told;

const TOKEN: &str = "token-filler-of-host-tests";
const DOCUMENTED: &str = include_str!("../../../docs/deploy/haproxy.cfg");
const CUSTOMER: &str = "/v2/projects/p/locations/l/connections/c/entityTypes/Customer/entities/cus_1";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_processes_behind_a_balancer_keep_one_limit() {
    const LIMIT: usize = 12;
    const CALLS: usize = 40;
    let (home, stripe) = (Home::new("together"), Stripe::start().await);
    let (started, redis) = (Instant::now(), free_address());
    let mut server = Command::new("redis-server");
    server.args(["--bind", "127.0.0.1", "--save", "", "--port", &redis.port().to_string()]);
    let _redis = Program::listening(server.current_dir(home.path()), redis).await;
    let connection = format!(
        "name = \"together\"\nthrottle_redis_url = \"redis://{redis}\"\nthrottle_ahead_ms = 5000\n\
         [node_config]\nmin_node_count = 2\nmax_node_count = 2\n"
    );
    home.write("connection.toml", connection);
    let connection = home.path().join("connection.toml").display().to_string();
    let options = ["--connection", connection.as_str()];
    let mut serving = Vec::new();
    for _ in 0..2 {
        serving.push(Serving::start(&stripe.url(), &options, Some(TOKEN)).await);
    }
    let front = free_address();
    let backends: Vec<String> = serving.iter().map(|serving| parse_url(&serving.url).0).collect();
    home.write("haproxy.cfg", configuration(front, &backends));
    let mut haproxy = Command::new("/usr/sbin/haproxy");
    haproxy.arg("-db").arg("-f").arg(home.path().join("haproxy.cfg"));
    let _haproxy = Program::listening(&mut haproxy, front).await;

    // A Redis that has just started gives no places until those are over that it may have given before.
    while !get(front).await.starts_with("HTTP/1.1 200 ") {
        assert!(started.elapsed() < Duration::from_secs(60), "{}", get(front).await);
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    let before = stripe.arrivals().len();
    let begun = now();
    let mut calls = tokio::task::JoinSet::new();
    for _ in 0..CALLS {
        calls.spawn(get(front));
    }
    for answer in calls.join_all().await {
        assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
    }
    let arrivals = stripe.arrivals();
    assert_eq!(arrivals.len(), before + CALLS, "every call became one request");
    // The first took a place of the second in which the others began.
    assert_kept(LIMIT, begun, &arrivals[before..]);
    for serving in &serving {
        let served = serving.served().await as usize;
        assert!(served >= CALLS / 3, "each has some: {served}");
    }

    // One that ends is left out, and nobody sees it.
    drop(serving.pop());
    for _ in 0..4 {
        let answer = get(front).await;
        assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
    }
}

/// The documented one, with the addresses of this test.
fn configuration(front: SocketAddr, backends: &[String]) -> String {
    let mut configuration = DOCUMENTED.to_owned();
    for (documented, here) in [
        ("127.0.0.1:8000", front.to_string()),
        ("127.0.0.1:8081", backends[0].clone()),
        ("127.0.0.1:8082", backends[1].clone()),
    ] {
        assert!(configuration.contains(documented), "{documented}");
        configuration = configuration.replace(documented, &here);
    }
    configuration
}

async fn get(address: SocketAddr) -> String {
    let request = format!(
        "GET {CUSTOMER} HTTP/1.1\r\nhost: stripe.test\r\nauthorization: Bearer {TOKEN}\r\nconnection: close\r\n\r\n"
    );
    told(address, &request).await
}
