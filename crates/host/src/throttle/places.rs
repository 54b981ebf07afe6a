//! The places of one sliding second and of those ahead.

use std::collections::VecDeque;

/// A point of time or a length of it, in nanoseconds.
pub(super) type Nanos = u64;

pub(super) const SECOND: Nanos = 1_000_000_000;

/// The contract counts in milliseconds.
const MILLISECOND: Nanos = 1_000_000;

/// When requests were admitted within the last second, and when those are that wait: sorted.
#[derive(Debug, Default)]
pub(super) struct Places(VecDeque<Nanos>);

impl Places {
    /// Lets go of what no second that is still to come can hold.
    pub(super) fn forget(&mut self, now: Nanos) {
        while self.0.front().is_some_and(|oldest| oldest + SECOND <= now) {
            self.0.pop_front();
        }
    }

    /// How many are still to come.
    pub(super) fn waiting(&self, now: Nanos) -> usize {
        self.0.len() - self.0.partition_point(|at| *at <= now)
    }

    /// The first time from `start` on, whole milliseconds after `now`, that gives no second more than `limit` places. It
    /// may lie before others that are taken, where nodes were added after these.
    pub(super) fn earliest(&self, now: Nanos, start: Nanos, limit: usize) -> Nanos {
        let mut at = whole_millis_after(now, start);
        let last_of_runs = self.0.iter().skip(limit.saturating_sub(1));
        // A second that has `limit` places already takes no further one. The ends of what is forbidden by these runs only
        // ever grow, so one pass finds the first gap.
        for (first, last) in self.0.iter().zip(last_of_runs) {
            if last - first < SECOND && at + SECOND > *last && at < first + SECOND {
                at = whole_millis_after(now, first + SECOND);
            }
        }
        at
    }

    /// Takes the place at a time, and tells how many the second that ends with it has.
    pub(super) fn take(&mut self, at: Nanos) -> usize {
        let position = self.0.partition_point(|other| *other <= at);
        let before = self.0.partition_point(|other| other + SECOND <= at);
        self.0.insert(position, at);
        position + 1 - before
    }
}

/// What is reserved is what is answered, in whole milliseconds, so that rounding cannot crowd a second.
fn whole_millis_after(now: Nanos, at: Nanos) -> Nanos {
    now + at.saturating_sub(now).div_ceil(MILLISECOND) * MILLISECOND
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: Nanos = 10 * SECOND;

    #[test]
    fn a_gap_before_later_places_is_found() {
        let mut places = Places::default();
        for at in [START, START, START + SECOND, START + SECOND, START + 2 * SECOND] {
            places.take(at);
        }
        assert_eq!(places.earliest(START, START, 2), START + 2 * SECOND);
        assert_eq!(places.earliest(START, START, 3), START);
        assert_eq!(places.earliest(START + 1, START + 1, 2), START + 2 * SECOND + 1);
    }

    #[test]
    fn rounding_leads_to_no_place_that_is_forbidden() {
        let mut places = Places::default();
        places.take(START);
        places.take(START + SECOND + 1);
        // The first is over after a second less half a millisecond, and then the next one is too near.
        let now = START + MILLISECOND / 2;
        assert_eq!(places.earliest(now, now, 1), now + 2 * SECOND);
    }

    #[test]
    fn a_second_counts_its_end_and_not_its_start() {
        let mut places = Places::default();
        assert_eq!(places.take(START), 1);
        assert_eq!(places.take(START + SECOND - 1), 2);
        assert_eq!(places.take(START + SECOND), 2);
        assert_eq!(places.waiting(START), 2);
        places.forget(START + SECOND);
        assert_eq!(places.0.len(), 2);
    }
}
