//! The command's `serve` as a process.

use std::io::{BufRead, BufReader};
use std::process::Child;

use crate::command::{Call, parse_url};
use crate::stage::{KEY, parse};
use crate::told::told;

/// `serve` on a free port, which ends with the test.
pub struct Serving {
    pub child: Child,
    pub url: String,
    pub metrics: String,
}

impl Serving {
    /// In front of that API, with a token for callers or open to all.
    pub async fn start(api_base: &str, more: &[&str], token: Option<&str>) -> Self {
        let arguments = ["serve", "--json", "--metrics", "127.0.0.1:0", "--api-base", api_base];
        let listen = if more.contains(&"--listen") { &[][..] } else { &["--listen", "127.0.0.1:0"] };
        let mut call = Call::new(arguments.iter().chain(listen).chain(more).copied()).key(KEY);
        if let Some(token) = token {
            call = call.env("SERVICE_TOKEN", token);
        }
        let mut child = call.spawn();
        let mut stdout = BufReader::new(child.stdout.take().expect("standard output"));
        let read = move || {
            let mut first = String::new();
            stdout.read_line(&mut first).expect("a line");
            first
        };
        let first = tokio::task::spawn_blocking(read).await.expect("a line");
        let urls = parse(&first);
        let url = |name: &str| urls[name].as_str().unwrap_or_else(|| panic!("{first}")).to_owned();
        Self { child, url: url("url"), metrics: url("metrics") }
    }

    /// How many requests were answered well so far.
    pub async fn served(&self) -> u32 {
        let metrics = self.get(&self.metrics, "").await;
        let served = metrics.lines().find_map(|line| {
            line.strip_prefix("stripe_connector_calls_total{")?.split_once("\"serve\",outcome=\"ok\"} ")
        });
        served.and_then(|(_, served)| served.parse().ok()).unwrap_or_else(|| panic!("{metrics}"))
    }

    /// The head and the body of an answer.
    pub async fn get(&self, url: &str, more: &str) -> String {
        let (address, path) = parse_url(url);
        let request = format!("GET {path} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n{more}\r\n");
        told(&address, &request).await
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
