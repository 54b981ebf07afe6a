//! CONNECT: asks a proxy to connect, in the plain.

use http::HeaderValue;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::network::stream::BoxIo;

/// No proxy says more before it lets one through.
const MAX_HEAD: usize = 32 << 10;
const MAX_HEADERS: usize = 64;

/// A proxy's word.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::network) enum Verdict {
    /// What is written from now on reaches the target.
    Open,
    /// Only with credentials, for these challenges.
    Unauthorized(Vec<String>),
    /// Anything else: the status, and the same with its reason.
    Refused(u16, String),
}

/// Asks for a tunnel to `target`, as `host:port`. The text of an error is a sentence's end about the proxy.
pub(in crate::network) async fn ask(
    io: &mut BoxIo,
    target: &str,
    authorization: Option<&HeaderValue>,
) -> Result<Verdict, String> {
    let mut head = format!("CONNECT {target} HTTP/1.1\r\nHost: {target}\r\n").into_bytes();
    if let Some(value) = authorization {
        head.extend_from_slice(b"Proxy-Authorization: ");
        head.extend_from_slice(value.as_bytes());
        head.extend_from_slice(b"\r\n");
    }
    head.extend_from_slice(b"\r\n");
    let broke_off = |error: std::io::Error| format!("broke off before the tunnel was there: {error}");
    io.write_all(&head).await.map_err(broke_off)?;
    io.flush().await.map_err(broke_off)?;
    let mut answer = Vec::new();
    loop {
        let read = io.read_buf(&mut answer).await.map_err(broke_off)?;
        if read == 0 {
            return Err("hung up before the tunnel was there".to_owned());
        }
        if let Some(verdict) = verdict(&answer)? {
            return Ok(verdict);
        }
        if answer.len() > MAX_HEAD {
            return Err("answers CONNECT without end".to_owned());
        }
    }
}

/// What the bytes so far say, if the head is whole.
fn verdict(answer: &[u8]) -> Result<Option<Verdict>, String> {
    let mut headers = [httparse::EMPTY_HEADER; MAX_HEADERS];
    let mut response = httparse::Response::new(&mut headers);
    let parsed = response.parse(answer);
    let end = match parsed.map_err(|why| format!("answers CONNECT with what is no HTTP: {why}"))? {
        httparse::Status::Complete(end) => end,
        httparse::Status::Partial => return Ok(None),
    };
    let status = response.code.unwrap_or_default();
    Ok(Some(match status {
        // The API speaks when it is spoken to. What comes already would be taken for its words.
        200..300 if answer.len() > end => return Err("speaks into the tunnel".to_owned()),
        200..300 => Verdict::Open,
        407 => {
            let challenges = response
                .headers
                .iter()
                .filter(|header| header.name.eq_ignore_ascii_case("proxy-authenticate"));
            Verdict::Unauthorized(
                challenges.map(|header| String::from_utf8_lossy(header.value).into_owned()).collect(),
            )
        }
        _ => Verdict::Refused(
            status,
            format!("{status} {}", response.reason.unwrap_or_default()).trim_end().to_owned(),
        ),
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn verdicts() {
        let of = |answer: &str| verdict(answer.as_bytes());
        assert_eq!(of("HTTP/1.1 200 Conn"), Ok(None));
        assert_eq!(of("HTTP/1.1 200 Connection established\r\n\r\n"), Ok(Some(Verdict::Open)));
        assert_eq!(of("HTTP/1.0 201\r\nVia: x\r\n\r\n"), Ok(Some(Verdict::Open)));
        let refused = of("HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno");
        assert_eq!(refused, Ok(Some(Verdict::Refused(403, "403 Forbidden".to_owned()))));
        let challenged = of("HTTP/1.1 407 X\r\nproxy-authenticate: Basic realm=\"r\"\r\nX: y\r\n\r\n");
        assert_eq!(challenged, Ok(Some(Verdict::Unauthorized(vec!["Basic realm=\"r\"".to_owned()]))));
        assert!(of("SSH-2.0-OpenSSH\r\n").unwrap_err().contains("no HTTP"));
        assert!(of("HTTP/1.1 200 OK\r\n\r\nhello").unwrap_err().contains("into the tunnel"));
    }
}
