//! Faults on demand: which requests meet one ([`Faults`]), what it does ([`Fault`]), the language
//! both are written in (`spec`), and how a broken answer goes out (`send`).

mod answer;
mod combine;
mod glob;
mod rule;
mod send;
mod spec;
mod units;
mod words;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use axum::http::{HeaderMap, HeaderName, HeaderValue};
use fastrand::Rng;

use crate::connection::End;
use rule::Rule;

/// Rules that say which requests meet which fault. None at all by default.
#[derive(Debug, Clone, Default)]
pub struct Faults {
    rules: Vec<Rule>,
    /// Whether a chance comes up, in order of arrival.
    random: Rng,
}

impl Faults {
    /// Reads rules, one to a line or separated by `;`. A `#` that starts a word starts a comment.
    ///
    /// `seed=7`, a rule of its own, makes the chances come up the same in every run. Every other rule
    /// is a method (or `*`), a path in which `*` stands for anything, conditions and faults, as in
    /// `POST /v1/payment_intents* 20% times=3 status=503 header=Retry-After:1`. A value with spaces
    /// or a `;` stands in quotes: `body="so; so"`, where `\"`, `\\` and `\n` are escapes.
    ///
    /// A request meets the fault of the first rule that it fulfils. The conditions:
    ///
    /// | condition | the rule is for |
    /// | --- | --- |
    /// | `N%` | so many of the requests |
    /// | `when-header=NAME:VALUE` | requests with this header; `*` stands for anything |
    /// | `skip=N` | requests after the first N that fulfil the conditions above but the chance |
    /// | `times=N` | N requests, then no more |
    ///
    /// Faults that go together may stand together. Only those marked with * keep a request from
    /// being carried out:
    ///
    /// | fault | |
    /// | --- | --- |
    /// | `status=N` * | an answer in Stripe's place: its own error for this status |
    /// | `body=TEXT` | with `status`: this body |
    /// | `stored` | with `status`: kept for the idempotency key, as Stripe keeps what it answered |
    /// | `rate-limited=REASON` * | 429 with the header `Stripe-Rate-Limited-Reason` |
    /// | `header=NAME:VALUE` | the answer has this header; may stand several times |
    /// | `html` | the body is a web page |
    /// | `huge=SIZE` | the body is an object of this size |
    /// | `delay-request=TIME` | a wait before the request's body is read |
    /// | `delay-answer=TIME` | a wait before the answer, when the request was carried out |
    /// | `delay-body=TIME` | a wait between the answer's head and its body |
    /// | `trickle=SIZE/TIME` | the body comes in pieces of this size, with waits between them |
    /// | `reset=before` *, `close=before` * | a reset, or an end in order, in place of the answer |
    /// | `reset=after`, `close=after` | the same, when the request was carried out |
    /// | `reset=during` | a reset after the head and half of the body |
    /// | `cut=SIZE` | an end after so much of the body |
    /// | `length=+N`, `length=-N` | a `Content-Length` that is off by N |
    ///
    /// A TIME is `500ms` or `2s`; a SIZE is `100`, `64KiB` or `200MiB`. A connection is ended after
    /// a body that was delayed, trickled, huge or broken.
    ///
    /// # Errors
    /// All that is wrong with the rules, each with its line.
    pub fn parse(text: &str) -> Result<Faults, FaultError> {
        spec::parse(text)
    }

    /// The fault that a request meets; each of its rules' counts and chances moves on.
    pub(crate) fn choose(&mut self, method: &str, path: &str, headers: &HeaderMap) -> Option<Arc<Fault>> {
        let Faults { rules, random } = self;
        let rule =
            rules.iter_mut().find_map(|rule| rule.meets(method, path, headers, random).then_some(rule))?;
        Some(Arc::clone(&rule.fault))
    }
}

/// What a rule does to a request. The parser lets only parts together that have a meaning together.
#[derive(Debug, Default)]
pub(crate) struct Fault {
    /// The rule as it was written.
    pub rule: String,
    /// The request is not carried out but answered with this status.
    status: Option<u16>,
    reason: Option<&'static str>,
    body: Option<String>,
    /// The answer is kept for the idempotency key.
    pub stored: bool,
    headers: Vec<(HeaderName, HeaderValue)>,
    html: bool,
    huge: Option<u64>,
    pub delay_request: Duration,
    pub delay_answer: Duration,
    delay_body: Duration,
    trickle: Option<Trickle>,
    pub breach: Option<Breach>,
}

/// The body comes in pieces.
#[derive(Debug, Clone, Copy)]
struct Trickle {
    piece: u64,
    interval: Duration,
}

/// Where HTTP is left.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Breach {
    /// Before the request was carried out.
    Before(End),
    /// In place of the answer.
    After(End),
    /// A reset in the middle of the body.
    During,
    /// An end after so many bytes of the body.
    Cut(u64),
    /// A `Content-Length` that is so much off.
    Length(i64),
}

/// All that is wrong with the text of the faults.
#[derive(Debug)]
pub struct FaultError(Vec<Mistake>);

#[derive(Debug)]
struct Mistake {
    line: usize,
    message: String,
}

impl fmt::Display for FaultError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (n, Mistake { line, message }) in self.0.iter().enumerate() {
            let separator = if n == 0 { "" } else { "\n" };
            write!(f, "{separator}line {line}: {message}")?;
        }
        Ok(())
    }
}

impl std::error::Error for FaultError {}
