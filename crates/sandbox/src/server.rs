//! The running server: its state and what a test may ask of it.

use std::collections::VecDeque;
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::Router;
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::sync::oneshot;

use crate::connection::{Line, Lines};
use crate::exchange;
use crate::fault::Faults;
use crate::idempotency::Ticket;
use crate::record::Request;
use crate::seed;
use crate::world::World;

/// So many requests are remembered: a sandbox that is kept running must not grow with every one.
const MAX_REQUESTS: usize = 10_000;

/// And bodies of so many bytes, unless the last request alone has more.
const MAX_REMEMBERED: usize = 256 * 1024 * 1024;

/// A running server. It stops when dropped.
///
/// What is asked of it here is about the account that every key belongs to, unless it is about all.
#[derive(Debug)]
pub struct Sandbox {
    addr: SocketAddr,
    shared: Arc<Shared>,
    /// The server ends when this goes.
    _stop: oneshot::Sender<()>,
}

/// What every connection works on.
#[derive(Debug, Default)]
pub struct Shared {
    state: Mutex<Inner>,
}

#[derive(Debug, Default)]
pub struct Inner {
    pub world: World,
    pub faults: Faults,
    requests: VecDeque<Request>,
    /// The bytes of their bodies.
    remembered: usize,
}

impl Inner {
    pub fn remember(&mut self, request: Request) {
        self.remembered += request.body.len();
        while self.requests.len() >= MAX_REQUESTS || self.remembered > MAX_REMEMBERED {
            let Some(oldest) = self.requests.pop_front() else {
                break;
            };
            self.remembered -= oldest.body.len();
        }
        self.requests.push_back(request);
    }

    fn forget_requests(&mut self) {
        self.requests.clear();
        self.remembered = 0;
    }
}

impl Shared {
    /// Never held across a wait.
    pub fn lock(&self) -> MutexGuard<'_, Inner> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The answer went out, or will never go out.
    pub fn settle(&self, ticket: Option<Ticket>) {
        if let Some(ticket) = ticket {
            self.lock().world.keys.settle(&ticket);
        }
    }
}

impl Sandbox {
    /// Binds the address (port 0 takes any free port) and serves on the current tokio runtime
    /// until dropped.
    ///
    /// # Errors
    /// The address is not a loopback address, or it cannot be bound.
    pub async fn start(listen: SocketAddr) -> io::Result<Sandbox> {
        if !listen.ip().is_loopback() {
            return Err(io::Error::new(
                io::ErrorKind::InvalidInput,
                format!("the sandbox listens on loopback addresses only, and {listen} is none"),
            ));
        }
        let listener = TcpListener::bind(listen).await?;
        let addr = listener.local_addr()?;
        let shared = Arc::new(Shared::default());
        let router = Router::new().fallback(exchange::serve).with_state(shared.clone());
        let service = router.into_make_service_with_connect_info::<Line>();
        let (stop, stopped) = oneshot::channel::<()>();
        let server = axum::serve(Lines(listener), service).with_graceful_shutdown(async {
            let _ = stopped.await;
        });
        tokio::spawn(async { server.await });
        Ok(Sandbox { addr, shared, _stop: stop })
    }

    /// Where it listens.
    pub fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// What to use in place of `https://api.stripe.com`.
    pub fn url(&self) -> String {
        format!("http://{}", self.addr)
    }

    /// The requests so far, in order of arrival, also refused ones; of more than 10,000, or of
    /// 256 MiB, the last.
    pub fn requests(&self) -> Vec<Request> {
        self.shared.lock().requests.iter().cloned().collect()
    }

    /// Forgets the requests so far.
    pub fn clear_requests(&self) {
        self.shared.lock().forget_requests();
    }

    /// From now on requests meet these faults, instead of those set before.
    pub fn set_faults(&self, faults: Faults) {
        self.shared.lock().faults = faults;
    }

    /// From now on every request is answered as Stripe would; answers under way keep their faults.
    pub fn clear_faults(&self) {
        self.set_faults(Faults::default());
    }

    /// Stores a Stripe object as it is; one with the same id is replaced.
    ///
    /// # Panics
    /// When `object` or `id` is missing or is no text: a test's own mistake.
    pub fn put(&self, object: Value) {
        assert!(
            object["object"].is_string() && object["id"].is_string(),
            "a Stripe object has `object` and `id`: {object}"
        );
        self.shared.lock().world.put(object);
    }

    /// Adds so many customers, with what they bought: the same objects with the same ids each time,
    /// created within the year before June 2026.
    pub fn seed(&self, customers: usize) {
        seed::sow(&mut self.shared.lock().world, customers);
    }

    /// The object with this id as it stands; what is left of it when it was deleted.
    pub fn get(&self, id: &str) -> Option<Value> {
        let mut inner = self.shared.lock();
        let store = &inner.world.platform().store;
        store.find(id).or_else(|| store.tombstone(id))
    }

    /// The bytes of a file that was uploaded, to whichever account. Of files of more than 256 MiB the
    /// last are kept.
    pub fn file(&self, id: &str) -> Option<Vec<u8>> {
        self.shared.lock().world.uploads.get(id).map(|bytes| bytes.to_vec())
    }

    /// What the customer does whose authentication a payment or setup intent waits for: succeeds,
    /// or does not. The answer is the intent after that; `None` when it does not wait.
    pub fn authenticate(&self, intent: &str, success: bool) -> Option<Value> {
        self.shared.lock().world.authenticate(intent, success)
    }

    /// The next object made with this prefix (`ch`, `in`, ...) takes this id.
    pub fn next_id(&self, prefix: &str, id: &str) {
        self.shared.lock().world.platform().plan_id(prefix, id);
    }

    /// Lets a restricted key do only this: words such as `customer_read` or `charge_write`, which
    /// includes reading. A key that was never restricted may do everything.
    pub fn restrict(&self, key: &str, permissions: &[&str]) {
        self.shared.lock().world.restrict(key, permissions);
    }

    /// Answers what goes beyond so many requests in a second with 429; `None` lets everything in.
    pub fn set_rate_limit(&self, per_second: Option<usize>) {
        self.shared.lock().world.set_rate_limit(per_second);
    }

    /// How long search finds an object as it was before its last change; a second unless it is set.
    pub fn set_search_lag(&self, lag: Duration) {
        self.shared.lock().world.set_search_lag(lag);
    }

    /// Completes an open checkout session as its customer would on its page, with a card that pays.
    ///
    /// # Errors
    /// What Stripe's error would say: there is no such session, or it is not open.
    pub fn complete_checkout(&self, id: &str) -> Result<Value, Value> {
        self.shared.lock().world.complete_checkout(id)
    }

    /// Freezes the sandbox's clock at this Unix second; `None` is real time again. What is due until
    /// then happens: subscriptions renew, trials end, quotes and checkout sessions expire.
    pub fn set_clock(&self, seconds: Option<i64>) {
        self.shared.lock().world.set_clock(seconds);
    }
}
