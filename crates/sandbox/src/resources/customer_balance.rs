//! The balance of a customer: what is below zero pays the next invoice, what is above is owed
//! with it.

use serde_json::{Map, Value, json};

use super::{currency, merge, retrieve_of, text};
use crate::account::Account;
use crate::error::Result;
use crate::list::page_of;
use crate::params::Params;
use crate::route::{Call, Route, get, post};
use crate::store::Index;

const KIND: &str = "customer_balance_transaction";

pub const ROUTES: &[Route] = &[
    get("/v1/customers/{customer}/balance_transactions", KIND, index),
    post("/v1/customers/{customer}/balance_transactions", KIND, create),
    get("/v1/customers/{customer}/balance_transactions/{transaction}", KIND, retrieve),
    post("/v1/customers/{customer}/balance_transactions/{transaction}", KIND, update),
];

/// Where the balances of all currencies are kept.
const ALL: &str = "invoice_credit_balance";

/// Why a balance changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    Initial,
    Adjustment,
    Applied,
    Unapplied,
    TooSmall,
}

impl Reason {
    fn name(self) -> &'static str {
        match self {
            Reason::Initial => "initial",
            Reason::Adjustment => "adjustment",
            Reason::Applied => "applied_to_invoice",
            Reason::Unapplied => "unapplied_from_invoice",
            Reason::TooSmall => "invoice_too_small",
        }
    }
}

fn index(account: &mut Account, call: &Call) -> Result<Value> {
    call.subject(account, "customer")?;
    let invoice = call.params.get("invoice");
    page_of(account, call, &Index::under(KIND, call.id()), |transaction| {
        invoice.is_none_or(|invoice| transaction["invoice"] == *invoice)
    })
}

fn create(account: &mut Account, call: &Call) -> Result<Value> {
    let customer = call.subject(account, "customer")?;
    let currency = currency(&call.params)?.unwrap_or_default();
    let amount = call.params.int("amount").unwrap_or_default();
    let mut transaction = add(account, customer, Reason::Adjustment, amount, &currency, &Value::Null);
    super::set(&mut transaction, &call.params, "description metadata");
    account.store.put(transaction.clone());
    Ok(transaction)
}

fn retrieve(account: &mut Account, call: &Call) -> Result<Value> {
    retrieve_of(account, call, "customer")
}

fn update(account: &mut Account, call: &Call) -> Result<Value> {
    let mut transaction = retrieve(account, call)?;
    super::set(&mut transaction, &call.params, "description metadata");
    account.store.put(transaction.clone());
    Ok(transaction)
}

/// Brings the balance of a stored customer to what was sent, and returns the customer.
pub fn set(account: &mut Account, customer: Value, params: &Params, reason: Reason) -> Result<Value> {
    let now = customer["balance"].as_i64().unwrap_or(0);
    let Some(balance) = params.int("balance").filter(|balance| *balance != now) else {
        return Ok(customer);
    };
    let id = text(&customer, "id").to_owned();
    let currency = customer["currency"].as_str().unwrap_or("usd").to_owned();
    add(account, customer, reason, balance.saturating_sub(now), &currency, &Value::Null);
    account.fetch("customer", &id, "customer")
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
    let own = Map::from_iter([(currency.to_owned(), json!(ending))]);
    merge(account, &id, ALL, &own);
    let transaction = json!({
        "id": account.new_id("cbtxn"),
        "object": KIND,
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
