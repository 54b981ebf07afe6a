//! Retries that succeed, in front of the sandbox, which knows how often something was done; and those that must not be.

use host_tests::server::message;
use host_tests::wire::Step::{Read, Reset, Write};

use crate::case::{ALL, BOTH, Call, Case, Cases, World, ensure, failure};
use crate::rows_connection::whole;
use crate::rows_statuses::{BROKEN, DOWN, LOCKED, error};
use crate::run::Outcome;

const CHANGES: [Call; 4] = [Call::Create, Call::Pay, Call::Upload, Call::Get];

pub fn rows() -> Vec<Cases> {
    let mut rows = once();
    rows.extend(stored());
    rows.extend(lists());
    rows.extend(limits());
    rows
}

/// One attempt goes wrong, the next does not.
fn once() -> Vec<Cases> {
    let faults = [
        ("503 once", "* * times=1 status=503"),
        ("500 once", "* * times=1 status=500"),
        ("429 once", "* * times=1 rate-limited=global-rate"),
        ("409 once", "* * times=1 status=409"),
        ("HTML with 502 once", "* * times=1 status=502 html"),
        ("reset before once", "* * times=1 reset=before"),
        ("reset after once", "* * times=1 reset=after"),
        ("reset during once", "* * times=1 reset=during"),
        ("end before once", "* * times=1 close=before"),
        ("end after once", "* * times=1 close=after"),
        ("cut once", "* * times=1 cut=20"),
        ("length too large once", "* * times=1 length=+10"),
    ];
    let mut rows: Vec<_> = faults
        .into_iter()
        .map(|(name, faults)| Case::of(&CHANGES, name, World::Sandbox(faults)).attempts(2))
        .collect();
    rows.push(
        Case::of(&[Call::Create, Call::Pay], "silence once", World::Sandbox("* * times=1 delay-answer=60s"))
            .attempts(3)
            // The key is in use as long as the sandbox is busy with the first.
            .fails("conflict", "unknown")
            .set(&[("first_byte_timeout_ms", "300"), ("connect_timeout_ms", "100")])
            .takes(1300..5000),
    );
    rows.push(
        Case::of(&[Call::Create, Call::Pay], "reset after, twice", World::Sandbox("* * times=2 reset=after"))
            .attempts(3),
    );
    rows
}

/// What the sandbox carried out or kept, and the answer that its client gets.
fn stored() -> Vec<Cases> {
    vec![
        Case::of(&[Call::Delete], "deleted, the answer lost", World::Sandbox("DELETE * times=1 reset=after"))
            .fails("not-found", "unknown")
            .attempts(2)
            .status(404),
        Case::of(&[Call::Delete], "deleted, the answer cut", World::Sandbox("DELETE * times=1 cut=5"))
            .fails("not-found", "unknown")
            .attempts(2),
        Case::of(&[Call::Delete], "deleted after 503", World::Sandbox("DELETE * times=1 status=503"))
            .attempts(2),
        // Stripe keeps a 500 for the key, so that a retry gets it again.
        Case::of(&[Call::Create], "500 stored", World::Sandbox("POST * times=1 status=500 stored"))
            .fails("unavailable", "unknown")
            .attempts(3),
        Case::of(&[Call::Create, Call::Pay], "done, every answer lost", World::Sandbox("POST * reset=after"))
            .fails("unavailable", "unknown")
            .attempts(3),
        Case::of(&[Call::Create, Call::Pay], "done, every answer HTML", World::Sandbox("POST * html"))
            .fails("unavailable", "unknown")
            .status(200),
        Case::of(
            &[Call::Create, Call::Pay],
            "done, every answer 200 MiB",
            World::Sandbox("POST * huge=200MiB"),
        )
        .fails("limit-exceeded", "unknown")
        .takes(0..5000),
        Case::of(&[Call::Create], "never carried out", World::Sandbox("POST * rate-limited=endpoint-rate"))
            .fails("rate-limited", "none")
            .attempts(3)
            .also(|outcome| {
                let reason = failure(outcome)?.rate_limit_reason.clone();
                ensure(reason.as_deref() == Some("endpoint-rate"), || format!("the reason is {reason:?}"))
            }),
    ]
}

fn all_rows(outcome: &Outcome) -> Result<(), String> {
    let rows = outcome.result.as_ref().map_err(|failure| failure.message.clone())?.matches("\"Id\":").count();
    ensure(rows == 130, || format!("{rows} rows"))
}

fn lists() -> Vec<Cases> {
    let list = |name: &str, faults| Case::of(&[Call::List], name, World::Sandbox(faults));
    vec![
        list("two pages", "* /nowhere status=503").attempts(2).also(all_rows),
        list("the first page 503 once", "* * times=1 status=503").attempts(3).also(all_rows),
        list("the second page 503 once", "* * skip=1 times=1 status=503").attempts(3).also(all_rows),
        list("the second page cut once", "* * skip=1 times=1 cut=1000").attempts(3).also(all_rows),
        list("each page reset twice", "* * times=2 reset=before; * * skip=1 times=2 reset=after")
            .attempts(6)
            .takes(2000..9000)
            .also(all_rows),
        list("the second page always 503", "* * skip=1 status=503").fails("unavailable", "none").attempts(4),
        list("the second page always cut", "* * skip=1 cut=1000").fails("unavailable", "none").attempts(4),
        list("the second page HTML", "* * skip=1 html").fails("unavailable", "none").attempts(2),
    ]
}

/// Where retrying ends.
fn limits() -> Vec<Cases> {
    let down = || World::always(vec![Read, error(DOWN.0, DOWN.1, &[])]);
    let refused = || World::always(vec![Read, error(LOCKED.0, LOCKED.1, &[])]);
    let fails = |name: &str, world| Case::of(&ALL, name, world).fails("unavailable", "unknown");
    let late = World::wire(|at| match at {
        1..4 => vec![Read, Reset],
        _ => vec![Read, Write(whole())],
    });
    let worse = World::wire(|at| match at {
        1 => vec![Read, error(BROKEN.0, BROKEN.1, &[])],
        2 => vec![Reset],
        _ => vec![Read, Write(message("502 Bad Gateway", &[], b"<p>sorry</p>"))],
    });
    let later = World::wire(|at| {
        let asked: &[_] = if at == 2 { &[("Retry-After", "60")] } else { &[] };
        vec![Read, error(DOWN.0, DOWN.1, asked)]
    });
    vec![
        fails("no retries", down()).set(&[("max_retries", "0")]).takes(0..1500),
        fails("one retry", down()).set(&[("max_retries", "1")]).attempts(2),
        Case::of(&BOTH, "success at the fourth attempt", late).set(&[("max_retries", "3")]).attempts(4),
        fails("500, reset, 502", worse).attempts(3).status(502),
        fails("a deadline before the first retry", down()).deadline(400).takes(0..400),
        fails("a deadline before the second retry", later).deadline(30_000).attempts(2),
        Case::of(&ALL, "refused, a deadline before the retry", refused())
            .fails("conflict", "none")
            .deadline(400)
            .takes(0..400),
        fails("the throttle refuses the retry", down()).throttle_refuses(2).status(503),
        fails("the throttle refuses the second retry", down()).throttle_refuses(3).attempts(2).status(503),
        Case::of(&ALL, "the throttle refuses the retry of a refusal", refused())
            .fails("conflict", "none")
            .throttle_refuses(2)
            .status(409),
        Case::of(&ALL, "the throttle refuses the first", down())
            .fails("throttled", "none")
            .throttle_refuses(1)
            .attempts(0),
    ]
}
