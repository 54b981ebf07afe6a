//! Idempotency keys: the first answer to a key is kept and given again, so that a request that is
//! repeated after a lost answer takes effect once.
//!
//! As at Stripe (<https://docs.stripe.com/api/idempotent_requests>): only POSTs have keys; a key
//! stands for one path and one set of parameters; what was refused before it was carried out is not
//! kept; what was carried out is, whatever came of it, also a decline or a 500.

use std::collections::{HashMap, VecDeque};
use std::hash::{DefaultHasher, Hash, Hasher};

use serde_json::Value;

use crate::answer::Answer;
use crate::content::{JSON, PARTS, is};
use crate::error::{ApiError, Result};
use crate::multipart::parts;
use crate::record::Request;

/// Stripe forgets a key after a day at the earliest.
const LIFETIME: i64 = 24 * 60 * 60;

/// So many keys are remembered at most: a sandbox that is kept running must not grow without end.
const MAX_KEYS: usize = 100_000;

const MAX_LENGTH: usize = 255;

/// Where a key counts: in one account.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Ticket {
    account: String,
    key: String,
}

#[derive(Debug)]
struct Kept {
    fingerprint: u64,
    /// Which claim it was.
    claim: u64,
    /// None while the first request is carried out.
    answer: Option<Answer>,
    /// The first request's answer did not go out yet.
    in_use: bool,
}

/// All keys that are remembered.
#[derive(Debug, Default)]
pub struct Keys {
    kept: HashMap<Ticket, Kept>,
    /// Since when, by which claim.
    order: VecDeque<(i64, u64, Ticket)>,
    claims: u64,
}

/// What a request's key says.
#[derive(Debug)]
pub enum Claim {
    /// The request has no key, or a method that takes none.
    None,
    /// The key is new: the request is to be carried out.
    New(Ticket),
    /// The request was carried out before, with this answer.
    Replay(Answer),
}

impl Keys {
    /// Claims the key of a request.
    ///
    /// # Errors
    /// The key is no key, another request has it now, or it stood for another request.
    pub fn claim(&mut self, account: &str, request: &Request, now: i64) -> Result<Claim> {
        let key = request.header("idempotency-key").filter(|_| request.method == "POST");
        let Some(key) = key else {
            return Ok(Claim::None);
        };
        if key.is_empty() || key.len() > MAX_LENGTH {
            return Err(ApiError::invalid(format!(
                "An idempotency key has 1 to {MAX_LENGTH} characters, and this one has {}.",
                key.len()
            )));
        }
        self.forget(now);
        let ticket = Ticket { account: account.to_owned(), key: key.to_owned() };
        let fingerprint = fingerprint(request);
        match self.kept.get(&ticket) {
            Some(kept) if kept.fingerprint != fingerprint => Err(ApiError::idempotency(format!(
                "The idempotency key '{key}' was first used with another path or other parameters; \
                 another request needs another key."
            ))),
            Some(Kept { answer: Some(answer), in_use: false, .. }) => {
                Ok(Claim::Replay(answer.clone().replayed()))
            }
            Some(_) => Err(in_use(key)),
            None => {
                self.claims += 1;
                let kept = Kept { fingerprint, claim: self.claims, answer: None, in_use: true };
                self.kept.insert(ticket.clone(), kept);
                self.order.push_back((now, self.claims, ticket.clone()));
                Ok(Claim::New(ticket))
            }
        }
    }

    /// The request was carried out: this is what its key stands for.
    pub fn keep(&mut self, ticket: &Ticket, answer: Answer) {
        if let Some(kept) = self.kept.get_mut(ticket) {
            kept.answer = Some(answer);
        }
    }

    /// The answer went out, or will never go out: the key is no longer in use.
    pub fn settle(&mut self, ticket: &Ticket) {
        if let Some(kept) = self.kept.get_mut(ticket) {
            kept.in_use = false;
        }
    }

    /// Ends a request that was not carried out: the key is free again.
    pub fn release(&mut self, ticket: &Ticket) {
        self.kept.remove(ticket);
    }

    fn forget(&mut self, now: i64) {
        while let Some((since, claim, ticket)) = self.order.front() {
            if self.order.len() < MAX_KEYS && now.saturating_sub(*since) < LIFETIME {
                break;
            }
            // A key that was released and claimed again stands in the order twice.
            if self.kept.get(ticket).is_some_and(|kept| kept.claim == *claim) {
                self.kept.remove(ticket);
            }
            self.order.pop_front();
        }
    }
}

/// 409, while the first request with the key is on its way.
fn in_use(key: &str) -> ApiError {
    ApiError::idempotency(format!(
        "Another request with the idempotency key '{key}' is being carried out; repeat this one when \
         it has ended."
    ))
    .status(409)
    .code("idempotency_key_in_use")
    .header("stripe-should-retry", "true")
}

/// What makes two requests the same: path and parameters, whatever their order and whatever the
/// boundary between them.
fn fingerprint(request: &Request) -> u64 {
    let mut hasher = DefaultHasher::new();
    request.path.hash(&mut hasher);
    let mut pairs: Vec<(String, String)> = request.query_pairs();
    if is(request, JSON)
        && let Ok(body) = serde_json::from_slice::<Value>(&request.bytes)
    {
        body.hash(&mut hasher);
    } else if let Some(Ok(mut parts)) =
        is(request, PARTS).then(|| parts(request.header("content-type").unwrap_or_default(), &request.bytes))
    {
        parts.sort();
        parts.hash(&mut hasher);
    } else {
        pairs.extend(request.form());
    }
    pairs.sort();
    pairs.hash(&mut hasher);
    hasher.finish()
}
