//! Objects cost little: a million customers fit into a gigabyte, and a page of them costs what a
//! page of ten costs.

// A process of its own, whose memory is nobody else's.
#[path = "all/common/mod.rs"]
#[allow(dead_code)]
mod common;

use std::time::{Duration, Instant};

use common::start;
use serde_json::json;

const MILLION: u32 = 1_000_000;

/// The memory of this process in MiB, where the system tells it.
fn resident() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmRSS:"))?;
    line.split_whitespace().nth(1)?.parse::<u64>().ok().map(|kib| kib / 1024)
}

#[tokio::test]
async fn a_million_customers() {
    let api = start().await;
    let template =
        api.post("/v1/customers", &[("name", "Someone Somewhere"), ("email", "a@example.com")]).await;
    let before = resident();
    let started = Instant::now();
    for n in 0..MILLION {
        let mut customer = template.clone();
        customer["id"] = json!(format!("cus_{n:014}"));
        customer["email"] = json!(format!("customer.{n}@example.com"));
        customer["created"] = json!(1_700_000_000 + n / 10);
        api.sandbox.put(customer);
    }
    println!("a million customers put in {:.1} s", started.elapsed().as_secs_f64());
    if let (Some(before), Some(after)) = (before, resident()) {
        println!("they take {} MiB", after - before);
        assert!(after - before <= 1024, "{} MiB", after - before);
    }
    let middle = format!("cus_{:014}", MILLION / 2);
    for query in [
        vec![("limit", "100")],
        vec![("limit", "100"), ("starting_after", &middle)],
        vec![("limit", "100"), ("ending_before", &middle)],
        vec![("email", "customer.777777@example.com")],
        vec![("created[lt]", "1700000100")],
    ] {
        let mut best = Duration::MAX;
        for _ in 0..3 {
            let asked = Instant::now();
            let page = api.get("/v1/customers", &query).await;
            best = best.min(asked.elapsed());
            assert!(!common::ids(&page).is_empty(), "{query:?}");
        }
        println!("{query:?}: {:.1} ms", best.as_secs_f64() * 1000.0);
        // A walk through all objects takes seconds, a page some milliseconds: the bound is far from both.
        assert!(best < Duration::from_millis(300), "{query:?}: {best:?}");
    }
}
