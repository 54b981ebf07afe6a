//! What is known of a command while it runs, for whoever ends it before its time.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use stripe_connector_host::Throttle;
use stripe_connector_host::throttle::{Admission, Lane};
use tokio::sync::watch;

use super::signals::Signal;

/// So much sooner than the throttle says a request may be on its way: the component's clock counts whole milliseconds.
const EARLY: Duration = Duration::from_millis(2);

/// One for each command. Clones are the same one.
#[derive(Clone, Default)]
pub struct Course(Arc<Inner>);

struct Inner {
    writes: Mutex<Writes>,
    partly_written: AtomicBool,
    stop: watch::Sender<Option<Signal>>,
}

impl Default for Inner {
    fn default() -> Self {
        Self {
            writes: Mutex::default(),
            partly_written: AtomicBool::new(false),
            stop: watch::Sender::new(None),
        }
    }
}

impl Course {
    /// A throttle that decides as another does, and keeps count of what is to change something.
    pub fn watch(&self, throttle: Arc<dyn Throttle>) -> impl Throttle + 'static {
        Watched { throttle, course: self.clone() }
    }

    /// What became of the changes so far.
    pub fn tally(&self) -> Tally {
        self.writes(|writes| writes.tally(Instant::now()))
    }

    /// Part of one answer is on standard output: nothing but the rest of it may follow.
    pub fn set_partly_written(&self) {
        self.0.partly_written.store(true, Ordering::Relaxed);
    }

    pub fn is_partly_written(&self) -> bool {
        self.0.partly_written.load(Ordering::Relaxed)
    }

    /// Has the command end.
    pub fn stop(&self, signal: Signal) {
        self.0.stop.send_replace(Some(signal));
    }

    /// Waits until the command is to end.
    pub async fn stopped(&self) -> Signal {
        let mut stop = self.0.stop.subscribe();
        match stop.wait_for(Option::is_some).await.map(|signal| *signal) {
            Ok(Some(signal)) => signal,
            // Nobody is left who could stop it.
            _ => std::future::pending().await,
        }
    }

    fn writes<T>(&self, with: impl FnOnce(&mut Writes) -> T) -> T {
        with(&mut self.0.writes.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Requests that are to change something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tally {
    /// Stripe said what became of them.
    pub answered: usize,
    /// They were sent, and nobody knows.
    pub open: usize,
}

#[derive(Default)]
struct Writes {
    /// When each of them may be sent for the first time.
    starts: Vec<Instant>,
    answered: usize,
}

impl Writes {
    fn admitted(&mut self, lane: &Lane, start: Instant) {
        if lane.write && lane.attempt == 1 {
            self.starts.push(start);
        }
    }

    fn observed(&mut self, lane: &Lane, status: Option<u16>) {
        if lane.write && status.is_some_and(is_final) {
            self.answered += 1;
        }
    }

    /// One whose place is still ahead was not sent.
    fn tally(&self, now: Instant) -> Tally {
        let sent = self.starts.iter().filter(|start| **start <= now).count();
        Tally { answered: self.answered, open: sent.saturating_sub(self.answered) }
    }
}

/// Whether nothing more is to come of a request after this status. Others are tried again, or leave open what was done.
fn is_final(status: u16) -> bool {
    matches!(status, 200..=299 | 400..=499) && !matches!(status, 408 | 409 | 429)
}

struct Watched {
    throttle: Arc<dyn Throttle>,
    course: Course,
}

#[async_trait]
impl Throttle for Watched {
    async fn admit(&self, lane: &Lane, patience: Duration) -> Admission {
        let admission = self.throttle.admit(lane, patience).await;
        if let Admission::After(wait) = admission {
            // A place beyond what a clock can tell never comes.
            let start = Instant::now().checked_add(wait.saturating_sub(EARLY));
            if let Some(start) = start {
                self.course.writes(|writes| writes.admitted(lane, start));
            }
        }
        admission
    }

    async fn observe(&self, lane: &Lane, status: Option<u16>, retry_after: Option<Duration>) {
        self.course.writes(|writes| writes.observed(lane, status));
        self.throttle.observe(lane, status, retry_after).await;
    }

    fn nodes(&self) -> Option<u32> {
        self.throttle.nodes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lane(write: bool, attempt: u32) -> Lane {
        Lane { account: None, target: "Customer".to_owned(), write, attempt }
    }

    #[test]
    fn what_was_sent_and_not_answered_is_open() {
        let now = Instant::now();
        let mut writes = Writes::default();
        let tally = |writes: &Writes| {
            let Tally { answered, open } = writes.tally(now);
            (answered, open)
        };
        writes.admitted(&lane(false, 1), now);
        writes.observed(&lane(false, 1), Some(200));
        assert_eq!(tally(&writes), (0, 0), "reads do not count");
        writes.admitted(&lane(true, 1), now + Duration::from_secs(1));
        assert_eq!(tally(&writes), (0, 0), "its place is ahead");
        for _ in 0..3 {
            writes.admitted(&lane(true, 1), now);
        }
        writes.observed(&lane(true, 1), Some(200));
        writes.observed(&lane(true, 1), Some(402));
        assert_eq!(tally(&writes), (2, 1));
        for (attempt, status) in [(1, None), (2, Some(500)), (3, Some(429))] {
            writes.observed(&lane(true, attempt), status);
            writes.admitted(&lane(true, attempt + 1), now);
            assert_eq!(tally(&writes), (2, 1), "the same request, {status:?}");
        }
        writes.observed(&lane(true, 4), Some(200));
        assert_eq!(tally(&writes), (3, 0));
    }

    #[tokio::test]
    async fn a_watched_throttle_decides_as_before() {
        let course = Course::default();
        let throttle = course.watch(Arc::new(stripe_connector_host::Unlimited));
        let admission = throttle.admit(&lane(true, 1), Duration::ZERO).await;
        assert_eq!(admission, Admission::After(Duration::ZERO));
        assert_eq!(course.tally(), Tally { answered: 0, open: 1 });
        throttle.observe(&lane(true, 1), Some(200), None).await;
        assert_eq!(course.tally(), Tally { answered: 1, open: 0 });
    }
}
