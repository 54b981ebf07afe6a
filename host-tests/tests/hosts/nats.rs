//! As much of a client of NATS as it takes to speak with wasmCloud's hosts, in JSON.

use std::net::SocketAddr;
use std::time::Duration;

use serde_json::Value;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;

/// A host compiles what it is asked to run before it answers.
const PATIENCE: Duration = Duration::from_secs(120);

const INBOX: &str = "_INBOX.host-tests";

pub struct Nats {
    stream: BufReader<TcpStream>,
    subscriptions: u32,
}

impl Nats {
    pub async fn connect(address: SocketAddr) -> Self {
        let stream = TcpStream::connect(address).await.expect("a connection to NATS");
        let mut nats = Self { stream: BufReader::new(stream), subscriptions: 0 };
        nats.line().await;
        nats.send("CONNECT {\"verbose\": false}\r\n").await;
        nats
    }

    /// The next message of that subject.
    pub async fn next(&mut self, subject: &str) -> Value {
        self.subscriptions += 1;
        let number = self.subscriptions;
        self.send(&format!("SUB {subject} {number}\r\n")).await;
        let message = self.message(number).await;
        self.send(&format!("UNSUB {number}\r\n")).await;
        message
    }

    /// Sends a message and waits for the answer to it.
    pub async fn ask(&mut self, subject: &str, message: &Value) -> Value {
        self.subscriptions += 1;
        let number = self.subscriptions;
        let message = message.to_string();
        let length = message.len();
        self.send(&format!("SUB {INBOX}.{number} {number}\r\n")).await;
        self.send(&format!("PUB {subject} {INBOX}.{number} {length}\r\n{message}\r\n")).await;
        self.message(number).await
    }

    async fn message(&mut self, subscription: u32) -> Value {
        let message = async {
            loop {
                let line = self.line().await;
                let words: Vec<&str> = line.split_whitespace().collect();
                match words.as_slice() {
                    ["PING"] => self.send("PONG\r\n").await,
                    ["MSG", _, number, .., length] => {
                        let mut payload = vec![0; length.parse::<usize>().expect("a length") + "\r\n".len()];
                        self.stream.read_exact(&mut payload).await.expect("a message");
                        if number.parse() == Ok(subscription) {
                            return serde_json::from_slice(&payload).expect("JSON");
                        }
                    }
                    ["-ERR", ..] => panic!("NATS says {line}"),
                    _ => {}
                }
            }
        };
        tokio::time::timeout(PATIENCE, message).await.expect("a message in time")
    }

    async fn line(&mut self) -> String {
        let mut line = String::new();
        let read = self.stream.read_line(&mut line).await.expect("a line");
        assert!(read > 0, "NATS has gone");
        line
    }

    async fn send(&mut self, text: &str) {
        self.stream.write_all(text.as_bytes()).await.expect("it is sent");
    }
}
