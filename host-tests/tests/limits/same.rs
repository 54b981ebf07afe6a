//! The script in Redis and the limit of one process decide the same, whatever happens.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use redis::Script;
use stripe_connector_host::throttle::{
    Admission, Lane, Limits, SlidingWindow, TRANSACTIONS_PER_NODE, Throttle,
};

use crate::redis_server::RedisServer;
use host_tests::tally::SECOND;

const SCRIPT: &str = include_str!("../../../crates/host/src/throttle/redis/throttle.lua");

/// Redis's own clock, and in its place the last two arguments.
const CLOCK: &str = "redis.call('TIME')";
const BY_HAND: &str = "{ARGV[#ARGV - 1], ARGV[#ARGV]}";

/// Numbers that look random and are the same in each run.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % bound
    }
}

#[tokio::test]
async fn the_script_decides_what_a_process_decides() {
    assert_eq!(SCRIPT.matches(CLOCK).count(), 1, "the script reads Redis's clock, once");
    let redis = RedisServer::start("same", &[]);
    let mut connection = redis.connect();
    let script = Script::new(&SCRIPT.replace(CLOCK, BY_HAND));
    let (mut admitted, mut refused, mut most_nodes) = (0, 0, 0);
    for seed in 1..=6 {
        let mut random = Numbers(seed);
        let limits = Limits {
            nodes_min: 1,
            nodes_max: 8,
            waiting: 40,
            ahead: Duration::from_secs(1 + random.below(20)),
        };
        let start = Instant::now();
        let passed = Arc::new(Mutex::new(Duration::ZERO));
        let clock = passed.clone();
        let window =
            SlidingWindow::with_limits_and_clock(limits, move || start + *clock.lock().expect("a clock"));
        let lane = Lane { account: None, target: String::new(), write: false, attempt: 1 };
        // Microseconds since 1970, as Redis has them.
        let epoch = 1_800_000_000 * SECOND + 123_456;
        let ahead = u64::try_from(limits.ahead.as_micros()).expect("a short time");
        for step in 0..2_500 {
            let longest = if random.below(50) == 0 { 200 * SECOND } else { SECOND / 3 };
            *passed.lock().expect("a clock") += Duration::from_micros(random.below(longest));
            let now =
                epoch + u64::try_from(passed.lock().expect("a clock").as_micros()).expect("a short time");
            let mut ask = |asked: &str, more: [u64; 2]| {
                let limits = [1, 8, u64::from(TRANSACTIONS_PER_NODE), 40, ahead];
                let mut call = script.key(format!("{{{seed}}}:places"));
                call.key(format!("{{{seed}}}:state")).arg(asked).arg(0).arg(&limits).arg(&more);
                call.arg(now / SECOND).arg(now % SECOND);
                let (placed, wait, nodes, _, _): (u8, u64, u32, u32, u64) =
                    call.invoke(&mut connection).expect("an answer");
                (placed == 1, Duration::from_micros(wait), nodes)
            };
            if random.below(8) == 0 {
                let status = if random.below(3) == 0 { 429 } else { 200 };
                let retry_after = random.below(2) * random.below(5 * SECOND);
                ask("observe", [status, retry_after]);
                let after = (retry_after > 0).then(|| Duration::from_micros(retry_after));
                window.observe(&lane, u16::try_from(status).ok(), after).await;
                continue;
            }
            for _ in 0..random.below(9) {
                let patience = random.below(25 * SECOND);
                let (placed, wait, nodes) = ask("admit", [patience, 0]);
                let expected = window.admit(&lane, Duration::from_micros(patience)).await;
                let told = if placed { Admission::After(wait) } else { Admission::Refused(wait) };
                assert_eq!((told, nodes), (expected, window.nodes()), "seed {seed}, step {step}");
                admitted += u32::from(placed);
                refused += u32::from(!placed);
                most_nodes = most_nodes.max(nodes);
            }
        }
    }
    println!("{admitted} admitted and {refused} refused alike, with up to {most_nodes} nodes");
    assert!(admitted > 5_000 && refused > 1_000 && most_nodes == 8);
}
