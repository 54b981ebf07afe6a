//! One Stripe account: its objects, the ids it gives, its clock and its money.

use std::collections::{HashMap, VecDeque};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use axum::body::Bytes;
use serde_json::{Value, json};

use crate::error::{ApiError, Result};
use crate::events;
use crate::ledger::Ledger;
use crate::resources::clock;
use crate::schedule::Schedule;
use crate::spec::SPEC;
use crate::store::{Change, Store};

/// So many events are kept, the last ones. Stripe keeps those of thirty days.
const MAX_EVENTS: usize = 10_000;

/// The request that an event came of; by default none, but the passing of time.
#[derive(Debug, Default)]
pub struct Origin {
    pub request_id: Option<String>,
    pub idempotency_key: Option<String>,
}

/// Something that is told as an event and not kept.
#[derive(Debug)]
pub struct Passing {
    pub change: Change,
    /// What it is told as beside the usual, such as `canceled`.
    pub step: Option<String>,
}

/// Everything a resource may read and change.
#[derive(Debug, Default)]
pub struct Account {
    pub store: Store,
    pub ledger: Ledger,
    pub schedule: Schedule,
    /// The file that the present request brought, by its id. It is kept with those of all accounts.
    pub uploaded: Option<(String, Bytes)>,
    /// The tokens of meter event sessions, and when each expires.
    pub meter_sessions: HashMap<String, i64>,
    /// What the present request did to objects that are not kept.
    passing: Vec<Passing>,
    /// The events that are kept, oldest first.
    events: VecDeque<String>,
    planned_ids: HashMap<String, VecDeque<String>>,
    frozen: Option<i64>,
}

impl Account {
    pub fn now(&self) -> i64 {
        self.frozen.unwrap_or_else(system_time)
    }

    /// Ends a request whose changes stand.
    pub fn commit(&mut self, origin: &Origin) {
        self.ledger.commit();
        for change in self.store.commit() {
            self.foresee(&change);
            for (name, data) in events::of(&change) {
                self.tell(&name, &data, origin);
            }
        }
        for passing in std::mem::take(&mut self.passing) {
            for (name, data) in events::of_passing(&passing) {
                self.tell(&name, &data, origin);
            }
        }
        self.store.forget();
        self.schedule.commit();
    }

    /// Notes what is to be told when the request stands.
    pub fn pass(&mut self, passing: Passing) {
        self.passing.push(passing);
    }

    fn foresee(&mut self, change: &Change) {
        if let Some((due, id)) = change.after.as_ref().and_then(|object| clock::foresee(self, object)) {
            self.schedule.at(due, &id);
        }
    }

    fn tell(&mut self, name: &str, data: &Value, origin: &Origin) {
        let id = self.new_id("evt");
        let event = json!({
            "id": id,
            "object": "event",
            "api_version": SPEC.version,
            "created": self.now(),
            "data": data,
            "livemode": false,
            "pending_webhooks": 0,
            "request": {"id": origin.request_id, "idempotency_key": origin.idempotency_key},
            "type": name,
        });
        self.store.put(event);
        self.events.push_back(id);
        if self.events.len() > MAX_EVENTS
            && let Some(oldest) = self.events.pop_front()
        {
            self.store.remove(&oldest);
        }
    }

    /// Ends what was no request: objects that were put in from outside.
    pub fn take_in(&mut self) {
        // Search knows them at once, and what else it does not know yet as late as before.
        self.store.lag = Duration::ZERO;
        for change in self.store.commit() {
            self.foresee(&change);
        }
        self.schedule.commit();
    }

    /// Ends a request that was refused: everything is as it was before.
    pub fn roll_back(&mut self) {
        self.store.roll_back();
        self.ledger.roll_back();
        self.schedule.roll_back();
        self.passing.clear();
    }

    pub fn set_clock(&mut self, seconds: Option<i64>) {
        self.frozen = seconds;
    }

    /// Does something as of another instant.
    pub fn at<T>(&mut self, instant: i64, run: impl FnOnce(&mut Account) -> T) -> T {
        let clock = self.frozen.replace(instant);
        let done = run(self);
        self.frozen = clock;
        done
    }

    pub fn plan_id(&mut self, prefix: &str, id: &str) {
        let planned = self.planned_ids.entry(prefix.to_owned()).or_default();
        planned.push_back(id.to_owned());
    }

    /// The id of a new object: the planned one, or a random one of Stripe's length.
    pub fn new_id(&mut self, prefix: &str) -> String {
        let planned = self.planned_ids.get_mut(prefix);
        if let Some(id) = planned.and_then(VecDeque::pop_front) {
            return id;
        }
        let length = match prefix {
            "cus" | "prod" | "sub" => 14,
            "cs_test" => 58,
            _ => 24,
        };
        format!("{prefix}_{}", random_text(length))
    }

    /// The object that a path names.
    pub fn fetch(&self, kind: &str, id: &str, param: &str) -> Result<Value> {
        self.store.get(kind, id).ok_or_else(|| ApiError::not_found(kind, id, param))
    }

    /// The object that a parameter names.
    pub fn refer(&self, kind: &str, id: &str, param: &str) -> Result<Value> {
        self.store.get(kind, id).ok_or_else(|| ApiError::missing(kind, id, param))
    }
}

/// Letters and digits that nobody can guess from earlier ones with reasonable effort.
pub fn random_text(length: usize) -> String {
    std::iter::repeat_with(fastrand::alphanumeric).take(length).collect()
}

/// Unix seconds.
pub fn system_time() -> i64 {
    let elapsed = SystemTime::now().duration_since(UNIX_EPOCH);
    elapsed.map_or(0, |elapsed| i64::try_from(elapsed.as_secs()).unwrap_or(0))
}
