//! What is counted when it happens.

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use http::Method;
use prometheus_client::encoding::{EncodeLabelSet, EncodeLabelValue, LabelValueEncoder};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::exemplar::{CounterWithExemplar, HistogramWithExemplars};
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};

use crate::contract::FailureKind;

/// Seconds: from an answer on this machine to the longest call that the default deadline allows.
const BUCKETS: [f64; 16] =
    [0.0001, 0.0003, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0, 30.0, 120.0];

/// OpenMetrics allows exemplars 128 characters, names included.
const LONGEST_ID: usize = 100;

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct OfConnection {
    connection: Arc<String>,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct OfOperation {
    connection: Arc<String>,
    operation: &'static str,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct OfCall {
    connection: Arc<String>,
    operation: &'static str,
    outcome: &'static str,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct OfRequest {
    connection: Arc<String>,
    method: &'static str,
    status: Status,
}

/// A status, or that there was none.
#[derive(Clone, Debug, Hash, PartialEq, Eq)]
struct Status(Option<u16>);

impl EncodeLabelValue for Status {
    fn encode(&self, encoder: &mut LabelValueEncoder) -> Result<(), fmt::Error> {
        match self.0 {
            Some(status) => u32::from(status).encode(encoder),
            None => "none".encode(encoder),
        }
    }
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct OfStripe {
    request_id: String,
}

type Timed = fn() -> Histogram;
type TimedWithId = fn() -> HistogramWithExemplars<OfStripe>;

/// The metrics of all connections.
#[derive(Clone)]
pub(super) struct Families {
    calls: Family<OfCall, Counter>,
    call_duration: Family<OfOperation, Histogram, Timed>,
    requests: Family<OfRequest, CounterWithExemplar<OfStripe>>,
    request_duration: Family<OfConnection, HistogramWithExemplars<OfStripe>, TimedWithId>,
    retries: Family<OfConnection, Counter>,
    throttled: Family<OfConnection, Counter>,
    rate_limited: Family<OfConnection, Counter>,
    throttle_wait: Family<OfConnection, Histogram, Timed>,
    connections_opened: Family<OfConnection, Counter>,
    under_way: Family<OfConnection, Gauge>,
}

impl Families {
    pub(super) fn registered(registry: &mut Registry) -> Self {
        let timed: Timed = || Histogram::new(BUCKETS);
        let timed_with_id: TimedWithId = || HistogramWithExemplars::new(BUCKETS.into_iter());
        let families = Self {
            calls: Family::default(),
            call_duration: Family::new_with_constructor(timed),
            requests: Family::default(),
            request_duration: Family::new_with_constructor(timed_with_id),
            retries: Family::default(),
            throttled: Family::default(),
            rate_limited: Family::default(),
            throttle_wait: Family::new_with_constructor(timed),
            connections_opened: Family::default(),
            under_way: Family::default(),
        };
        let seconds = || Unit::Seconds;
        registry.register("calls", "Calls by operation and outcome", families.calls.clone());
        registry.register_with_unit(
            "call_duration",
            "Time from a call to its end",
            seconds(),
            families.call_duration.clone(),
        );
        registry.register("requests", "Requests to Stripe by method and status", families.requests.clone());
        registry.register_with_unit(
            "request_duration",
            "Time from sending a request to the head of its answer",
            seconds(),
            families.request_duration.clone(),
        );
        registry.register("retries", "Requests that are a second or later attempt", families.retries.clone());
        registry.register("throttled", "Requests that the throttle refused", families.throttled.clone());
        registry.register(
            "rate_limited",
            "Answers of Stripe's with the status 429",
            families.rate_limited.clone(),
        );
        registry.register_with_unit(
            "throttle_wait",
            "Time that a request waited for its place",
            seconds(),
            families.throttle_wait.clone(),
        );
        let opened = families.connections_opened.clone();
        registry.register("connections_opened", "Connections that were opened", opened);
        registry.register("calls_under_way", "Calls that have not ended yet", families.under_way.clone());
        families
    }

    pub(super) fn of(&self, connection: &str) -> Counts {
        let connection = Arc::new(connection.to_owned());
        let labels = OfConnection { connection: Arc::clone(&connection) };
        Counts {
            families: self.clone(),
            request_duration: self.request_duration.get_or_create_owned(&labels),
            retries: self.retries.get_or_create_owned(&labels),
            throttled: self.throttled.get_or_create_owned(&labels),
            rate_limited: self.rate_limited.get_or_create_owned(&labels),
            throttle_wait: self.throttle_wait.get_or_create_owned(&labels),
            connections_opened: self.connections_opened.get_or_create_owned(&labels),
            under_way: self.under_way.get_or_create_owned(&labels),
            connection,
            places: Mutex::default(),
        }
    }
}

/// How a call ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    Ok,
    Failure(FailureKind),
    /// Of the objects that were to change some did not.
    Partial,
    /// The component could not be started or broke off.
    Host,
    Closed,
    /// The caller did not wait for the end.
    Abandoned,
}

impl Outcome {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Failure(kind) => kind.name(),
            Self::Partial => "partial",
            Self::Host => "host",
            Self::Closed => "closed",
            Self::Abandoned => "abandoned",
        }
    }
}

/// The metrics of one connection.
pub(crate) struct Counts {
    connection: Arc<String>,
    families: Families,
    request_duration: HistogramWithExemplars<OfStripe>,
    retries: Counter,
    throttled: Counter,
    rate_limited: Counter,
    throttle_wait: Histogram,
    connections_opened: Counter,
    under_way: Gauge,
    /// Places that were given and are still to come.
    places: Mutex<VecDeque<Instant>>,
}

impl Counts {
    pub(crate) fn call_begins(&self) {
        self.under_way.inc();
    }

    pub(crate) fn call_ends(&self, operation: &'static str, outcome: Outcome, took: Duration) {
        self.under_way.dec();
        let connection = || Arc::clone(&self.connection);
        let labels = OfCall { connection: connection(), operation, outcome: outcome.name() };
        self.families.calls.get_or_create(&labels).inc();
        let labels = OfOperation { connection: connection(), operation };
        self.families.call_duration.get_or_create(&labels).observe(took.as_secs_f64());
    }

    /// A request that is over: its status if an answer came, and its id if that had one.
    pub(crate) fn request(
        &self,
        method: &Method,
        status: Option<u16>,
        request_id: Option<&str>,
        took: Duration,
    ) {
        let id = request_id.filter(|id| id.len() <= LONGEST_ID);
        let exemplar = || id.map(|id| OfStripe { request_id: id.to_owned() });
        let labels = OfRequest {
            connection: Arc::clone(&self.connection),
            method: method_name(method),
            status: Status(status),
        };
        self.families.requests.get_or_create(&labels).inc_by(1, exemplar(), None);
        self.request_duration.observe(took.as_secs_f64(), exemplar(), None);
    }

    /// The throttle gave a place.
    pub(crate) fn admitted(&self, attempt: u32, blocked: Duration, wait: Duration) {
        if attempt > 1 {
            self.retries.inc();
        }
        self.throttle_wait.observe((blocked + wait).as_secs_f64());
        let now = Instant::now();
        if wait > Duration::ZERO
            && let Some(at) = now.checked_add(wait)
        {
            let mut places = self.places.lock().unwrap_or_else(PoisonError::into_inner);
            while places.front().is_some_and(|earlier| *earlier <= now) {
                places.pop_front();
            }
            places.push_back(at);
        }
    }

    pub(crate) fn refused(&self) {
        self.throttled.inc();
    }

    pub(crate) fn rate_limited(&self) {
        self.rate_limited.inc();
    }

    pub(crate) fn connection_opened(&self) {
        self.connections_opened.inc();
    }

    /// Requests whose place is still to come.
    pub(crate) fn waiting(&self) -> usize {
        let now = Instant::now();
        let places = self.places.lock().unwrap_or_else(PoisonError::into_inner);
        places.iter().filter(|at| **at > now).count()
    }
}

/// Stripe has these three.
fn method_name(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::POST => "POST",
        Method::DELETE => "DELETE",
        _ => "other",
    }
}
