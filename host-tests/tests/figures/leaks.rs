//! Ten thousand calls and more of all kinds, and what is left of them: no connection, no task, no byte.

use std::io::Write;
use std::time::{Duration, Instant};

use host_tests::command::Serving;
use host_tests::stage::{builder, none};
use stripe_connector_host::contract::{CallOptions, Query};
use stripe_connector_host::{Connector, Metrics, Reuse, Runtime, Unlimited};
use tokio::runtime::Handle;
use tokio::time::{sleep, timeout};

use crate::load::resident;

const CALLS: usize = 10_000;
const AT_ONCE: usize = 20;

/// Calls after which memory is about as large as it should ever be: every caller had every kind of call many times.
const WARM: usize = 2_000;

/// What the allocator's own coming and going may add: 131 bytes for each of the calls after these.
const MAX_GROWTH: u64 = 1 << 20;

/// What leaks, leaks each time. An instance more than there ever was at once, while what was given up is still on its way
/// out, takes its memory once: where the host grew, as many calls are made again.
const ROUNDS: usize = 4;

/// The faults that a call may meet on its way.
const FAULTS: &str = "GET * 1% reset=after; GET * 1% cut=20; GET * 1% status=500; POST * 2% close=before";

pub async fn run(runtime: Runtime) {
    let sandbox = Serving::start(&["--faults", &format!("seed=1; {FAULTS}")]);
    let (tasks, files) = (alive(), open_files());
    let metrics = Metrics::new();
    let builder = builder(&[("api_base", &sandbox.url), ("max_retries", "1")]);
    let builder = builder.runtime(runtime).throttle(Unlimited).metrics(&metrics, "leaks");
    let connector = builder.reuse(Reuse::Until { calls: 100, memory: 4 << 20 }).build().expect("a connector");

    call(&connector, WARM).await;
    let mut sizes = vec![resident("self")];
    let warm = connector.memory();
    for _ in 0..ROUNDS {
        call(&connector, CALLS - WARM).await;
        sizes.push(resident("self"));
        if growth(&sizes).is_none_or(|growth| growth <= MAX_GROWTH) {
            break;
        }
    }
    // What was given up last is still on its way out.
    until(|| alive() - tasks <= 2 * gauge(&metrics, "connections{")).await;
    let during = (alive() - tasks, gauge(&metrics, "connections{"));
    let calls = WARM + (sizes.len() - 1) * (CALLS - WARM);
    say!(
        "\n{calls} calls, a tenth of them given up by their callers, others cut, reset or failed by Stripe:"
    );
    say!("  connections open: {}, tasks for them: {}", during.1, during.0);
    let told: Vec<_> = sizes.iter().flatten().map(|size| format!("{} KiB", size >> 10)).collect();
    say!("  this host after {WARM} calls, and after {} more each time: {}", CALLS - WARM, told.join(", "));
    assert!(growth(&sizes).unwrap_or(0) <= MAX_GROWTH, "the host grows with its calls: {told:?}");
    say!("  the largest instance: {} KiB, then {} KiB", warm >> 10, connector.memory() >> 10);
    assert_eq!(gauge(&metrics, "calls_under_way{"), 0, "{}", metrics.text());
    assert_eq!(gauge(&metrics, "instances{connection=\"leaks\",state=\"busy\"}"), 0);
    assert!(during.1 <= 2 * AT_ONCE, "{} connections for {AT_ONCE} callers", during.1);
    assert!(during.0 <= 2 * during.1, "{} tasks for {} connections", during.0, during.1);

    connector.close().await;
    drop(connector);
    until(|| alive() <= tasks && open_files() <= files).await;
    say!(
        "  of the closed connector are left: {} tasks, {} open files",
        alive() - tasks,
        open_files() - files
    );
    assert_eq!((alive(), open_files()), (tasks, files));
}

/// By how many bytes the host is larger than it ever was before. None where the system does not tell.
fn growth(sizes: &[Option<u64>]) -> Option<u64> {
    let (last, before) = sizes.split_last()?;
    Some((*last)?.saturating_sub(before.iter().copied().max()??))
}

/// Waits for it, but not for ever.
async fn until(so: impl Fn() -> bool) {
    let patience = Instant::now() + Duration::from_secs(10);
    while !so() && Instant::now() < patience {
        sleep(Duration::from_millis(20)).await;
    }
}

/// So many calls, by turns of each kind.
async fn call(connector: &Connector, calls: usize) {
    let callers = (0..AT_ONCE).map(|caller| {
        let connector = connector.clone();
        tokio::spawn(async move {
            for step in (caller..calls).step_by(AT_ONCE) {
                one(&connector, step / AT_ONCE).await;
            }
        })
    });
    for caller in callers.collect::<Vec<_>>() {
        caller.await.expect("no caller breaks off");
    }
}

/// What becomes of it does not matter here.
async fn one(connector: &Connector, kind: usize) {
    let hasty = CallOptions { deadline_ms: Some(1), ..none() };
    let _ = match kind % 10 {
        0 => connector.create("Coupon", r#"{"PercentOff": 10, "Duration": "once"}"#, &none()).await.map(drop),
        1 => connector.create("Coupon", r#"{"PercentOf": 10}"#, &none()).await.map(drop),
        2 => connector.list(&Query::new("Coupon"), &none()).await.map(drop),
        3 => connector.list(&Query::new("Product"), &hasty).await.map(drop),
        4 => {
            let (query, options) = (Query::new("Customer"), none());
            let given_up = connector.list(&query, &options);
            timeout(Duration::from_micros(500), given_up).await.map_or(Ok(()), |answer| answer.map(drop))
        }
        5 => connector.get_entity_type("Customer").await.map(drop),
        _ => connector.get("Customer", Some("cus_none"), None, false, &none()).await.map(drop),
    };
}

fn alive() -> usize {
    Handle::current().metrics().num_alive_tasks()
}

/// Files and sockets of this process; none where the system does not tell.
fn open_files() -> usize {
    std::fs::read_dir("/proc/self/fd").map_or(0, |files| files.count())
}

/// The first gauge whose line begins with this.
fn gauge(metrics: &Metrics, begins: &str) -> usize {
    let text = metrics.text();
    let line = text.lines().find_map(|line| line.strip_prefix("stripe_connector_")?.strip_prefix(begins));
    let value = line.and_then(|line| line.rsplit(' ').next()?.parse().ok());
    value.unwrap_or_else(|| panic!("no {begins} in {text}"))
}
