//! A sandbox and a connector in front of it, with a throttle and secrets that count.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use serde_json::{Value, json};
use stripe_connector_host::contract::{CallOptions, Failure, Page, Query};
use stripe_connector_host::throttle::{Admission, Lane};
use stripe_connector_host::{
    Builder, CallError, Connector, Runtime, SecretBytes, SecretError, Secrets, Throttle,
};
use stripe_connector_sandbox::{Request, Sandbox};

/// The key that every connector here has, unless a test is about keys.
pub const KEY: &str = "sk_test_filler_of_host_tests_0000";

/// The version of Stripe's API that the connector asks for when its settings name none.
pub const API_VERSION: &str = "2026-05-27.dahlia";

/// Any free port of this machine.
pub fn loopback() -> SocketAddr {
    SocketAddr::from(([127, 0, 0, 1], 0))
}

/// One that is free now, for a server that has to be told where to listen.
pub fn free_address() -> SocketAddr {
    let free = std::net::TcpListener::bind(loopback()).and_then(|listener| listener.local_addr());
    free.expect("a free port")
}

/// The embedded component, compiled once for the process.
pub fn runtime() -> Runtime {
    static COMPILED: OnceLock<Runtime> = OnceLock::new();
    COMPILED.get_or_init(|| Runtime::embedded().expect("the embedded component is usable")).clone()
}

/// A builder with the compiled component, the key and these settings, throttled by nothing.
pub fn builder(settings: &[(&str, &str)]) -> Builder {
    let settings = settings.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    Connector::builder()
        .runtime(runtime())
        .settings(settings)
        .secrets(Counted::key(KEY))
        .throttle(Gate::default())
}

/// A connector to an API that is no sandbox.
pub fn connector(api_base: &str, settings: &[(&str, &str)]) -> Connector {
    let settings: Vec<_> = settings.iter().copied().chain([("api_base", api_base)]).collect();
    builder(&settings).build().expect("a connector")
}

/// A sandbox and a connector in front of it.
pub struct Stage {
    pub sandbox: Sandbox,
    pub connector: Connector,
    pub throttle: Gate,
    pub secrets: Counted,
}

impl Stage {
    pub async fn new() -> Self {
        Self::with(&[]).await
    }

    /// With settings beside `api_base`, which is the sandbox's unless they name one.
    pub async fn with(settings: &[(&str, &str)]) -> Self {
        let sandbox = Sandbox::start(loopback()).await.expect("a free port");
        let url = sandbox.url();
        let own = settings.iter().any(|(name, _)| *name == "api_base");
        let settings: Vec<_> =
            settings.iter().copied().chain((!own).then_some(("api_base", url.as_str()))).collect();
        let (throttle, secrets) = (Gate::default(), Counted::key(KEY));
        let connector = builder(&settings).secrets(secrets.clone()).throttle(throttle.clone()).build();
        Self { sandbox, connector: connector.expect("a connector"), throttle, secrets }
    }

    /// Creates an object and answers its id.
    pub async fn create(&self, entity: &str, fields: Value) -> String {
        let change = self.connector.create(entity, &fields.to_string(), &none()).await;
        change.unwrap_or_else(|error| panic!("create {entity} {fields}: {error}")).id.expect("an id")
    }

    /// A whole row.
    pub async fn row(&self, entity: &str, id: &str) -> Value {
        let row = self.connector.get(entity, Some(id), None, false, &none()).await;
        parse(&row.unwrap_or_else(|error| panic!("get {entity} {id}: {error}")).fields)
    }

    /// The ids of one page by a filter.
    pub async fn ids(&self, entity: &str, filter: &str) -> Vec<String> {
        let query = Query { filter: Some(filter.to_owned()), page_size: Some(200), ..Query::new(entity) };
        let page = self.connector.list(&query, &none()).await;
        ids(&page.unwrap_or_else(|error| panic!("list {entity} {filter}: {error}")))
    }

    /// What the sandbox was asked since the last call of this.
    pub fn sent(&self) -> Vec<Request> {
        let requests = self.sandbox.requests();
        self.sandbox.clear_requests();
        requests
    }

    /// Method, path and query of each request since the last look.
    pub fn lines(&self) -> Vec<String> {
        self.sent().iter().map(line).collect()
    }

    /// Puts customers with ids `cus_000`, `cus_001`, ..., each created a second after the one before.
    pub fn put_customers(&self, count: i64) {
        for n in 0..count {
            self.sandbox.put(customer(n));
        }
    }
}

/// The customer of that number: every third is in the plan `gold`, every second is named `Even`.
pub fn customer(n: i64) -> Value {
    json!({
        "id": format!("cus_{n:03}"),
        "object": "customer",
        "created": FIRST_SECOND + n,
        "name": if n % 2 == 0 { "Even" } else { "Odd" },
        "email": format!("{}@example.com", n % 10),
        "livemode": false,
        "metadata": if n % 3 == 0 { json!({"plan": "gold"}) } else { json!({}) },
    })
}

/// When the first of [`customer`]s was created: 2026-01-01T00:00:00Z.
pub const FIRST_SECOND: i64 = 1_767_225_600;

/// `GET /v1/customers?limit=25`.
pub fn line(request: &Request) -> String {
    let mark = if request.query.is_empty() { "" } else { "?" };
    format!("{} {}{mark}{}", request.method, request.path, request.query)
}

/// The value of a request's header.
pub fn header<'a>(request: &'a Request, name: &str) -> Option<&'a str> {
    request.headers.iter().find(|(own, _)| own == name).map(|(_, value)| value.as_str())
}

/// No options.
pub fn none() -> CallOptions {
    CallOptions::default()
}

pub fn parse(json: &str) -> Value {
    serde_json::from_str(json).unwrap_or_else(|error| panic!("{error}: {json}"))
}

/// The rows of a page.
pub fn rows(page: &Page) -> Vec<Value> {
    match parse(&page.rows) {
        Value::Array(rows) => rows,
        other => panic!("rows are an array, not {other}"),
    }
}

/// The ids of a page's rows.
pub fn ids(page: &Page) -> Vec<String> {
    rows(page).iter().map(|row| row["Id"].as_str().expect("an id").to_owned()).collect()
}

/// What a call failed with.
pub fn failure<T: std::fmt::Debug>(result: Result<T, CallError>) -> Failure {
    match result {
        Err(CallError::Failure(failure)) => *failure,
        other => panic!("expected a failure, got {other:?}"),
    }
}

/// Lets everything pass at once and remembers what for. Clones share their memory.
#[derive(Clone, Default)]
pub struct Gate {
    lanes: Arc<Mutex<Vec<Lane>>>,
    observed: Arc<Mutex<Vec<Option<u16>>>>,
}

impl Gate {
    /// What was asked for since the last look.
    pub fn lanes(&self) -> Vec<Lane> {
        std::mem::take(&mut self.lanes.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// The statuses that were told since the last look.
    pub fn observed(&self) -> Vec<Option<u16>> {
        std::mem::take(&mut self.observed.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

#[async_trait]
impl Throttle for Gate {
    async fn admit(&self, lane: &Lane, _patience: Duration) -> Admission {
        self.lanes.lock().unwrap_or_else(PoisonError::into_inner).push(lane.clone());
        Admission::After(Duration::ZERO)
    }

    async fn observe(&self, _lane: &Lane, status: Option<u16>, _retry_after: Option<Duration>) {
        self.observed.lock().unwrap_or_else(PoisonError::into_inner).push(status);
    }
}

/// One secret for every name, which counts how often it is asked for. Clones share the count.
#[derive(Clone)]
pub struct Counted {
    answer: Result<SecretBytes, SecretError>,
    asked: Arc<AtomicUsize>,
}

impl Counted {
    pub fn key(key: &str) -> Self {
        Self::answering(Ok(SecretBytes::new(key)))
    }

    pub fn answering(answer: Result<SecretBytes, SecretError>) -> Self {
        Self { answer, asked: Arc::default() }
    }

    /// How often it was asked since the last look.
    pub fn asked(&self) -> usize {
        self.asked.swap(0, Ordering::SeqCst)
    }
}

#[async_trait]
impl Secrets for Counted {
    async fn get(&self, _name: &str, _version: &str) -> Result<SecretBytes, SecretError> {
        self.asked.fetch_add(1, Ordering::SeqCst);
        self.answer.clone()
    }
}
