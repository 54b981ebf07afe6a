//! Connections that are refused, break or fall silent.

use std::time::Duration;

use host_tests::server::message;
use host_tests::wire::Step::{self, Read, ReadPart, Reset, Silence, Wait, Write};

use crate::case::{ALL, BOTH, Call, Case, Cases, World};

const BODY: &[u8] = br#"{"id": "cus_1", "object": "customer", "name": "Jenny Rosen"}"#;

/// A customer with its head.
pub fn whole() -> Vec<u8> {
    message("200 OK", &[("Content-Type", "application/json"), ("Request-Id", "req_1")], BODY)
}

/// The head and half of the body, and half of the head.
pub fn halves() -> [Vec<u8>; 2] {
    let whole = whole();
    let head = whole.len() - BODY.len();
    [whole[..head + BODY.len() / 2].to_vec(), whole[..head / 2].to_vec()]
}

/// Time to read what came before a reset, which throws away what was not read.
const READ_FIRST: Step = Wait(Duration::from_millis(50));

/// Limits that make silence short.
const HASTY: [(&str, &str); 3] =
    [("connect_timeout_ms", "100"), ("first_byte_timeout_ms", "300"), ("between_bytes_timeout_ms", "300")];

/// Three silences and two waits.
const HASTY_TAKES: std::ops::Range<u64> = 1900..6000;

pub fn rows() -> Vec<Cases> {
    let mut rows = vec![
        Case::of(&ALL, "connection refused", World::Nobody).fails("unavailable", "none").attempts(3),
        Case::of(&BOTH, "no answer to connecting", World::Deaf)
            .fails("timeout", "none")
            .attempts(3)
            .set(&[("connect_timeout_ms", "200")])
            .takes(1600..5000),
        Case::of(&[Call::Create], "no answer to connecting, the deadline", World::Deaf)
            // The host, who knows that no connection came about, has the word before the deadline.
            .fails("timeout", "none")
            .deadline(600)
            .takes(570..2000),
    ];
    rows.extend(broken());
    rows.extend(silent());
    rows.extend(slow());
    rows
}

/// Each as a reset and as an end in order.
fn broken() -> Vec<Cases> {
    let [half_body, half_head] = halves();
    let places: [(&str, &[Call], Vec<Step>); 6] = [
        ("before the request", &ALL, vec![]),
        ("in the request's head", &BOTH, vec![ReadPart(0)]),
        ("in the request's body", &[Call::UploadLarge], vec![ReadPart(64 << 10)]),
        ("after the request", &[Call::Get, Call::Create, Call::Upload, Call::Delete], vec![Read]),
        ("in the answer's head", &BOTH, vec![Read, Write(half_head)]),
        ("in the answer's body", &ALL, vec![Read, Write(half_body)]),
    ];
    let mut rows = Vec::new();
    for (place, calls, steps) in places {
        let in_the_answer = steps.iter().any(|step| matches!(step, Write(_)));
        let mut reset = steps.clone();
        reset.extend(in_the_answer.then_some(READ_FIRST));
        reset.push(Reset);
        for (end, steps) in [("reset", reset), ("end", steps)] {
            let row = Case::of(calls, format!("{end} {place}"), World::always(steps));
            let row = row.fails("unavailable", "unknown").attempts(3);
            rows.push(match place {
                "before the request" => row.or_none(),
                "in the answer's body" => row.status(200).request_id("req_1"),
                _ => row,
            });
        }
    }
    rows
}

fn silent() -> Vec<Cases> {
    let [half_body, half_head] = halves();
    let head = whole()[..whole().len() - BODY.len()].to_vec();
    let silence = |place: &str, calls: &[Call], steps: Vec<Step>| {
        Case::of(calls, format!("silence {place}"), World::always(steps))
            .fails("timeout", "unknown")
            .attempts(3)
            .set(&HASTY)
            .takes(HASTY_TAKES)
    };
    vec![
        silence("before the request is read", &[Call::Get, Call::UploadLarge], vec![Silence]),
        silence("before the answer", &ALL, vec![Read, Silence]),
        silence("in the answer's head", &BOTH, vec![Read, Write(half_head), Silence]),
        silence("after the answer's head", &BOTH, vec![Read, Write(head), Silence]).status(200),
        silence("in the answer's body", &ALL, vec![Read, Write(half_body), Silence])
            .status(200)
            .request_id("req_1"),
    ]
}

/// A byte at a time.
fn slow() -> Vec<Cases> {
    let bytes = whole();
    let (head, body) = bytes.split_at(bytes.len() - BODY.len());
    let by_bytes = |bytes: &[u8], ms: u64| {
        let wait = Wait(Duration::from_millis(ms));
        bytes.iter().flat_map(|byte| [Write(vec![*byte]), wait.clone()]).collect::<Vec<_>>()
    };
    let then = |steps: Vec<Step>| World::always([vec![Read], steps].concat());
    let slow_head = [by_bytes(head, 5), vec![Write(body.to_vec())]].concat();
    let slow_body = |ms| [vec![Write(head.to_vec())], by_bytes(body, ms)].concat();
    let endless = [b"HTTP/1.1 200 OK\r\nX-Slow: ".as_slice(), &b"x".repeat(500)].concat();
    vec![
        Case::of(&BOTH, "a slow head, in time", then(slow_head)).takes(300..4000),
        // Longer than the limit between bytes allows for one wait, and each byte sooner than that.
        Case::of(&BOTH, "a slow body, in time", then(slow_body(10))).set(&HASTY).takes(500..4000),
        Case::of(&ALL, "a slow body, beyond the deadline", then(slow_body(50)))
            .fails("timeout", "unknown")
            .status(200)
            .request_id("req_1")
            .deadline(1000)
            .takes(990..2500),
        Case::of(&BOTH, "a slow head, beyond the deadline", then(by_bytes(&endless, 20)))
            .fails("timeout", "unknown")
            .deadline(700)
            .takes(690..2200),
    ]
}
