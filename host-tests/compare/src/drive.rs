//! Drives a client that is written in Rust.

use std::time::{Duration, Instant};

use rustix::time::{ClockId, clock_gettime};
use tokio::task::JoinSet;

use crate::work::{Measured, Task, Work};

/// A client of Stripe. What goes wrong ends the process, and so does work that it is not measured with.
pub trait Client: Clone + Send + Sync + 'static {
    fn retrieve(&self) -> impl Future<Output = ()> + Send;

    fn create(&self) -> impl Future<Output = ()> + Send {
        async { panic!("this client creates nothing") }
    }

    /// Lists all customers and answers how many there were.
    fn list(&self) -> impl Future<Output = usize> + Send {
        async { panic!("this client lists nothing") }
    }

    /// Answers how many customers meet [`FILTER`](host_tests::canned::FILTER).
    fn filter(&self) -> impl Future<Output = usize> + Send {
        async { panic!("this client filters nothing") }
    }

    /// Answers how many customers meet a filter for [so many of a hundred](host_tests::canned::share).
    fn share(&self, _percent: usize) -> impl Future<Output = usize> + Send {
        async { panic!("this client filters nothing by share") }
    }

    /// Bytes of linear memory, where the client has one.
    fn linear_memory(&self) -> Option<usize> {
        None
    }
}

pub async fn drive(client: impl Client, task: &Task) -> Measured {
    calls(&client, task, task.warm_up_callers, task.warm_up_seconds).await;

    let (cpu, begun) = (cpu(), Instant::now());
    let mut times = calls(&client, task, task.callers, task.seconds).await;
    let (seconds, cpu_seconds) = (begun.elapsed().as_secs_f64(), self::cpu() - cpu);
    times.sort_unstable();
    let at = |percent: usize| times[(times.len() - 1) * percent / 100].as_secs_f64() * 1e3;
    let (p50_ms, p99_ms) = (at(50), at(99));
    let linear_kb = client.linear_memory().map(|bytes| bytes as u64 >> 10);
    let peak_kb = memory_kb("VmHWM:");
    Measured { calls: times.len(), seconds, cpu_seconds, p50_ms, p99_ms, peak_kb, linear_kb }
}

/// How long each call took.
async fn calls(client: &impl Client, task: &Task, callers: usize, seconds: f64) -> Vec<Duration> {
    let end = Instant::now() + Duration::from_secs_f64(seconds);
    let mut tasks = JoinSet::new();
    for _ in 0..callers {
        let (client, task) = (client.clone(), task.clone());
        tasks.spawn(async move {
            let mut times = Vec::new();
            loop {
                let begun = Instant::now();
                call(&client, &task).await;
                let ended = Instant::now();
                times.push(ended - begun);
                if ended >= end {
                    return times;
                }
            }
        });
    }
    tasks.join_all().await.concat()
}

async fn call(client: &impl Client, task: &Task) {
    match task.work {
        Work::Retrieve => client.retrieve().await,
        Work::Create => client.create().await,
        Work::List => assert_eq!(client.list().await, task.objects),
        Work::Filter => match task.percent {
            Some(percent) => assert_eq!(client.share(percent).await, task.found),
            None => assert_eq!(client.filter().await, task.found),
        },
    }
}

/// Seconds that the processors spent on this process.
fn cpu() -> f64 {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    time.tv_sec as f64 + time.tv_nsec as f64 / 1e9
}

/// What the system tells of this process's memory under that name.
pub fn memory_kb(name: &str) -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").expect("Linux tells of processes");
    let value =
        status.lines().find_map(|line| line.strip_prefix(name)?.strip_suffix("kB")?.trim().parse().ok());
    value.unwrap_or_else(|| panic!("no {name} in {status}"))
}
