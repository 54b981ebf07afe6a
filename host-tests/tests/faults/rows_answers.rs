//! Answers that came and are none of Stripe's.

use std::time::Duration;

use host_tests::server::message;
use host_tests::stage::parse;
use host_tests::wire::Step::{Read, Repeat, Wait, Write};

use crate::case::{ALL, BOTH, Call, Case, Cases, World, ensure, failure};
use crate::rows_connection::whole;
use crate::run::Outcome;

const HEADERS: [(&str, &str); 2] = [("Content-Type", "application/json"), ("Request-Id", "req_1")];

/// A whole answer of JSON.
fn json(status: &str, body: &[u8]) -> World {
    World::always(vec![Read, Write(message(status, &HEADERS, body))])
}

pub fn rows() -> Vec<Cases> {
    let mut rows = pages();
    rows.extend(sizes());
    rows.extend(contents());
    rows.extend(heads());
    rows
}

const PAGE: &[u8] = b"<!DOCTYPE html><html><body><h1>We will be back soon</h1></body></html>";

/// What stands in front of Stripe, or in its place.
fn pages() -> Vec<Cases> {
    let html = |status: &'static str, more: Option<(&'static str, &'static str)>| {
        let headers: Vec<_> = [("Content-Type", "text/html")].into_iter().chain(more).collect();
        World::always(vec![Read, Write(message(status, &headers, PAGE))])
    };
    let mut rows = vec![
        Case::of(&ALL, "HTML with 200", html("200 OK", None)).fails("unavailable", "unknown").status(200),
        Case::of(&BOTH, "HTML with 200, should retry", html("200 OK", Some(("Stripe-Should-Retry", "true"))))
            .fails("unavailable", "unknown"),
        Case::of(&ALL, "HTML with 502", html("502 Bad Gateway", None))
            .fails("unavailable", "unknown")
            .status(502)
            .attempts(3),
        Case::of(&ALL, "HTML with 400", html("400 Bad Request", None))
            .fails("invalid-input", "unknown")
            .status(400),
        Case::of(&BOTH, "HTML with 429", html("429 Too Many Requests", None))
            .fails("rate-limited", "unknown")
            .attempts(3),
    ];
    for status in [
        "301 Moved Permanently", "302 Found", "303 See Other", "307 Temporary Redirect",
        "308 Permanent Redirect",
    ] {
        let location = ("Location", "http://127.0.0.1:1/v1/customers/cus_1");
        let row = Case::of(&BOTH, format!("redirect {:.3}", status), html(status, Some(location)));
        rows.push(row.fails("unavailable", "unknown").status(status[..3].parse().expect("a status")));
    }
    rows
}

const SIZE: usize = 200 << 20;

fn not_read_on(outcome: &Outcome) -> Result<(), String> {
    ensure(outcome.memory < SIZE / 2, || format!("the instance has {} bytes", outcome.memory))?;
    let message = &failure(outcome)?.message;
    ensure(message.contains("max_response_bytes"), || format!("the message is {message}"))
}

fn sizes() -> Vec<Cases> {
    let piece = vec![b' '; 64 << 10];
    let pieces = SIZE / piece.len();
    let length = format!("HTTP/1.1 200 OK\r\nContent-Length: {SIZE}\r\n\r\n").into_bytes();
    let chunked = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n".to_vec();
    let chunk = [format!("{:x}\r\n", piece.len()).as_bytes(), &piece, b"\r\n"].concat();
    let endless = b"HTTP/1.1 200 OK\r\n\r\n".to_vec();
    let large = |name: &str, steps| {
        Case::of(&BOTH, name, World::always(steps))
            .fails("limit-exceeded", "unknown")
            .status(200)
            .takes(0..5000)
            .also(not_read_on)
    };
    // One more than there is keeps the client waiting for it until the end; one less leaves JSON without its end.
    let lying = |off: isize| {
        let body = r#"{"id": "cus_1", "object": "customer"}"#;
        let length = body.len().saturating_add_signed(off);
        let head = format!("HTTP/1.1 200 OK\r\nRequest-Id: req_1\r\nContent-Length: {length}\r\n\r\n{body}");
        World::always(vec![Read, Write(head.into_bytes())])
    };
    vec![
        large("200 MiB with their length", vec![Read, Write(length), Repeat(piece.clone(), pieces)]),
        large("200 MiB in chunks", vec![Read, Write(chunked), Repeat(chunk, pieces)]),
        large("200 MiB up to the end", vec![Read, Write(endless), Repeat(piece, pieces)]),
        Case::of(&BOTH, "Content-Length too large", lying(10))
            .fails("unavailable", "unknown")
            .status(200)
            .request_id("req_1")
            .attempts(3),
        // An answer as far as anybody can tell, of which JSON is missing: asking again would bring the same.
        Case::of(&BOTH, "Content-Length too small", lying(-10))
            .fails("unavailable", "unknown")
            .status(200)
            .request_id("req_1"),
    ]
}

/// `{"id": "cus_1", "object": "customer"}`, packed.
const GZIP: [u8; 52] = [
    0x1f, 0x8b, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x02, 0x03, 0xab, 0x56, 0xca, 0x4c, 0x51, 0xb2, 0x52,
    0x50, 0x4a, 0x2e, 0x2d, 0x8e, 0x37, 0x54, 0xd2, 0x51, 0x50, 0xca, 0x4f, 0xca, 0x4a, 0x4d, 0x2e, 0x81,
    0x0a, 0x95, 0xe4, 0xe7, 0xa6, 0x16, 0x29, 0xd5, 0x02, 0x00, 0x4a, 0x85, 0xc3, 0xad, 0x25, 0x00, 0x00,
    0x00,
];

fn row(outcome: &Outcome) -> Result<serde_json::Value, String> {
    outcome.result.as_ref().map(|row| parse(row)).map_err(|failure| failure.message.clone())
}

fn nested() -> String {
    format!("{}{}", "[".repeat(100_000), "]".repeat(100_000))
}

fn contents() -> Vec<Cases> {
    let deep = |inside: &str| inside.replace("NESTED", &nested()).into_bytes();
    let passes = |name: &str, body: &str| {
        Case::of(&[Call::Get], name, json("200 OK", &deep(body))).also(|outcome| {
            let row = outcome.result.as_ref().map_err(|failure| failure.message.clone())?;
            ensure(row.contains(&nested()), || format!("the row is {row:.200}"))
        })
    };
    let useless = |name: &str, body: &[u8]| {
        Case::of(&BOTH, name, json("200 OK", body))
            .fails("unavailable", "unknown")
            .status(200)
            .request_id("req_1")
    };
    let packed = message("200 OK", &[("Content-Encoding", "gzip"), HEADERS[1]], &GZIP);
    let page = |data: &str| {
        json("200 OK", format!(r#"{{"object": "list", "has_more": true, "data": {data}}}"#).as_bytes())
    };
    let number = "9".repeat(400);
    vec![
        useless("JSON without its end", br#"{"id": "cus_1", "object": "cust"#),
        useless("nothing at all with 200", b""),
        useless("a list in place of an object", b"[]"),
        useless("no UTF-8 with 200", b"{\"id\": \"cus_1\", \"name\": \"\xff\xfe\"}"),
        Case::of(&BOTH, "gzip nobody asked for", World::always(vec![Read, Write(packed)]))
            .fails("unavailable", "unknown")
            .request_id("req_1"),
        Case::of(&[Call::List], "has_more without data", page("[]")).fails("unavailable", "none"),
        Case::of(&[Call::List], "has_more without an id", page("[{}]")).fails("unavailable", "none"),
        useless("JSON 100,000 deep", &deep("NESTED")),
        passes("JSON 100,000 deep in a column", r#"{"id": "cus_1", "metadata": {"a": NESTED}}"#),
        passes("JSON 100,000 deep where no column is", r#"{"id": "cus_1", "unheard_of": NESTED}"#),
        Case::of(
            &BOTH,
            "JSON 100,000 deep in an error",
            json("400 Bad Request", &deep(r#"{"error": {"type": "invalid_request_error", "a": NESTED}}"#)),
        )
        .fails("invalid-input", "none")
        .status(400),
        Case::of(
            &[Call::Get],
            "one member twice",
            json("200 OK", br#"{"id": "cus_1", "name": "a", "name": "b"}"#),
        )
        .also(|outcome| {
            let name = row(outcome)?["Name"].clone();
            ensure(name == "a" || name == "b", || format!("the name is {name}"))
        }),
        Case::of(&[Call::Get], "1e999", json("200 OK", br#"{"id": "cus_1", "balance": 1e999}"#)).also(
            |outcome| {
                let text = outcome.result.as_ref().map_err(|failure| failure.message.clone())?;
                ensure(text.contains(r#""Balance":1e999"#), || text.clone())
            },
        ),
        Case::of(
            &[Call::Get],
            "a number of 400 digits",
            json("200 OK", format!(r#"{{"id": "cus_1", "balance": {number}}}"#).as_bytes()),
        )
        .also(|outcome| {
            let text = outcome.result.as_ref().map_err(|failure| failure.message.clone())?;
            ensure(text.contains(&"9".repeat(400)), || text.clone())
        }),
        Case::of(&BOTH, "an error that is a text", json("400 Bad Request", br#"{"error": "invalid_grant"}"#))
            .fails("invalid-input", "unknown")
            .status(400),
    ]
}

fn heads() -> Vec<Cases> {
    let first = |head: &str| World::always(vec![Read, Write([head.as_bytes(), &whole()].concat())]);
    let hint = "HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\n";
    let early = vec![Read, Write(hint.into()), Wait(Duration::from_millis(100)), Write(whole())];
    let with = |headers: String| {
        let text = String::from_utf8(whole()).expect("text");
        let text = text.replacen("\r\n", &format!("\r\n{headers}"), 1);
        World::always(vec![Read, Write(text.into_bytes())])
    };
    let many = (0..1000).map(|n| format!("X-{n}: y\r\n")).collect();
    let garbage = |text: &[u8]| World::always(vec![Read, Write(text.to_vec())]);
    vec![
        Case::of(&BOTH, "100 before the answer", first("HTTP/1.1 100 Continue\r\n\r\n")),
        Case::of(&BOTH, "102 twice before the answer", first(&"HTTP/1.1 102 Processing\r\n\r\n".repeat(2))),
        Case::of(&BOTH, "103 some time before the answer", World::always(early)),
        Case::of(&BOTH, "a header of 1 MiB", with(format!("X-Large: {}\r\n", "x".repeat(1 << 20))))
            .fails("unavailable", "unknown")
            .attempts(3),
        Case::of(&BOTH, "a thousand headers", with(many)).fails("unavailable", "unknown").attempts(3),
        Case::of(&BOTH, "garbage", garbage(b"\x00\x01\x02\xff\xfe\r\n\r\n\r\n"))
            .fails("unavailable", "unknown")
            .attempts(3),
        Case::of(&BOTH, "another protocol", garbage(b"SSH-2.0-OpenSSH_9.6\r\n"))
            .fails("unavailable", "unknown")
            .attempts(3),
        Case::of(&BOTH, "TLS where none is asked for", garbage(b"\x15\x03\x01\x00\x02\x02\x46"))
            .fails("unavailable", "unknown")
            .attempts(3),
        Case::of(&BOTH, "a status of 999", json("999 What", br#"{"id": "cus_1"}"#))
            .fails("unavailable", "unknown")
            .attempts(3),
        Case::of(&[Call::Get], "204 without a body", json("204 No Content", b""))
            .fails("unavailable", "none")
            .status(204),
    ]
}
