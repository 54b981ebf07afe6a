//! Everything that the sandbox keeps: accounts, idempotency keys, permissions, its clock.

use std::collections::{HashMap, VecDeque};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::account::{Account, system_time};
use crate::auth::PLATFORM;
use crate::error::{ApiError, Result};
use crate::idempotency::{Keys, Ticket};
use crate::record::Request;
use crate::resources;
use crate::route::Route;
use crate::service::{self, Answer};

#[derive(Debug, Default)]
pub struct World {
    accounts: HashMap<String, Account>,
    pub keys: Keys,
    /// What restricted keys may do, such as `customer_read`.
    permissions: HashMap<String, Vec<String>>,
    frozen: Option<i64>,
    /// Requests per second, and when those of the last second came.
    rate: Option<usize>,
    recent: VecDeque<Instant>,
}

impl World {
    /// Answers a request. [`World::settle`] is told when the answer went out or was lost: until
    /// then the request's idempotency key is in use.
    pub fn answer(&mut self, request: &Request, key: Option<&str>) -> (Answer, Option<Ticket>) {
        service::answer(self, request, key)
    }

    /// Keeps the answer for the key that its request was carried out with.
    pub fn settle(&mut self, ticket: &Ticket, answer: &Answer) {
        self.keys.keep(ticket, answer.clone());
    }

    pub fn now(&self) -> i64 {
        self.frozen.unwrap_or_else(system_time)
    }

    /// Sets the clock. What was due until then happens.
    pub fn set_clock(&mut self, seconds: Option<i64>) {
        self.frozen = seconds;
        for account in self.accounts.values_mut() {
            account.set_clock(seconds);
            resources::advance(account);
            account.commit(None);
        }
    }

    /// Completes a checkout session, or says as an error of Stripe's why not.
    pub fn complete_checkout(&mut self, id: &str) -> std::result::Result<Value, Value> {
        let account = self.platform();
        match resources::complete_checkout(account, id) {
            Ok(session) => {
                account.commit(None);
                Ok(session)
            }
            Err(error) => {
                account.roll_back();
                Err(error.details())
            }
        }
    }

    /// The account of this id, which is there from the first time that it is named.
    pub fn account(&mut self, id: &str) -> &mut Account {
        let frozen = self.frozen;
        let account = self.accounts.entry(id.to_owned()).or_insert_with(|| Account::new(id));
        account.set_clock(frozen);
        account
    }

    /// The account that the key itself belongs to.
    pub fn platform(&mut self) -> &mut Account {
        self.account(PLATFORM)
    }

    pub fn put(&mut self, object: Value) {
        let account = self.platform();
        resources::put(account, object);
        account.forget_changes();
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
        self.rate = per_second;
    }

    /// Counts a request against the limit.
    pub fn count_request(&mut self) -> Result<()> {
        let Some(rate) = self.rate else {
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
