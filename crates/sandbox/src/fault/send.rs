//! How an answer goes out that a fault has changed: by hyper as long as HTTP allows for it, else
//! written to the connection as it is.

use std::fmt::Write;
use std::io;
use std::time::Duration;

use axum::body::Body;
use axum::http::response::Parts;
use axum::http::{HeaderValue, Response, header};
use tokio::io::{AsyncReadExt, AsyncWriteExt, copy, repeat};
use tokio::net::TcpStream;
use tokio::time::sleep;

use super::{Breach, Fault};
use crate::connection::{End, Line};

const PAGE: &str = "<!DOCTYPE html>\n<html><head><title>One moment</title></head>\
    <body><h1>We will be back soon</h1></body></html>\n";

/// A reset throws away what the other side has not read yet; so long it has time to read.
const TIME_TO_READ: Duration = Duration::from_millis(50);

impl Fault {
    /// Sends the answer. What is returned is for hyper to send: nothing of it goes out when the
    /// connection was taken.
    pub async fn send(&self, line: &Line, mut response: Response<String>) -> Response<Body> {
        self.dress(&mut response);
        let broken = self.breach.is_some()
            || self.huge.is_some()
            || self.trickle.is_some()
            || self.delay_body > Duration::ZERO;
        if !broken {
            return response.map(Body::from);
        }
        if let Some(stream) = line.take() {
            // A client that goes away in the middle of an answer is no trouble of the server's.
            let _ = self.write(stream, response).await;
        }
        Response::default()
    }

    fn dress(&self, response: &mut Response<String>) {
        if self.html {
            PAGE.clone_into(response.body_mut());
            let html = HeaderValue::from_static("text/html; charset=utf-8");
            response.headers_mut().insert(header::CONTENT_TYPE, html);
        }
        for (name, _) in &self.headers {
            response.headers_mut().remove(name);
        }
        for (name, value) in &self.headers {
            response.headers_mut().append(name, value.clone());
        }
    }

    async fn write(&self, mut stream: TcpStream, response: Response<String>) -> io::Result<()> {
        let (head, text) = response.into_parts();
        let body = Padded::new(&text, self.huge);
        let length = body.length();
        let told = match self.breach {
            Some(Breach::Length(off)) => length.saturating_add_signed(off),
            _ => length,
        };
        let sent = match self.breach {
            Some(Breach::Cut(bytes)) => bytes,
            Some(Breach::During) => length / 2,
            _ => length,
        };
        stream.write_all(&written(&head, told)).await?;
        sleep(self.delay_body).await;
        let filler = repeat(b'x').take(body.filler);
        let mut body = body.start.as_bytes().chain(filler).chain(body.end.as_bytes()).take(sent);
        match self.trickle {
            None => drop(copy(&mut body, &mut stream).await?),
            Some(trickle) => {
                while copy(&mut (&mut body).take(trickle.piece), &mut stream).await? > 0 {
                    sleep(trickle.interval).await;
                }
            }
        }
        if let Some(Breach::During) = self.breach {
            sleep(TIME_TO_READ).await;
            return End::Reset.of(stream).await;
        }
        End::Close.of(stream).await
    }
}

fn written(head: &Parts, length: u64) -> Vec<u8> {
    let mut start = String::new();
    let reason = head.status.canonical_reason().unwrap_or_default();
    let _ = write!(start, "HTTP/1.1 {} {reason}\r\n", head.status.as_str());
    let _ = write!(start, "content-length: {length}\r\nconnection: close\r\n");
    let mut bytes = start.into_bytes();
    for (name, value) in &head.headers {
        bytes.extend_from_slice(name.as_str().as_bytes());
        bytes.extend_from_slice(b": ");
        bytes.extend_from_slice(value.as_bytes());
        bytes.extend_from_slice(b"\r\n");
    }
    bytes.extend_from_slice(b"\r\n");
    bytes
}

/// A body, or a JSON object with a first field that makes it as large as it should be. The field is
/// never held in memory.
struct Padded {
    start: &'static str,
    filler: u64,
    end: String,
}

impl Padded {
    fn new(text: &str, size: Option<u64>) -> Padded {
        let Some(size) = size else {
            return Padded { start: "", filler: 0, end: text.to_owned() };
        };
        let start = r#"{"padding":""#;
        let end = match text.trim_start_matches('{').trim_start() {
            "" | "}" => "\"}".to_owned(),
            fields => format!("\",{fields}"),
        };
        let taken = u64::try_from(start.len() + end.len()).unwrap_or(u64::MAX);
        Padded { start, filler: size.saturating_sub(taken), end }
    }

    fn length(&self) -> u64 {
        let fixed = u64::try_from(self.start.len() + self.end.len()).unwrap_or(u64::MAX);
        self.filler.saturating_add(fixed)
    }
}
