//! The balance of a customer: what is below zero pays the next invoice, what is above is owed
//! with it.

use serde_json::{Map, Value, json};

use super::text;
use crate::account::Account;

/// Where the balances of all currencies are kept; shown when it is expanded.
const ALL: &str = "invoice_credit_balance";

/// Why a balance changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    Adjustment,
    Applied,
    Unapplied,
    TooSmall,
}

impl Reason {
    fn name(self) -> &'static str {
        match self {
            Reason::Adjustment => "adjustment",
            Reason::Applied => "applied_to_invoice",
            Reason::Unapplied => "unapplied_from_invoice",
            Reason::TooSmall => "invoice_too_small",
        }
    }
}

/// What stands on the balance in this currency.
pub fn of(account: &Account, customer: &Value, currency: &str) -> i64 {
    if is_own(customer, currency) {
        return customer["balance"].as_i64().unwrap_or(0);
    }
    let all = account.store.hidden(text(customer, "id"), ALL);
    all.and_then(|all| all[currency].as_i64()).unwrap_or(0)
}

/// `balance` is in the customer's own currency; without one it takes any.
fn is_own(customer: &Value, currency: &str) -> bool {
    customer["currency"].is_null() || customer["currency"] == currency
}

/// Changes the balance of an invoice's customer by an amount, which is noted as a transaction.
pub fn apply(account: &mut Account, invoice: &Value, reason: Reason, amount: i64) {
    let customer = account.store.get("customer", text(invoice, "customer"));
    if let Some(customer) = customer
        && amount != 0
    {
        add(account, customer, reason, amount, text(invoice, "currency"), &invoice["id"]);
    }
}

/// Changes the balance of a stored customer and returns the transaction, which is stored under it.
pub fn add(
    account: &mut Account,
    mut customer: Value,
    reason: Reason,
    amount: i64,
    currency: &str,
    invoice: &Value,
) -> Value {
    let ending = of(account, &customer, currency).saturating_add(amount);
    let id = text(&customer, "id").to_owned();
    if customer["currency"].is_null() {
        customer["currency"] = json!(currency);
    }
    if is_own(&customer, currency) {
        customer["balance"] = json!(ending);
    }
    account.store.put(customer);
    let all = account.store.hidden(&id, ALL).and_then(Value::as_object);
    let mut all: Map<String, Value> = all.cloned().unwrap_or_default();
    all.insert(currency.to_owned(), json!(ending));
    account.store.hide(&id, ALL, Value::Object(all));
    let transaction = json!({
        "id": account.new_id("cbtxn"),
        "object": "customer_balance_transaction",
        "amount": amount,
        "checkout_session": null,
        "created": account.now(),
        "credit_note": null,
        "currency": currency,
        "customer": id,
        "customer_account": null,
        "description": null,
        "ending_balance": ending,
        "invoice": invoice,
        "livemode": false,
        "metadata": {},
        "type": reason.name(),
    });
    account.store.put_under(&id, transaction.clone());
    transaction
}
