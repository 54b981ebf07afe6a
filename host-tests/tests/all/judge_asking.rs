//! Asks the judge what a test makes up, also what no client would ask.

use host_tests::stage::{API_VERSION, KEY, parse};
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// A request to be sent. Its length and its host are added.
#[derive(Clone)]
pub struct Asked {
    line: String,
    headers: Vec<(&'static str, String)>,
    body: Vec<u8>,
}

impl Asked {
    /// A request with what every request has.
    pub fn new(line: &str) -> Self {
        let headers = vec![
            ("authorization", format!("Bearer {KEY}")),
            ("stripe-version", API_VERSION.to_owned()),
            ("user-agent", "tests/1".to_owned()),
        ];
        Self { line: line.to_owned(), headers, body: Vec::new() }
    }

    pub fn get(target: &str) -> Self {
        Self::new(&format!("GET {target}"))
    }

    pub fn delete(target: &str) -> Self {
        Self::new(&format!("DELETE {target}"))
    }

    /// A POST of a form.
    pub fn form(path: &str, form: &str) -> Self {
        Self::post(path, "application/x-www-form-urlencoded", form.as_bytes())
    }

    /// A POST of JSON.
    pub fn json(path: &str, body: &Value) -> Self {
        Self::post(path, "application/json", body.to_string().as_bytes())
    }

    pub fn post(path: &str, content_type: &str, body: &[u8]) -> Self {
        let own = Self::new(&format!("POST {path}"));
        let own = own.with("idempotency-key", "key-1").with("content-type", content_type);
        Self { body: body.to_vec(), ..own }
    }

    /// With one header more.
    pub fn with(mut self, name: &'static str, value: &str) -> Self {
        self.headers.push((name, value.to_owned()));
        self
    }

    pub fn without(mut self, name: &str) -> Self {
        self.headers.retain(|(own, _)| *own != name);
        self
    }

    /// Sends it to a server.
    pub async fn send(&self, url: &str) -> Told {
        let host = url.strip_prefix("http://").expect("a plain URL");
        let mut head = format!("{} HTTP/1.1\r\nhost: {host}\r\n", self.line);
        for (name, value) in &self.headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        if self.line.starts_with("POST") || !self.body.is_empty() {
            head.push_str(&format!("content-length: {}\r\n", self.body.len()));
        }
        head.push_str("\r\n");
        let mut stream = TcpStream::connect(host).await.expect("a connection");
        let request = [head.as_bytes(), &self.body].concat();
        stream.write_all(&request).await.expect("the server reads");
        // The server goes on until its client has no more to say.
        stream.shutdown().await.expect("the server reads");
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).await.expect("an answer");
        Told::new(&answer)
    }
}

/// What the judge answers.
#[derive(Debug)]
pub struct Told {
    pub status: String,
    pub body: Vec<u8>,
}

impl Told {
    fn new(answer: &[u8]) -> Self {
        let end = answer.windows(4).position(|window| window == b"\r\n\r\n").expect("a head");
        let head = String::from_utf8_lossy(&answer[..end]);
        let status = head.split(' ').nth(1).expect("a status").to_owned();
        Self { status, body: answer[end + 4..].to_vec() }
    }

    pub fn json(&self) -> Value {
        parse(&String::from_utf8_lossy(&self.body))
    }
}
