//! Whether a request is sent once more, and after how long: the rules that Stripe's own SDKs share, with a plain 429
//! added. That is safe, since Stripe limits the rate before it looks at the idempotency key.

use crate::transport::Cause;

/// How an attempt ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Ended {
    /// Without a whole answer, or with one that is of no use.
    Broken(Cause),
    /// With an answer of this status that says or does not say (`Stripe-Should-Retry`) whether to try again.
    Answered(u16, Option<bool>),
}

/// What else decides.
#[derive(Clone, Copy, Debug)]
pub struct Retry {
    /// Attempts that were made, at least 1.
    pub attempts: u32,
    /// The setting `max_retries`.
    pub max_retries: u32,
    /// Stripe does it once though it is sent twice.
    pub repeatable: bool,
    /// What the answer asks for in `Retry-After`.
    pub retry_after_ms: Option<u32>,
    /// Until the call's deadline.
    pub left_ms: u32,
    /// Random, so that callers who failed together do not come back together.
    pub jitter: u32,
}

/// The shortest and the longest wait before a retry that nobody asked for, in milliseconds.
const WAIT: (u32, u32) = (500, 5_000);

/// An attempt needs so much time until the deadline, in milliseconds: one that is cut off by it would leave open what the
/// answer before it had settled.
const ROOM: u32 = 500;

impl Retry {
    /// How many milliseconds to wait before the next attempt; `None`: there is none.
    pub fn wait(self, ended: Ended) -> Option<u32> {
        let worth = self.attempts <= self.max_retries && self.repeatable && is_worth(ended);
        let wait = backoff(self.attempts, self.jitter).max(self.retry_after_ms.unwrap_or(0));
        (worth && wait.saturating_add(ROOM) < self.left_ms).then_some(wait)
    }
}

fn is_worth(ended: Ended) -> bool {
    match ended {
        Ended::Broken(cause) => matches!(cause, Cause::Unreachable | Cause::Timeout | Cause::Interrupted),
        Ended::Answered(_, Some(should)) => should,
        Ended::Answered(status, None) => matches!(status, 409 | 429 | 500..),
    }
}

/// Twice as long after each attempt, less up to half of it.
fn backoff(attempts: u32, jitter: u32) -> u32 {
    let (least, most) = WAIT;
    let full = u64::from((least << attempts.saturating_sub(1).min(10)).min(most));
    let half = full / 2;
    let wait = half + ((half * u64::from(jitter)) >> 32);
    (wait as u32).max(least)
}

#[cfg(test)]
mod tests {
    use super::Ended::{Answered, Broken};
    use super::*;

    const RETRY: Retry = Retry {
        attempts: 1,
        max_retries: 2,
        repeatable: true,
        retry_after_ms: None,
        left_ms: 120_000,
        jitter: u32::MAX,
    };

    #[test]
    fn what_is_worth_another_attempt() {
        let [no_key, used_up] = [Retry { repeatable: false, ..RETRY }, Retry { attempts: 3, ..RETRY }];
        let none = Retry { max_retries: 0, ..RETRY };
        let again = [
            Broken(Cause::Unreachable),
            Broken(Cause::Timeout),
            Broken(Cause::Interrupted),
            Answered(409, None),
            Answered(409, Some(true)),
            Answered(429, None),
            Answered(429, Some(true)),
            Answered(500, None),
            Answered(503, None),
            Answered(599, Some(true)),
            Answered(400, Some(true)),
            Answered(302, Some(true)),
        ];
        for ended in again {
            assert!(RETRY.wait(ended).is_some(), "{ended:?}");
            for other in [no_key, used_up, none] {
                assert_eq!(other.wait(ended), None, "{ended:?} {other:?}");
            }
        }
        for ended in [
            Broken(Cause::Denied),
            Broken(Cause::Unauthenticated),
            Broken(Cause::TooLarge),
            Broken(Cause::Unreadable),
            Broken(Cause::Internal),
            Answered(400, None),
            Answered(401, None),
            Answered(402, None),
            Answered(404, None),
            Answered(408, None),
            Answered(302, None),
            Answered(409, Some(false)),
            Answered(429, Some(false)),
            Answered(500, Some(false)),
            Answered(503, Some(false)),
        ] {
            assert_eq!(RETRY.wait(ended), None, "{ended:?}");
        }
    }

    #[test]
    fn waits_grow_and_are_spread() {
        for (attempts, jitter, wait) in [
            (1, 0, 500),
            (1, u32::MAX, 500),
            (2, 0, 500),
            (2, u32::MAX, 999),
            (3, 0, 1_000),
            (3, 1 << 31, 1_500),
            (4, u32::MAX, 3_999),
            (5, 0, 2_500),
            (5, u32::MAX, 4_999),
            (11, u32::MAX, 4_999),
        ] {
            let retry = Retry { attempts, jitter, max_retries: 20, ..RETRY };
            assert_eq!(retry.wait(Answered(503, None)), Some(wait), "{attempts} {jitter}");
        }
    }

    #[test]
    fn the_deadline_beats_retries_and_what_the_answer_asks_for() {
        let ended = Answered(429, None);
        for (retry_after_ms, left_ms, wait) in [
            (None, 1_000, None),
            (None, 1_001, Some(500)),
            (None, 0, None),
            (Some(0), 10_000, Some(500)),
            (Some(9_000), 10_000, Some(9_000)),
            (Some(9_500), 10_000, None),
            (Some(u32::MAX), u32::MAX, None),
        ] {
            let retry = Retry { retry_after_ms, left_ms, ..RETRY };
            assert_eq!(retry.wait(ended), wait, "{retry:?}");
        }
    }
}
