//! Test clocks: customers and quotes on one belong to a simulation, which lists leave out unless they
//! are asked for it. Time does not pass on a clock: what is on it goes by the sandbox's own.

use serde_json::{Value, json};

use super::{customer, retrieve, text};
use crate::account::{Account, Passing};
use crate::error::{ApiError, Result};
use crate::list::{self, Wanted, page};
use crate::route::{Call, Route, delete, get, post};
use crate::store::{Change, Index};

const KIND: &str = "test_helpers.test_clock";

/// More of them one clock cannot have.
const MOST: usize = 3;

const LIFETIME: i64 = 30 * 86_400;

/// A customer that is there already has invoices and subscriptions of another time.
const LACKS: &str = "customer";

/// Where Stripe has them in test mode only.
pub const PATH: &str = "/v1/test_helpers/test_clocks";

pub const ROUTES: &[Route] = &[
    get(PATH, KIND, index),
    post(PATH, KIND, create).lacking(LACKS),
    get("/v1/test_helpers/test_clocks/{test_clock}", KIND, retrieve),
    delete("/v1/test_helpers/test_clocks/{test_clock}", KIND, remove),
    post("/v1/test_helpers/test_clocks/{test_clock}/advance", KIND, advance),
];

fn index(account: &mut Account, call: &Call) -> Result<Value> {
    page(account, call, &[], |_| true)
}

fn create(account: &mut Account, call: &Call) -> Result<Value> {
    let now = account.now();
    let clock = json!({
        "id": account.new_id("clock"),
        "object": KIND,
        "created": now,
        "deletes_after": now.saturating_add(LIFETIME),
        "frozen_time": call.params.int("frozen_time"),
        "livemode": false,
        "name": call.params.text("name"),
        "status": "ready",
        "status_details": {},
    });
    account.store.put(clock.clone());
    Ok(clock)
}

/// The clock's customers go with it.
fn remove(account: &mut Account, call: &Call) -> Result<Value> {
    call.subject(account, KIND)?;
    let customers: Vec<Value> = account.store.all(&Index::of("customer", "test_clock", call.id())).collect();
    for found in customers {
        customer::bury(account, text(&found, "id"));
    }
    let deleted = json!({"id": call.id(), "object": KIND, "deleted": true});
    account.store.bury(call.id(), deleted.clone());
    Ok(deleted)
}

fn advance(account: &mut Account, call: &Call) -> Result<Value> {
    let clock = call.subject(account, KIND)?;
    let (from, to) = (clock["frozen_time"].as_i64(), call.params.int("frozen_time"));
    if to <= from {
        return Err(ApiError::invalid(format!(
            "The new frozen_time must lie after the clock's present one, {}.",
            clock["frozen_time"]
        ))
        .param("frozen_time"));
    }
    if !matches!(text(&clock, "status"), "ready" | "") {
        return Err(ApiError::invalid(format!(
            "The test clock cannot be advanced while its status is {}.",
            text(&clock, "status")
        )));
    }
    let mut advancing = clock.clone();
    advancing["status"] = json!("advancing");
    advancing["status_details"] = json!({"advancing": {"target_frozen_time": to}});
    let mut arrived = clock.clone();
    arrived["frozen_time"] = json!(to);
    // Nothing has to be waited for, so the clock arrives at once; both steps are told all the same.
    for (before, after, step) in [(&clock, &advancing, "advancing"), (&advancing, &arrived, "ready")] {
        let change = Change { before: Some(before.clone()), after: Some(after.clone()) };
        account.pass(Passing { change, step: Some(step.to_owned()) });
    }
    account.store.put(arrived.clone());
    Ok(arrived)
}

/// Checks that a clock can take one more customer.
pub fn check_room(account: &Account, clock: &str) -> Result<()> {
    check_there(account, Some(clock))?;
    let held = account.store.all(&Index::of("customer", "test_clock", clock));
    if held.take(MOST).count() < MOST {
        return Ok(());
    }
    Err(ApiError::invalid(format!("A test clock has at most {MOST} customers, and {clock} has them."))
        .param("test_clock"))
}

/// The clock of a quote, which is its customer's; without a customer the one that is named.
pub fn of_quote(account: &Account, named: Option<&str>, customer: Option<&str>) -> Result<Value> {
    let Some(customer) = customer else {
        return Ok(json!(named));
    };
    let held = account.refer("customer", customer, "customer")?["test_clock"].clone();
    match named {
        Some(clock) if held != clock => Err(ApiError::invalid(format!(
            "A quote is on the test clock of its customer, and {customer} is not on {clock}."
        ))
        .param("test_clock")),
        _ => Ok(held),
    }
}

/// Checks that a clock that is named is there.
pub fn check_there(account: &Account, clock: Option<&str>) -> Result<()> {
    match clock {
        Some(clock) => account.refer(KIND, clock, "test_clock").map(|_| ()),
        None => Ok(()),
    }
}

/// What a list is to have: unless it is asked for a clock, or for one of these parents, no clock
/// (<https://docs.stripe.com/billing/testing/test-clocks/api-advanced-usage#limitations>).
pub fn wanted<'a>(call: &'a Call, equals: &[&'static str], parents: &[&str]) -> Wanted<'a> {
    let mut wanted = list::wanted(call, equals);
    if !["test_clock"].iter().chain(parents).any(|name| call.params.get(name).is_some()) {
        wanted.push(("test_clock", &Value::Null));
    }
    wanted
}
