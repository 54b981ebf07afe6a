//! `list --all`: everything at once, without having everything at once.

use std::io::{BufRead, BufReader, Read};
use std::time::{Duration, Instant};

use host_tests::command::Call;
use host_tests::server::{Answer, Received, Server};
use host_tests::stage::KEY;
use serde_json::json;

const PAGE: usize = 100;

/// So many pages of charges, each of which is larger than what a pipe holds.
async fn pages(count: usize) -> Server {
    Server::start(move |request: Received| async move {
        let after = request.line.split_once("starting_after=ch_").map(|(_, rest)| rest);
        let after = after.and_then(|rest| rest.split(['&', ' ']).next()?.parse::<usize>().ok());
        let first = after.map_or(0, |last| last + 1);
        let data: Vec<_> = (first..first + PAGE)
            .map(|n| json!({"id": format!("ch_{n}"), "object": "charge", "description": "x".repeat(900)}))
            .collect();
        let has_more = first + PAGE < count * PAGE;
        Answer::json(&json!({"object": "list", "has_more": has_more, "data": data}).to_string())
    })
    .await
}

fn all(server: &Server) -> Call {
    Call::new(["list", "Charge", "--all", "--json", "--api-base", &server.url()]).key(KEY)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_next_page_is_asked_for_while_this_one_is_printed() {
    let server = pages(4).await;
    let mut command = all(&server).spawn();
    let started = Instant::now();
    // Nobody reads, so that the first page cannot be printed whole.
    while server.received().len() < 2 {
        assert!(started.elapsed() < Duration::from_secs(60), "the second page is not asked for");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert_eq!(server.received().len(), 2, "one page ahead and no more");
    let mut rows = String::new();
    let mut stdout = command.stdout.take().expect("standard output");
    let rows = tokio::task::spawn_blocking(move || stdout.read_to_string(&mut rows).map(|_| rows));
    let rows = rows.await.expect("a reader").expect("rows");
    let rows: Vec<serde_json::Value> = serde_json::from_str(&rows).expect("one array");
    assert_eq!((rows.len(), server.received().len()), (4 * PAGE, 4));
    assert_eq!(command.wait().expect("its end").code(), Some(0));
}

/// Bytes of memory that a process has now.
#[cfg(target_os = "linux")]
fn resident(process: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).expect("a process");
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("its memory");
    line.trim().trim_end_matches(" kB").parse::<u64>().expect("a number") << 10
}

#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn memory_does_not_grow_with_the_rows() {
    let (early, late) = (2_000, 40_000);
    let server = pages(late / PAGE).await;
    let mut command = all(&server).spawn();
    let stdout = command.stdout.take().expect("standard output");
    let process = command.id();
    let measured = tokio::task::spawn_blocking(move || {
        let (mut rows, mut measured) = (0, Vec::new());
        for line in BufReader::new(stdout).lines() {
            rows += usize::from(line.expect("a line").contains("ch_"));
            // The process still runs: its last page is not read.
            if rows == early || rows == late - PAGE {
                measured.push(resident(process));
            }
        }
        (rows, measured)
    });
    let (rows, measured) = measured.await.expect("a reader");
    assert_eq!(rows, late);
    assert_eq!(command.wait().expect("its end").code(), Some(0));
    let growth = measured[measured.len() - 1].saturating_sub(measured[0]);
    println!("{} rows: {} bytes, {growth} more than after {early}", late, measured[0]);
    assert!(growth < 8 << 20, "{growth} bytes more for {} rows more", late - early);
}
