//! While Redis cannot be asked.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// So often one request tries whether it is back. The others do not wait for the same answer.
const PROBE: Duration = Duration::from_millis(500);

/// Knows whether there is an outage, so that its beginning and its end are told once.
#[derive(Debug, Default)]
pub(super) struct Outage(Mutex<Option<Current>>);

#[derive(Clone, Copy, Debug)]
struct Current {
    since: Instant,
    probed: Instant,
}

impl Outage {
    /// Whether it is worth asking now.
    pub(super) fn may_ask(&self) -> bool {
        let mut current = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match current.as_mut() {
            Some(outage) if outage.probed.elapsed() < PROBE => false,
            Some(outage) => {
                outage.probed = Instant::now();
                true
            }
            None => true,
        }
    }

    /// It could not be asked. True if that is new.
    pub(super) fn begins(&self) -> bool {
        let mut current = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        match current.as_mut() {
            Some(outage) => {
                outage.probed = now;
                false
            }
            None => {
                *current = Some(Current { since: now, probed: now });
                true
            }
        }
    }

    /// It answered: how long it did not, if that is news.
    pub(super) fn ends(&self) -> Option<Duration> {
        let ended = self.0.lock().unwrap_or_else(PoisonError::into_inner).take();
        ended.map(|outage| outage.since.elapsed())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn beginning_and_end_are_told_once() {
        let outage = Outage::default();
        assert!(outage.may_ask());
        assert_eq!([outage.begins(), outage.begins()], [true, false]);
        assert!(!outage.may_ask());
        std::thread::sleep(PROBE);
        assert_eq!([outage.may_ask(), outage.may_ask()], [true, false]);
        assert!(outage.ends().is_some_and(|length| length >= PROBE));
        assert!(outage.ends().is_none());
        assert!(outage.begins());
    }
}
