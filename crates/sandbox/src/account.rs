//! One Stripe account: its objects, the ids it gives, its clock and its money.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};

use crate::error::{ApiError, Result};
use crate::record::Request;
use crate::store::Store;

/// Everything a resource may read and change.
#[derive(Debug, Default)]
pub struct Account {
    pub id: String,
    pub store: Store,
    /// Available and pending money by currency.
    pub funds: BTreeMap<String, Funds>,
    /// The same before the present request.
    funds_before: BTreeMap<String, Funds>,
    planned_ids: HashMap<String, VecDeque<String>>,
    frozen: Option<i64>,
}

#[derive(Debug, Default, Clone)]
pub struct Funds {
    pub available: i64,
    pub pending: i64,
}

impl Account {
    pub fn new(id: &str) -> Account {
        Account { id: id.to_owned(), ..Account::default() }
    }

    pub fn now(&self) -> i64 {
        self.frozen.unwrap_or_else(system_time)
    }

    /// Ends a request whose changes stand.
    pub fn commit(&mut self, _request: Option<&Request>) {
        self.store.commit();
        self.funds_before.clone_from(&self.funds);
    }

    /// Ends what was no request: objects that were put in from outside.
    pub fn forget_changes(&mut self) {
        self.store.commit();
    }

    /// Ends a request that was refused: everything is as it was before.
    pub fn roll_back(&mut self) {
        self.store.roll_back();
        self.funds.clone_from(&self.funds_before);
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

    /// The balance as Stripe shows it; an account that never earned shows zero dollars.
    pub fn balance(&self) -> Value {
        let side = |amount: fn(&Funds) -> i64| -> Value {
            let entry = |currency: &str, amount: i64| json!({"amount": amount, "currency": currency, "source_types": {"card": amount}});
            if self.funds.is_empty() {
                return json!([entry("usd", 0)]);
            }
            let funds = self.funds.iter();
            funds.map(|(currency, funds)| entry(currency, amount(funds))).collect()
        };
        json!({
            "object": "balance",
            "available": side(|funds| funds.available),
            "livemode": false,
            "pending": side(|funds| funds.pending),
            "refund_and_dispute_prefunding": {"available": [], "pending": []},
        })
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
