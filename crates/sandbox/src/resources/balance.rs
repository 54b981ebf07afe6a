//! The account's money and what it is made of: a transaction for everything that came or went.

use serde_json::{Value, json};

use super::{retrieve, text};
use crate::account::Account;
use crate::error::{ApiError, Result};
use crate::list::page;
use crate::route::{Call, Route, get};

const KIND: &str = "balance_transaction";

/// So long after a payment its money becomes available, at the start of a day.
const PENDING_DAYS: i64 = 2;
const DAY: i64 = 86_400;

pub const ROUTES: &[Route] = &[
    get("/v1/balance", "balance", balance),
    get("/v1/balance_transactions", KIND, index),
    get("/v1/balance_transactions/{id}", KIND, retrieve),
    get("/v1/balance/history", KIND, index),
    get("/v1/balance/history/{id}", KIND, retrieve),
];

fn balance(account: &mut Account, _call: &Call) -> Result<Value> {
    Ok(account.ledger.balance())
}

fn index(account: &mut Account, call: &Call) -> Result<Value> {
    if let Some(payout) = call.params.text("payout") {
        return Err(ApiError::missing("payout", payout, "payout"));
    }
    let currency = call.params.text("currency").map(str::to_ascii_lowercase);
    page(account, call, &["source", "type"], |transaction| {
        currency.as_ref().is_none_or(|currency| transaction["currency"] == *currency)
    })
}

/// What is told about a movement of money.
#[derive(Debug)]
pub struct Movement<'a> {
    pub kind: &'static str,
    /// The kind of movement in Stripe's reports.
    pub category: &'static str,
    /// Negative where money goes.
    pub amount: i64,
    pub fee: i64,
    pub currency: &'a str,
    pub source: &'a str,
    pub description: Value,
    pub available_on: i64,
}

/// Notes a movement of money and returns the id of its transaction.
pub fn record(account: &mut Account, movement: &Movement) -> String {
    let id = account.new_id("txn");
    let now = account.now();
    let available = movement.available_on <= now;
    let net = movement.amount.saturating_sub(movement.fee);
    let fee_details = if movement.fee == 0 {
        json!([])
    } else {
        json!([{
            "amount": movement.fee,
            "application": null,
            "currency": movement.currency,
            "description": "Stripe processing fees",
            "type": "stripe_fee",
        }])
    };
    account.store.put(json!({
        "id": id,
        "object": KIND,
        "amount": movement.amount,
        "available_on": movement.available_on.max(now),
        "balance_type": "payments",
        "created": now,
        "currency": movement.currency,
        "description": movement.description,
        "exchange_rate": null,
        "fee": movement.fee,
        "fee_details": fee_details,
        "net": net,
        "reporting_category": movement.category,
        "source": movement.source,
        "status": if available { "available" } else { "pending" },
        "type": movement.kind,
    }));
    account.ledger.add(movement.currency, net, available);
    if !available {
        account.schedule.at(movement.available_on, &id);
    }
    id
}

/// When money that is paid now becomes available.
pub fn payday(now: i64) -> i64 {
    now.div_euclid(DAY).saturating_add(PENDING_DAYS).saturating_mul(DAY)
}

/// What Stripe keeps of a payment: 2.9 % and 30 of the smallest unit, halves rounded up.
pub fn fee(amount: i64) -> i64 {
    (amount.saturating_mul(29).saturating_add(500) / 1000).saturating_add(30)
}

/// The time has come that a transaction's money is available.
pub fn ripen(account: &mut Account, mut transaction: Value) {
    if transaction["status"] == "pending" {
        let net = transaction["net"].as_i64().unwrap_or(0);
        account.ledger.ripen(text(&transaction, "currency"), net);
        transaction["status"] = json!("available");
        account.store.put(transaction);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fees_are_rounded_half_up() {
        for (amount, expected) in [(1000, 59), (50, 31), (1500, 74), (500, 45), (17, 30), (18, 31), (1, 30)] {
            assert_eq!(fee(amount), expected, "{amount}");
        }
        assert!(fee(i64::MAX) > 0);
    }

    #[test]
    fn money_is_available_at_the_start_of_a_day() {
        assert_eq!(payday(0), 2 * DAY);
        assert_eq!(payday(DAY - 1), 2 * DAY);
        assert_eq!(payday(DAY), 3 * DAY);
    }
}
