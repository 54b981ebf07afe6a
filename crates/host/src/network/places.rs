//! How many connections there may be to one origin.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use http::Uri;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::error::NotSent;

/// Places for connections, as many for each origin. The pool has no such limit itself: what it opens takes a place here
/// and gives it back when it is closed.
pub(super) struct Places {
    each: usize,
    origins: Mutex<HashMap<String, Arc<Semaphore>>>,
}

impl Places {
    pub(super) fn new(each: usize) -> Self {
        // More than a semaphore can count is as good as no limit.
        Self { each: each.clamp(1, Semaphore::MAX_PERMITS), origins: Mutex::default() }
    }

    /// A place, as soon as there is one.
    pub(super) async fn take(&self, to: &Uri) -> Result<OwnedSemaphorePermit, NotSent> {
        let origin = format!(
            "{}://{}",
            to.scheme_str().unwrap_or_default(),
            to.authority().map_or("", |a| a.as_str())
        );
        let places = {
            let mut origins = self.origins.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(origins.entry(origin).or_insert_with(|| Arc::new(Semaphore::new(self.each))))
        };
        places.acquire_owned().await.map_err(|_| NotSent::NoPlace)
    }

    /// How many are taken, of all origins.
    pub(super) fn taken(&self) -> usize {
        let origins = self.origins.lock().unwrap_or_else(PoisonError::into_inner);
        origins.values().map(|places| self.each.saturating_sub(places.available_permits())).sum()
    }
}
