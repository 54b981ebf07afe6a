//! The listener: reads a request whole, has it answered, writes the answer and remembers both.

use std::collections::VecDeque;
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::State;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Request as HttpRequest, Response, StatusCode, header};
use axum::serve::ListenerExt;
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::sync::oneshot;

use crate::error::ApiError;
use crate::record::Request;
use crate::service::Answer;
use crate::world::World;

/// So many requests are remembered: a sandbox that is kept running must not grow with every one.
const MAX_REQUESTS: usize = 10_000;

/// Beyond this a form is no request that Stripe would read.
const MAX_BODY: usize = 4 * 1024 * 1024;

/// A running server with one account. It stops when dropped.
#[derive(Debug)]
pub struct Sandbox {
    addr: SocketAddr,
    shared: Arc<Shared>,
    /// The server ends when this goes.
    _stop: oneshot::Sender<()>,
}

#[derive(Debug, Default)]
struct Shared {
    state: Mutex<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    world: World,
    requests: VecDeque<Request>,
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
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
        // Without this a client that waits for each answer would wait for delayed acknowledgements.
        let listener = listener.tap_io(|stream| {
            let _ = stream.set_nodelay(true);
        });
        let shared = Arc::new(Shared::default());
        let router = Router::new().fallback(serve).with_state(shared.clone());
        let (stop, stopped) = oneshot::channel::<()>();
        let server = axum::serve(listener, router).with_graceful_shutdown(async {
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

    /// The requests so far, in order of arrival, also refused ones; of more than 10,000 the last.
    pub fn requests(&self) -> Vec<Request> {
        self.shared.lock().requests.iter().cloned().collect()
    }

    /// Forgets the requests so far.
    pub fn clear_requests(&self) {
        self.shared.lock().requests.clear();
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

    /// The object with this id as it stands; what is left of it when it was deleted.
    pub fn get(&self, id: &str) -> Option<Value> {
        let mut inner = self.shared.lock();
        let store = &inner.world.platform().store;
        store.find(id).or_else(|| store.tombstone(id))
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

async fn serve(State(shared): State<Arc<Shared>>, request: HttpRequest<Body>) -> Response<Body> {
    let (head, body) = request.into_parts();
    let body = to_bytes(body, MAX_BODY).await;
    let mut record = Request {
        method: head.method.to_string(),
        path: head.uri.path().to_owned(),
        query: head.uri.query().unwrap_or_default().to_owned(),
        headers: recorded(&head.headers),
        body: String::new(),
        status: 0,
    };
    let mut inner = shared.lock();
    let answer = match body {
        Ok(bytes) => {
            record.body = String::from_utf8_lossy(&bytes).into_owned();
            let key = head.headers.get(header::AUTHORIZATION);
            let key = key.and_then(|value| value.to_str().ok());
            let (answer, ticket) = inner.world.answer(&record, key);
            if let Some(ticket) = ticket {
                inner.world.settle(&ticket, &answer);
            }
            answer
        }
        Err(_) => ApiError::invalid("The body is cut or too large.").into(),
    };
    record.status = answer.status;
    if inner.requests.len() == MAX_REQUESTS {
        inner.requests.pop_front();
    }
    inner.requests.push_back(record);
    drop(inner);
    respond(answer)
}

fn respond(answer: Answer) -> Response<Body> {
    let mut response = Response::new(Body::from(answer.body));
    *response.status_mut() = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    for (name, value) in answer.headers {
        // A header that came in can go out again.
        if let Ok(value) = HeaderValue::from_str(&value) {
            response.headers_mut().insert(name, value);
        }
    }
    response
}

/// The key goes no further than its check.
fn recorded(headers: &HeaderMap) -> Vec<(String, String)> {
    let text = |name: &HeaderName, value: &HeaderValue| match *name {
        header::AUTHORIZATION => "Bearer <redacted>".to_owned(),
        _ => String::from_utf8_lossy(value.as_bytes()).into_owned(),
    };
    headers.iter().map(|(name, value)| (name.to_string(), text(name, value))).collect()
}
