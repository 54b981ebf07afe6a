//! Everything that the sandbox keeps: accounts, idempotency keys, permissions, its clock.

use std::collections::{HashMap, VecDeque};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::account::{Account, Origin, system_time};
use crate::answer::Answer;
use crate::auth::{self, PLATFORM};
use crate::error::{ApiError, Result};
use crate::idempotency::{Keys, Ticket};
use crate::record::Request;
use crate::resources::{self, meter_event_stream};
use crate::route::Route;
use crate::service;
use crate::uploads::Uploads;

/// How far search lags behind, unless it is set: long enough that a program which reads its own
/// writes by searching is found out.
const SEARCH_LAG: Duration = Duration::from_secs(1);

/// The end of the year 9999, beyond which no calendar goes.
const LAST_SECOND: i64 = 253_402_300_799;

/// How the world behaves, where a test wants it otherwise.
#[derive(Debug, Clone, Default)]
pub struct Manners {
    /// The second at which the clock stands still.
    pub frozen: Option<i64>,
    pub search_lag: Option<Duration>,
    /// Requests per second.
    pub rate: Option<usize>,
}

#[derive(Debug, Default)]
pub struct World {
    accounts: HashMap<String, Account>,
    pub keys: Keys,
    /// Those of all accounts: what they take together has a limit.
    pub uploads: Uploads,
    /// How often data was sown: the second time makes other objects.
    pub sowings: u64,
    /// What restricted keys may do, such as `customer_read`.
    permissions: HashMap<String, Vec<String>>,
    manners: Manners,
    /// When the requests of the last second came.
    recent: VecDeque<Instant>,
}

impl World {
    /// Answers a request. Its idempotency key is in use until the ticket is settled, which is when
    /// the answer went out or was lost.
    pub fn answer(&mut self, request: &Request, key: Option<&str>) -> (Answer, Option<Ticket>) {
        service::answer(self, request, key)
    }

    /// Keeps an answer that a fault gave in Stripe's place, for the request's idempotency key.
    pub fn refuse(&mut self, request: &Request, key: Option<&str>, answer: Answer) {
        service::refuse(self, request, key, answer);
    }

    pub fn now(&self) -> i64 {
        self.manners.frozen.unwrap_or_else(system_time)
    }

    /// Behaves in another way, and says how it did before.
    pub fn behave(&mut self, manners: Manners) -> Manners {
        std::mem::replace(&mut self.manners, manners)
    }

    /// Sets the clock. What was due until then happens.
    pub fn set_clock(&mut self, seconds: Option<i64>) {
        let seconds = seconds.map(|seconds| seconds.min(LAST_SECOND));
        self.manners.frozen = seconds;
        for account in self.accounts.values_mut() {
            account.set_clock(seconds);
            resources::clock::pass_time(account);
        }
    }

    pub fn set_search_lag(&mut self, lag: Duration) {
        self.manners.search_lag = Some(lag);
    }

    /// Completes a checkout session, or says as an error of Stripe's why not.
    pub fn complete_checkout(&mut self, id: &str) -> std::result::Result<Value, Value> {
        self.act(|account| resources::complete_checkout(account, id)).map_err(|error| error.details())
    }

    /// Lets the customer of an intent authenticate; None when it does not wait for that.
    pub fn authenticate(&mut self, id: &str, success: bool) -> Option<Value> {
        self.act(|account| resources::authenticate(account, id, success)).ok()
    }

    /// Does what comes of no request but of a customer of the platform's.
    fn act(&mut self, step: impl FnOnce(&mut Account) -> Result<Value>) -> Result<Value> {
        let account = self.platform();
        let done = step(account);
        match &done {
            Ok(_) => account.commit(&Origin::default()),
            Err(_) => account.roll_back(),
        }
        done
    }

    /// The account of this id, which is there from the first time that it is named.
    pub fn account(&mut self, id: &str) -> &mut Account {
        let (frozen, lag) = (self.manners.frozen, self.manners.search_lag.unwrap_or(SEARCH_LAG));
        let account = self.accounts.entry(id.to_owned()).or_default();
        account.set_clock(frozen);
        account.store.lag = lag;
        account
    }

    /// The account that the key itself belongs to.
    pub fn platform(&mut self) -> &mut Account {
        self.account(PLATFORM)
    }

    pub fn put(&mut self, object: Value) {
        let account = self.platform();
        resources::put(account, object);
        account.take_in();
    }

    pub fn restrict(&mut self, key: &str, permissions: &[&str]) {
        let permissions = permissions.iter().map(|name| (*name).to_owned()).collect();
        self.permissions.insert(key.to_owned(), permissions);
    }

    /// Whether a key may use a route. Keys that were not restricted may use all.
    pub fn permit(&self, key: &str, route: &Route, account: &str) -> Result<()> {
        let Some(permissions) = self.permissions.get(key) else {
            return Ok(());
        };
        let reads = route.method == "GET";
        let held = |step: &str| permissions.iter().any(|held| *held == format!("{}_{step}", route.kind));
        if held("write") || (reads && held("read")) {
            return Ok(());
        }
        let needed = format!("rak_{}_{}", route.kind, if reads { "read" } else { "write" });
        Err(ApiError::invalid(format!(
            "The restricted key does not have the permission for this on account '{account}': it needs {needed}."
        ))
        .status(403))
    }

    pub fn set_rate_limit(&mut self, per_second: Option<usize>) {
        self.manners.rate = per_second;
    }

    /// The account of a meter event session, and its token, which stands in the place of a key.
    pub fn meter_session(&self, authorization: Option<&str>) -> Result<(String, String)> {
        let token = auth::token(authorization);
        let mut accounts = self.accounts.iter();
        let found = accounts.find_map(|(name, account)| Some((name, *account.meter_sessions.get(&token)?)));
        match found {
            Some((name, until)) if self.now() < until => Ok((name.clone(), token)),
            Some(_) => Err(meter_event_stream::expired()),
            None => Err(meter_event_stream::unauthorized()),
        }
    }

    /// Counts a request against the limit.
    pub fn count_request(&mut self) -> Result<()> {
        let Some(rate) = self.manners.rate else {
            return Ok(());
        };
        let now = Instant::now();
        let old = |since: &Instant| now.duration_since(*since) >= Duration::from_secs(1);
        while self.recent.front().is_some_and(old) {
            self.recent.pop_front();
        }
        if self.recent.len() >= rate {
            return Err(ApiError::rate_limited("global-rate"));
        }
        self.recent.push_back(now);
        Ok(())
    }
}
