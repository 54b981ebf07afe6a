//! The instances of a connection: made, lent to one call at a time, replaced.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use wasmtime::{Engine, Store, UpdateDeadline};

use crate::connector::Reuse;
use crate::error::CallError;
use crate::exports::Exports;
use crate::metrics::{Counts, Gauges, Observed};
use crate::runtime::{Runtime, TICK};
use crate::state::{Connection, State};

/// An instance and its store.
pub(crate) struct Instance {
    pub(crate) store: Store<State>,
    pub(crate) exports: Exports,
    calls: u32,
}

/// An instance during a call. Dropped without being given back, its instance is gone: one that was left in the middle
/// of a call, by a trap or by a caller who no longer waits, is never entered again.
pub(crate) struct Lease {
    pub(crate) instance: Instance,
    _permit: OwnedSemaphorePermit,
}

pub(crate) struct Instances {
    pub(crate) runtime: Runtime,
    connection: Arc<Connection>,
    reuse: Reuse,
    /// The last used is the first to be used again, so that few stay warm.
    idle: Mutex<Vec<Instance>>,
    permits: Arc<Semaphore>,
    max_instances: u32,
    /// Bytes of linear memory that the largest instance had.
    pub(crate) memory: AtomicUsize,
}

impl Instances {
    pub(crate) fn new(runtime: Runtime, connection: Connection, reuse: Reuse, max_instances: usize) -> Self {
        let max_instances = u32::try_from(max_instances).unwrap_or(u32::MAX);
        Self {
            runtime,
            connection: Arc::new(connection),
            reuse,
            idle: Mutex::default(),
            permits: Arc::new(Semaphore::new(max_instances as usize)),
            max_instances,
            memory: AtomicUsize::new(0),
        }
    }

    pub(crate) fn counts(&self) -> &Arc<Counts> {
        &self.connection.counts
    }

    /// An instance for one call; waits while all that may exist are in use.
    pub(crate) async fn lease(&self) -> Result<Lease, CallError> {
        let permit = Arc::clone(&self.permits).acquire_owned().await;
        let permit = permit.map_err(|_| CallError::Closed)?;
        let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let mut instance = match idle {
            Some(instance) => instance,
            None => self.start().await.map_err(|error| CallError::Host(error.into()))?,
        };
        instance.store.data_mut().computed = Duration::ZERO;
        Ok(Lease { instance, _permit: permit })
    }

    /// Ends a call: its answer, or the trap that ended it. Only an instance that answered is used again.
    pub(crate) fn finish<T>(&self, lease: Lease, answer: wasmtime::Result<T>) -> Result<T, CallError> {
        let answer = answer.map_err(|trap| CallError::Host(trap.into()))?;
        let mut instance = lease.instance;
        instance.calls += 1;
        self.memory.fetch_max(instance.store.data().limits.memory, Ordering::Relaxed);
        if let Reuse::Until { calls, memory } = self.reuse
            && instance.calls < calls
            && instance.store.data().limits.memory <= memory
        {
            self.idle.lock().unwrap_or_else(PoisonError::into_inner).push(instance);
        }
        Ok(answer)
    }

    /// Waits for the calls that were made before, and refuses those that are made after.
    pub(crate) async fn close(&self) {
        // Places are given out in the order of asking. That there are none any more means that it is closed already; else
        // all are held until it is, so that nobody who asked later has one.
        let all = self.permits.acquire_many(self.max_instances).await;
        self.permits.close();
        drop(all);
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    async fn start(&self) -> wasmtime::Result<Instance> {
        let component = &self.runtime.prepared.component;
        let mut store = store(component.engine(), &self.connection);
        let requests = store.data().requests.clone();
        let instance = requests.drive(component.instantiate_async(&mut store)).await?;
        let exports = Exports::of(instance);
        Ok(Instance { store, exports, calls: 0 })
    }
}

/// A store with the connection's limits.
pub(crate) fn store(engine: &Engine, connection: &Arc<Connection>) -> Store<State> {
    let mut store = Store::new(engine, State::new(Arc::clone(connection)));
    store.limiter(|state| &mut state.limits);
    store.set_epoch_deadline(1);
    store.epoch_deadline_callback(|mut store| {
        // A whole tick has passed since it began or last waited for something.
        let state = store.data_mut();
        state.computed += TICK;
        if state.computed > state.connection.compute_limit {
            return Err(wasmtime::Error::msg(format!(
                "a call may compute for {:?}, and this one goes on",
                state.connection.compute_limit
            )));
        }
        // Other calls of this thread have their turn.
        Ok(UpdateDeadline::Yield(1))
    });
    store
}

impl Observed for Instances {
    fn gauges(&self) -> Gauges {
        let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner).len();
        let free = self.permits.available_permits();
        Gauges {
            waiting: self.connection.counts.waiting(),
            nodes: self.connection.throttle.nodes(),
            connections: self.connection.network.connections(),
            busy: (self.max_instances as usize).saturating_sub(free),
            idle,
            memory: self.memory.load(Ordering::Relaxed),
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::contract::CallOptions;
    use crate::{Connector, FixedSecrets};

    #[tokio::test]
    async fn a_call_leaves_nothing_behind() {
        let settings = [("api_base", "http://127.0.0.1:1"), ("max_retries", "0")];
        let settings = settings.map(|(name, value)| (name.to_owned(), value.to_owned()));
        let builder = Connector::builder().settings(settings).secrets(FixedSecrets::key("sk_test_filler"));
        let connector = builder.build().unwrap();
        for _ in 0..3 {
            let options = CallOptions::default();
            connector.get("Customer", Some("cus_1"), None, false, &options).await.unwrap_err();
            connector.create("Customer", "{}", &options).await.unwrap_err();
        }
        let idle = connector.instances.idle.lock().unwrap();
        assert_eq!(idle.iter().map(|instance| instance.calls).collect::<Vec<_>>(), [6]);
        assert!(idle.iter().all(|instance| instance.store.data().table.is_empty()));
    }
}
