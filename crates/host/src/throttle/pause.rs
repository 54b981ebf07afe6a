//! Everyone waits when Stripe says that there were too many.

use super::places::{Nanos, SECOND};

/// The first pause without a `Retry-After`; each further one is twice as long.
const FIRST: Nanos = SECOND / 2;

/// No pause is longer, whatever an answer asks for: a mistaken header must not stop a connection for a day.
pub(super) const LONGEST: Nanos = 60 * SECOND;

const TOO_MANY_REQUESTS: u16 = 429;

#[derive(Debug, Default)]
pub(super) struct Pause {
    until: Nanos,
    /// Pauses in a row, with no other answer between.
    row: u32,
}

impl Pause {
    pub(super) fn until(&self) -> Nanos {
        self.until
    }

    /// Told of each request that is over.
    pub(super) fn observe(&mut self, now: Nanos, status: Option<u16>, retry_after: Option<Nanos>) {
        // What comes in during a pause was sent before, and says nothing of whether it was enough.
        let over = self.until <= now;
        match status {
            Some(TOO_MANY_REQUESTS) => {
                let wait = match retry_after {
                    Some(asked) if asked > 0 => asked,
                    _ if over => FIRST << self.row.min(7),
                    _ => return,
                };
                if over {
                    self.row += 1;
                }
                self.until = self.until.max(now + wait.min(LONGEST));
            }
            Some(_) if over => self.row = 0,
            _ => {}
        }
    }
}
