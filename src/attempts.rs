//! Requests until they are settled: each is admitted, sent, judged, and if that is worth it admitted and sent once more.

use crate::api::types::Effect;
use crate::call::Call;
use crate::client::{Client, File};
use crate::failure::Failed;
use crate::retry::{Ended, Retry};
use crate::traffic::{self, Attempt};
use crate::transport::{Broken, Cause, Next, Queue, Request, Response};
use alloc::vec::Vec;

/// The requests of one step of a call.
pub struct Attempts<'c, 'a> {
    client: &'c Client<'a>,
    calls: &'c [Call],
    states: Vec<State>,
    /// How many of them were sent for the first time.
    begun: usize,
}

/// Where a request stands.
struct State {
    /// Attempts that were begun.
    number: u32,
    /// When the last one was to go.
    since: u64,
    /// What the throttle had it wait before.
    waited: u64,
    /// An attempt may have been carried out, as far as is known.
    open: bool,
    /// It failed, and goes again at this time.
    again: Option<(u64, Failed)>,
    result: Option<Result<File, Failed>>,
}

impl<'c, 'a> Attempts<'c, 'a> {
    pub fn new(client: &'c Client<'a>, calls: &'c [Call]) -> Self {
        let states = calls.iter().map(|_| State {
            number: 0,
            since: 0,
            waited: 0,
            open: false,
            again: None,
            result: None,
        });
        Attempts { client, calls, states: states.collect(), begun: 0 }
    }

    /// What became of them, in their order.
    pub fn results(self) -> Vec<Result<File, Failed>> {
        let result =
            |(call, state): (&Call, State)| state.result.unwrap_or_else(|| Err(self.client.lost(call)));
        self.calls.iter().zip(self.states).map(result).collect()
    }

    /// Which goes next: what failed and has waited long enough, then what was not sent yet.
    fn due(&self) -> Option<usize> {
        // Asked of the host once, and only if something waits.
        let mut now = None;
        let mut is_over = |time| time <= *now.get_or_insert_with(|| self.client.now_ms());
        let is_due = |state: &State| state.again.as_ref().is_some_and(|(time, _)| is_over(*time));
        let fresh = (self.begun < self.calls.len()).then_some(self.begun);
        self.states.iter().position(is_due).or(fresh)
    }

    /// Asks the throttle. Asked when the request is about to go: a place that is reserved too early is gone when it is
    /// needed.
    fn begin(&mut self, at: usize) -> Option<Request<'c>> {
        let (call, state) = (self.calls.get(at)?, self.states.get_mut(at)?);
        self.begun = self.begun.max(at + 1);
        let earlier = state.again.take();
        let now = self.client.now_ms();
        match self.client.admit(call, state.number + 1, now) {
            Ok(start_at) => {
                state.number += 1;
                state.since = start_at;
                state.waited = start_at.saturating_sub(now);
                Some(self.client.request(call, start_at))
            }
            Err(refused) => {
                // What an earlier attempt left open is worth more to know than that there was no place for another.
                let failed = earlier.map(|(_, mut failed)| {
                    failed.retry_after_ms = failed.retry_after_ms.or(refused.retry_after_ms);
                    failed
                });
                state.result = Some(Err(failed.unwrap_or(refused)));
                None
            }
        }
    }
}

/// Stripe's word that there were too many requests.
const TOO_MANY_REQUESTS: u16 = 429;

impl<'c> Queue<'c> for Attempts<'c, '_> {
    fn next(&mut self) -> Next<'c> {
        while let Some(at) = self.due() {
            if let Some(request) = self.begin(at) {
                return Next::Send(at, request);
            }
        }
        let times = self.states.iter().filter_map(|state| state.again.as_ref().map(|(time, _)| *time));
        times.min().map_or(Next::Nothing, Next::At)
    }

    fn done(&mut self, ticket: usize, result: Result<Response, Broken>) {
        let (Some(call), Some(state)) = (self.calls.get(ticket), self.states.get_mut(ticket)) else {
            return;
        };
        let client = self.client;
        let failed = client.failure(call, state.number, state.open, &result);
        let (status, retry_after_ms) = match &result {
            Ok(response) if response.is_success() => (Some(response.status), None),
            Ok(response) => (Some(response.status), response.retry_after_ms()),
            // The throttle takes a status for an answer, and this one did not come to its end. That there were too many is
            // told by its beginning.
            Err(broken) => (broken.status.filter(|status| *status == TOO_MANY_REQUESTS), None),
        };
        client.observe(call, state.number, status, retry_after_ms);
        let again = failed.as_ref().and_then(|_| {
            let retry = Retry {
                attempts: state.number,
                max_retries: client.settings().max_retries,
                repeatable: call.is_repeatable(),
                retry_after_ms,
                left_ms: client.left_ms(client.now_ms()),
                jitter: client.jitter(),
            };
            retry.wait(match &result {
                Ok(response) if response.is_success() => Ended::Broken(Cause::Unreadable),
                Ok(response) => Ended::Answered(response.status, response.should_retry()),
                Err(broken) => Ended::Broken(broken.cause),
            })
        });
        let attempt = Attempt {
            number: state.number,
            since: state.since,
            throttled_ms: state.waited,
            retry_in_ms: again,
        };
        traffic::attempt(client, call, &attempt, &result, failed.as_deref());
        match (failed, again, result) {
            (Some(failed), Some(wait), _) => {
                state.open = failed.effect == Effect::Unknown;
                state.again = Some((client.now_ms() + u64::from(wait), failed));
            }
            (Some(failed), None, _) => state.result = Some(Err(failed)),
            (None, _, Ok(response)) => state.result = Some(Ok(client.file(call, response))),
            // What broke is always a failure.
            (None, _, Err(_)) => {}
        }
    }
}

#[cfg(test)]
#[path = "attempts_tests.rs"]
mod tests;
